import { type Basic, idOf, readEtag, type StateIdentity, versionOf } from '../../src/artifacts/app-state/basic.ts';
import type { Caller, StateSession } from '../../src/artifacts/app-state/state-api.ts';
import { missingFrom } from '../../src/fhir/missing-from.ts';
import { type Exchange, Skip } from '../../src/kit/index.ts';

/** Whether state of this id is among what was found. */
export function hasId(id: string): (states: readonly Basic[]) => boolean {
  return (states) => states.some((state) => idOf(state) === id);
}

/**
 * State as a search gives it, before something is tried that should not change it.
 *
 * @param etag - of its newest version: searches of some servers lag behind
 * @throws Skip when it is not found so
 */
export async function snapshot(
  session: StateSession,
  caller: Caller,
  identity: StateIdentity,
  id: string,
  etag: string | null,
): Promise<Basic> {
  const newest = readEtag(etag ?? undefined)?.version ?? null;
  const isNewest = (state: Basic) =>
    idOf(state) === id && (newest === null || versionOf(state) === null || versionOf(state) === newest);
  const { states } = await session.find(caller, identity, (found) => found.some(isNewest));
  const state = states.find(isNewest);
  if (state) return state;
  throw new Skip(
    'undecided',
    `Basic/${id} is not found by its code and subject in its newest version, so nothing can be said of changes`,
  );
}

/** What a search finds of state that nothing should have happened to. */
export interface Afterwards {
  readonly isUnchanged: boolean;
  readonly exchange: Exchange;
  /** In words. */
  readonly now: string;
}

export async function afterwards(
  session: StateSession,
  caller: Caller,
  identity: StateIdentity,
  before: Basic,
): Promise<Afterwards> {
  const id = idOf(before) ?? '';
  const { states, exchange } = await session.find(caller, identity, hasId(id));
  const state = states.find((candidate) => idOf(candidate) === id);
  const isUnchanged = state !== undefined && isSame(contentOf(state), contentOf(before));
  const now = isUnchanged ? 'nothing changed' : state ? 'the state was changed' : 'the state was not found any more';
  return { isUnchanged, exchange, now };
}

function isSame(one: Basic, other: Basic): boolean {
  return missingFrom(one, other).length === 0 && missingFrom(other, one).length === 0;
}

/** What an app has in its hands: all but the server's id and version. */
export function contentOf({ id: _, meta: __, ...content }: Basic): Basic {
  return content;
}

export function statusIn({ response }: Exchange, ...statuses: readonly number[]): boolean {
  return response !== null && statuses.includes(response.status);
}

/** Whether a request was refused for want of rights. */
export function isForbidden(exchange: Exchange): boolean {
  return statusIn(exchange, 401, 403);
}

/** Whether an answer blames the request (RFC 9110 section 15.5). */
export function isClientError({ response }: Exchange): boolean {
  return response !== null && response.status >= 400 && response.status < 500;
}

import { type Basic, newState, type StateIdentity } from '../../src/artifacts/app-state/basic.ts';
import { owner, type StateOwner } from '../../src/artifacts/app-state/state-actors.ts';
import { type Creation, etagIn, type Found, stateApi } from '../../src/artifacts/app-state/state-api.ts';
import { isSuccess } from '../../src/artifacts/document.ts';
import { missingFrom } from '../../src/fhir/missing-from.ts';
import { artifact, type Exchange, Skip } from '../../src/kit/index.ts';
import { hasId } from './judging.ts';

/** State from its beginning to its end, every request well made: what is refused elsewhere is refused for what differs. */
export interface Lifecycle {
  readonly owner: StateOwner;
  readonly identity: StateIdentity;
  readonly created: Creation;
  /** Null when nothing was stored to go on with. */
  readonly rest: {
    readonly id: string;
    readonly found: Found;
    readonly updated: { readonly sent: Basic; readonly exchange: Exchange };
    readonly foundAgain: Found;
    readonly deleted: Exchange;
    readonly foundLast: Found;
  } | null;
}

export const preferences = 'https://smart-check.test/fhir/preferences';

export const lifecycle = artifact({
  name: 'lifecycle',
  needs: [owner, stateApi],
  obtain({ owner, stateApi }): Promise<Lifecycle> {
    const identity = { code: owner.code, subject: owner.subject };
    return stateApi.alone([{ actor: owner, identity }], async (session) => {
      const first = { url: preferences, valueString: '{"view":"problem-list","rows":150}' };
      const created = await session.create(owner, newState(identity, [first]));
      const { id, etag } = created;
      if (id === null || etag === null) return { owner, identity, created, rest: null };
      const found = await session.find(owner, identity, hasId(id));
      const sent = { ...newState(identity, [{ ...first, valueString: '{"view":"timeline"}' }]), id };
      const exchange = await session.update(owner, id, sent, etag);
      const foundAgain = await session.find(owner, identity, (states) =>
        states.some((state) => missingFrom(state.extension, sent.extension).length === 0),
      );
      const deleted = await session.remove(owner, id, isSuccess(exchange) ? etagIn(exchange) : etag);
      const foundLast = await session.find(owner, identity, (states) => !hasId(id)(states));
      return {
        owner,
        identity,
        created,
        rest: { id, found, updated: { sent, exchange }, foundAgain, deleted, foundLast },
      };
    });
  },
});

/** The lifecycle of state that was stored. @throws Skip where nothing was */
export const storedLifecycle = artifact({
  name: 'storedLifecycle',
  needs: [lifecycle],
  obtain({ lifecycle: { created, rest, ...others } }) {
    if (rest) return { ...others, created, ...rest };
    throw new Skip('undecided', 'no state was stored, which app-state/create-supported judges');
  },
});

import { setTimeout as wait } from 'node:timers/promises';
import { jsonObjectIn } from '../../http/json-object-in.ts';
import { artifact, Block, type Exchange, type HttpClient, type HttpRequest, http, isRecord } from '../../kit/index.ts';
import { belowBase } from '../../smart/well-known.ts';
import { isSuccess } from '../document.ts';
import { type FhirFormat, fhirFormat } from '../fhir-version.ts';
import { appStateBase } from './app-state-base.ts';
import {
  type Basic,
  basicIn,
  belongsTo,
  extensionsOf,
  idOf,
  markerUrl,
  type StateIdentity,
  versionOf,
} from './basic.ts';
import type { StateActor } from './state-actors.ts';
import { tokenOf } from './state-app.ts';

/** What came of a POST. */
export interface Creation {
  readonly sent: Basic;
  readonly exchange: Exchange;
  /** Whether the server says that it is stored. */
  readonly isAccepted: boolean;
  /** From the body, or else from Location. */
  readonly id: string | null;
  /** As it stands in the header, or made of the body's version; for If-Match. */
  readonly etag: string | null;
  readonly body: Basic | null;
}

/** State as it is stored, for those who go on from there. */
export interface Stored extends Creation {
  readonly id: string;
  readonly etag: string;
}

/** What a search gave. */
export interface Found {
  readonly exchange: Exchange;
  /** Null when the answer is no Bundle with status 200. */
  readonly bundle: Readonly<Record<string, unknown>> | null;
  readonly states: readonly Basic[];
}

type Headers = Readonly<Record<string, string>>;

/** Who sends a request; without a token, nobody in particular. */
export type Caller = Pick<StateActor, 'client'> & { readonly accessToken: string | null };

/** State that somebody may store. */
export interface Holding {
  readonly actor: Caller;
  readonly identity: StateIdentity;
}

/** What a session stored. */
interface Leavings {
  /** By id: who stored it, and the last ETag that was seen. */
  readonly remaining: Map<string, Holding & { etag: string | null }>;
  /** What was stored without saying under which id. */
  readonly nameless: Holding[];
}

/** The App State API while no other test changes what the holdings may have. Each call throws Block when nothing comes back. */
export interface StateSession {
  /** @param owner - who may delete what comes of it; the caller unless given */
  create(caller: Caller, sent: Basic, options?: { headers?: Headers; owner?: Caller }): Promise<Creation>;
  /** @throws Block when it is not stored: whatever builds on it cannot be judged */
  store(caller: Caller, sent: Basic): Promise<Stored>;
  /** @param ifMatch - null leaves the header out */
  update(caller: Caller, id: string, sent: Basic, ifMatch: string | null): Promise<Exchange>;
  /** @param ifMatch - null leaves the header out */
  remove(caller: Caller, id: string, ifMatch: string | null): Promise<Exchange>;
  /**
   * Searches by code and subject.
   *
   * @param until - what is to come: searches of some servers lag behind, and are repeated for a few seconds
   */
  find(caller: Caller, identity: StateIdentity, until?: (states: readonly Basic[]) => boolean): Promise<Found>;
  search(caller: Caller, query: Readonly<Record<string, string>>): Promise<Found>;
  /** The same by POST, which the guide does not ask for. */
  searchByPost(caller: Caller, query: Readonly<Record<string, string>>): Promise<Found>;
  /** Reads by id, which the guide does not ask for. */
  read(caller: Caller, id: string): Promise<Found>;
}

export interface StateApi {
  readonly base: string;
  /**
   * Runs with nothing stored for these holdings while nobody else runs with one of them, and leaves nothing of what it
   * stored.
   *
   * @throws Block when there is state that smart-check did not write
   */
  alone<Result>(holdings: readonly Holding[], run: (session: StateSession) => Promise<Result>): Promise<Result>;
}

/** Milliseconds between searches for what is to come; once in vain, and no search is waited for any more. */
const patience = [250, 750, 2000];

export const stateApi = artifact({
  name: 'stateApi',
  needs: [appStateBase, fhirFormat, http],
  obtain({ appStateBase, fhirFormat, http }): StateApi & { release(): Promise<void> } {
    return createStateApi(appStateBase.url, fhirFormat, http);
  },
  release: (api) => api.release(),
});

export function createStateApi(base: string, { accept, contentType }: FhirFormat, http: HttpClient) {
  const address = belowBase(base, 'Basic');
  /** What sessions could not delete. */
  const leftovers: Leavings[] = [];
  const cleared = new Set<string>();
  /** By code and subject, what ends when whoever came last has run. */
  const turns = new Map<string, Promise<unknown>>();
  let lag: readonly number[] = patience;
  let ended = false;

  const sendAs = ({ client, accessToken }: Caller, request: HttpRequest): Promise<Exchange> =>
    http.send({
      redirect: 'manual',
      ...request,
      headers: {
        accept,
        ...(request.body !== undefined && { 'content-type': contentType }),
        ...client.headers,
        ...(accessToken !== null && { authorization: `Bearer ${accessToken}` }),
        ...request.headers,
      },
    });

  const searchAs = async (caller: Caller, query: Readonly<Record<string, string>>, always = false): Promise<Found> =>
    foundIn(await sendAs(caller, { url: `${address}?${new URLSearchParams(query)}`, outlastsInterruption: always }));

  /** Deletes by id, with the version that is current; whether it is gone then. */
  const discard = async (
    id: string,
    { actor, identity, etag }: Holding & { etag: string | null },
  ): Promise<boolean> => {
    const remove = async (version: string) => {
      const url = `${address}/${encodeURIComponent(id)}`;
      const headers = { 'if-match': version };
      const { response } = await sendAs(actor, { method: 'DELETE', url, headers, outlastsInterruption: true });
      return response !== null && (response.status < 300 || response.status === 404 || response.status === 410);
    };
    if (etag !== null && (await remove(etag))) return true;
    const { states, bundle } = await searchAs(actor, queryFor(identity), true);
    const now = states.find((state) => idOf(state) === id);
    if (bundle !== null && !now) return true;
    const version = versionOf(now ?? null);
    return version !== null && (await remove(`W/"${version}"`));
  };

  /** Deletes what smart-check wrote under a code and subject; gives back what somebody else did. */
  const sweep = async (
    holding: Holding,
    always = false,
  ): Promise<{ foreign: readonly Basic[]; exchange: Exchange }> => {
    const { exchange, states } = await searchAs(holding.actor, queryFor(holding.identity), always);
    const theirs = states.filter((state) => belongsTo(state, holding.identity));
    const isOurs = (state: Basic) => extensionsOf(state).some(({ url }) => url === markerUrl);
    for (const state of theirs.filter(isOurs)) {
      const id = idOf(state);
      const version = versionOf(state);
      if (id !== null) await discard(id, { ...holding, etag: version === null ? null : `W/"${version}"` });
    }
    return { foreign: theirs.filter((state) => !isOurs(state)), exchange };
  };

  /** Once for each code and subject: what an earlier run left behind. */
  const clear = async (holding: Holding): Promise<void> => {
    const key = keyOf(holding);
    if (cleared.has(key)) return;
    const { foreign, exchange } = await sweep(holding);
    if (foreign.length > 0) {
      const ids = foreign.map((state) => `Basic/${idOf(state)}`).join(', ');
      const what = `${ids} is stored under ${tokenOf(holding.identity.code)}, and smart-check did not write it`;
      throw new Block(`${what}: name state codes that nothing else uses in clients.appState`, [exchange]);
    }
    cleared.add(key);
  };

  const tidyUp = async ({ remaining, nameless }: Leavings): Promise<void> => {
    for (const [id, holding] of remaining) {
      if (await discard(id, holding)) remaining.delete(id);
    }
    for (const holding of nameless.splice(0)) await sweep(holding, true);
  };

  const session = ({ remaining, nameless }: Leavings): StateSession => {
    /** Sends what a test wants to know. */
    const ask = async (caller: Caller, request: HttpRequest): Promise<Exchange> => {
      if (ended) throw new Block('the run has ended');
      const exchange = await sendAs(caller, request);
      if (exchange.response) return exchange;
      throw new Block(`App State was not reached: ${exchange.error?.message ?? 'no answer'}`, [exchange]);
    };
    /** Sends what may change something, of which it must be known how it ends. */
    const change = async (caller: Caller, request: HttpRequest, ifMatch: string | null = null): Promise<Exchange> => {
      const headers: Record<string, string> = ifMatch === null ? {} : { 'if-match': ifMatch };
      return ask(caller, { ...request, headers: { ...headers, ...request.headers }, outlastsInterruption: true });
    };

    /** @param id - null when the server did not say */
    const keepInMind = (id: string | null, actor: Caller, sent: Basic, exchange: Exchange) => {
      const before = id === null ? undefined : remaining.get(id);
      const holding = before ?? { actor, identity: identityIn(sent) };
      if (id === null) nameless.push(holding);
      else remaining.set(id, { ...holding, etag: etagIn(exchange) ?? before?.etag ?? null });
    };

    const create: StateSession['create'] = async (caller, sent, { headers = {}, owner = caller } = {}) => {
      const body = JSON.stringify(sent);
      const exchange = await change(caller, { method: 'POST', url: address, headers, body });
      const kept = basicIn(exchange);
      const isAccepted = isSuccess(exchange);
      const id = isAccepted ? (idOf(kept) ?? idIn(exchange.response?.headers.location)) : null;
      if (isAccepted) keepInMind(id, owner, sent, exchange);
      return { sent, exchange, isAccepted, id, etag: isAccepted ? etagIn(exchange) : null, body: kept };
    };

    return {
      create,
      async store(caller, sent) {
        const creation = await create(caller, sent);
        const { id, etag, exchange } = creation;
        if (id !== null && etag !== null) return { ...creation, id, etag };
        const why = creation.isAccepted ? ' with an id and a version to go on with' : `: ${exchange.response?.status}`;
        throw new Block(`state was not stored${why}`, [exchange]);
      },
      async update(caller, id, sent, ifMatch) {
        const url = `${address}/${encodeURIComponent(id)}`;
        const exchange = await change(caller, { method: 'PUT', url, body: JSON.stringify(sent) }, ifMatch);
        if (isSuccess(exchange)) {
          keepInMind(id, caller, sent, exchange);
          const other = idOf(basicIn(exchange));
          if (other !== null && other !== id) keepInMind(other, caller, sent, exchange);
        }
        return exchange;
      },
      remove: (caller, id, ifMatch) =>
        change(caller, { method: 'DELETE', url: `${address}/${encodeURIComponent(id)}` }, ifMatch),
      async find(caller, identity, until) {
        const look = async () =>
          foundIn(await ask(caller, { url: `${address}?${new URLSearchParams(queryFor(identity))}` }));
        let found = await look();
        if (!until || found.bundle === null) return found;
        for (const ms of lag) {
          if (until(found.states)) return found;
          await wait(ms);
          found = await look();
        }
        if (!until(found.states)) lag = [];
        return found;
      },
      search: async (caller, query) => foundIn(await ask(caller, { url: `${address}?${new URLSearchParams(query)}` })),
      searchByPost: async (caller, query) =>
        foundIn(
          await ask(caller, {
            method: 'POST',
            url: `${address}/_search`,
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
            body: String(new URLSearchParams(query)),
          }),
        ),
      async read(caller, id) {
        const exchange = await ask(caller, { url: `${address}/${encodeURIComponent(id)}` });
        const state = basicIn(exchange);
        return { exchange, bundle: null, states: state ? [state] : [] };
      },
    };
  };

  return {
    base,
    alone<Result>(holdings: readonly Holding[], run: (session: StateSession) => Promise<Result>): Promise<Result> {
      const keys = holdings.map(keyOf);
      const earlier = Promise.all(keys.map((key) => turns.get(key)));
      const mine = earlier.then(async () => {
        if (ended) throw new Block('the run has ended');
        const leavings: Leavings = { remaining: new Map(), nameless: [] };
        leftovers.push(leavings);
        try {
          for (const holding of holdings) await clear(holding);
          return await run(session(leavings));
        } finally {
          await tidyUp(leavings);
        }
      });
      const over = mine.catch(() => undefined);
      for (const key of keys) turns.set(key, over);
      return mine;
    },
    async release(): Promise<void> {
      ended = true;
      await Promise.all(turns.values());
      for (const leavings of leftovers) await tidyUp(leavings);
    },
  };
}

function keyOf({ identity }: Holding): string {
  return JSON.stringify(queryFor(identity));
}

/** The parameters of a search ("Querying app state"). */
export function queryFor({ code, subject }: StateIdentity): Readonly<Record<string, string>> {
  return { code: tokenOf(code), ...(subject === null ? { 'subject:missing': 'true' } : { subject }) };
}

/** The ETag to go on with: as it stands in the header, or made of the body's version. */
export function etagIn(exchange: Exchange): string | null {
  const header = exchange.response?.headers.etag;
  if (header !== undefined) return header;
  const version = versionOf(basicIn(exchange));
  return version === null ? null : `W/"${version}"`;
}

/** The id in a Location, absolute or relative, with a version or without. */
export function idIn(location: string | undefined): string | null {
  const [, id] = /(?:^|\/)Basic\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]+)?$/.exec(location ?? '') ?? [];
  return id ?? null;
}

export function foundIn(exchange: Exchange): Found {
  const object = exchange.response?.status === 200 ? jsonObjectIn(exchange) : null;
  const bundle = object?.resourceType === 'Bundle' ? object : null;
  const entries = bundle && Array.isArray(bundle.entry) ? bundle.entry.filter(isRecord) : [];
  const resources = entries.map(({ resource }) => resource).filter(isRecord);
  return { exchange, bundle, states: resources.filter(({ resourceType }) => resourceType === 'Basic') };
}

function identityIn(sent: Basic): StateIdentity {
  const coding = isRecord(sent.code) && Array.isArray(sent.code.coding) ? sent.code.coding.find(isRecord) : undefined;
  const reference = isRecord(sent.subject) ? sent.subject.reference : undefined;
  return {
    code: { system: String(coding?.system ?? ''), code: String(coding?.code ?? '') },
    subject: typeof reference === 'string' ? reference : null,
  };
}

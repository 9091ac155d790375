/**
 * Servers may keep the newest of what an app has for a user alone, tokens say, and end what was earlier. Tests share
 * launches and run side by side: one would take from another what it rests on. Where that shows, what was ended is
 * obtained anew in the same way as before, and the request is sent again with it.
 */
import type { Client, Exchange, HttpClient, HttpRequest } from '../kit/index.ts';
import type { TokenClock } from './token-clock.ts';
import { isRevocation, isTurnedDown, placesOf, type TokenPlace, withInstead } from './token-places.ts';
import type { TokenAnswer, TokenRequest, TokenResponse } from './token-request.ts';
import { createTurns, type Turns } from './turns.ts';

/** A code, and how to come by another. */
export interface AuthorizedCode {
  readonly value: string;
  /** The parameters of a well-made request that redeems it, but for the code. */
  readonly redemption: Readonly<Record<string, string>>;
  /** Authorizes once more by the same request; null when no code comes of it. */
  again(): Promise<string | null>;
}

/** Who has what is given: what they are given may end what they were given before. */
export interface Holder {
  readonly client: Client;
  /** Of the client and the account of its user. */
  readonly holder: string;
}

export type SendTokenRequest = (request: TokenRequest) => Promise<TokenAnswer>;

export interface TokenKeeper {
  /** The same client for whoever uses access tokens. */
  keeping<Inner extends HttpClient>(http: Inner): Inner;
  /** Authorizes, but not while something of the same holder’s is obtained anew; keeps the code that comes of it. */
  authorizing<Result>(
    by: Holder,
    run: () => Promise<{ readonly result: Result; readonly code: AuthorizedCode | null }>,
  ): Promise<Result>;
  request(request: TokenRequest, send: SendTokenRequest): Promise<TokenAnswer>;
  /** Whether something was refused that a later one had ended, or may have, and was not obtained anew. */
  isOutlived(exchange: Exchange): boolean;
}

type Kind = 'code' | 'access' | 'refresh';

/** An authorization, or what a service was given, and all that comes of it. */
interface Origin {
  readonly holder: string;
  /** Something of it was revoked, or used twice: what becomes of it is what a test asks. */
  spoiled: boolean;
}

/** That a holder was given something: some time between two counts, since what is asked for at once comes in any order. */
interface Gift {
  readonly origin: Origin;
  readonly askedAt: number;
  /** Not yet, as long as nothing has come. */
  givenAt: number;
}

interface Credential {
  readonly kind: Kind;
  readonly client: Client;
  readonly origin: Origin;
  readonly gift: Gift;
  /** Of a code. */
  readonly redemption?: Readonly<Record<string, string>>;
  /** Obtains another one by the same request. */
  renew(): Promise<Credential['successor']>;
  /** It is good for one use, or was replaced, and has been used. */
  spent: boolean;
  /** What was obtained in its place. */
  successor: { readonly value: string; readonly gift: Gift } | null;
}

/** Tries whether a credential is good. */
interface Trial {
  works(value: string): Promise<boolean>;
  /** Whether what is sent tells good from bad: what answers everybody alike does not. */
  tells(): Promise<boolean>;
}

/** How often to try whether later ones end earlier ones, where that does not become clear. */
const mostTrials = 3;

export function createTokenKeeper({ hadExpired }: Pick<TokenClock, 'hadExpired'>): TokenKeeper {
  const credentials = new Map<string, Credential>();
  /** By holder. */
  const gifts = new Map<string, Gift[]>();
  const turns = new Map<string, Turns>();
  const keepsNewest = new Map<Kind, boolean>();
  /** By kind, how often it was tried. */
  const trials = new Map<Kind, Promise<number>>();
  const outlived = new Set<string>();
  /** What could not be obtained anew, so that nothing shows what ends it. */
  const unclear = new Set<Kind>();
  let now = 0;

  const turnsOf = (holder: string): Turns => {
    const own = turns.get(holder) ?? createTurns();
    turns.set(holder, own);
    return own;
  };
  const tick = (): number => {
    now += 1;
    return now;
  };
  /** Asks for something, which may be given any time from now on. */
  const ask = async <Answer>(
    origin: Origin,
    asking: () => Promise<Answer>,
  ): Promise<{ readonly answer: Answer; readonly gift: Gift }> => {
    const gift: Gift = { origin, askedAt: tick(), givenAt: Number.POSITIVE_INFINITY };
    const all = gifts.get(origin.holder) ?? [];
    all.push(gift);
    gifts.set(origin.holder, all);
    try {
      return { answer: await asking(), gift };
    } finally {
      gift.givenAt = tick();
    }
  };
  /** Whether its holder may have been given something since; of the same authorization only access tokens are ended so. */
  const isOlder = ({ kind, origin, gift, successor }: Credential): boolean => {
    const own = successor?.gift ?? gift;
    const since = (gifts.get(origin.holder) ?? []).filter((other) => other !== own && other.givenAt > own.askedAt);
    return since.some((other) => kind === 'access' || other.origin !== own.origin);
  };

  const mayBeOutlived = ({ kind }: Credential): boolean => keepsNewest.get(kind) ?? unclear.has(kind);

  /** Tries with two more whether the second ends the first; null where that does not become clear. */
  const tryTwo = async (credential: Credential, { works }: Trial): Promise<boolean | null> => {
    const first = await credential.renew();
    const second = first && (await credential.renew());
    if (!second) {
      unclear.add(credential.kind);
      return null;
    }
    const isFirstEnded = !(await works(first.value));
    return (await works(second.value)) ? isFirstEnded : null;
  };
  /** One trial at a time: who comes meanwhile waits for what it shows. */
  const endsEarlier = async (credential: Credential, trial: Trial): Promise<boolean> => {
    const { kind } = credential;
    const tried = (trials.get(kind) ?? Promise.resolve(0)).then(async (before) => {
      if (keepsNewest.has(kind) || before >= mostTrials || !(await trial.tells())) return before;
      const shown = await tryTwo(credential, trial);
      if (shown !== null) keepsNewest.set(kind, shown);
      return before + 1;
    });
    trials.set(
      kind,
      tried.catch(() => mostTrials),
    );
    await tried;
    return keepsNewest.get(kind) ?? false;
  };

  /**
   * Uses what is obtained in place of a credential that was ended; null where there is none, or something else ended it.
   *
   * @param use - null where nothing can stand in its place: only whether later ones end earlier ones is tried
   */
  const useAnew = <Result>(
    credential: Credential,
    trial: Trial,
    use: ((value: string) => Promise<Result>) | null,
  ): Promise<Result | null> => {
    if (keepsNewest.get(credential.kind) === false) return Promise.resolve(null);
    return turnsOf(credential.origin.holder).alone(credential, async () => {
      if (!(await endsEarlier(credential, trial)) || use === null) return null;
      if (credential.successor === null || isOlder(credential)) credential.successor = await credential.renew();
      return credential.successor && use(credential.successor.value);
    });
  };

  /** @param obtain - does again what brought it, and says what of that comes in its place */
  const keep = (
    value: string,
    of: Pick<Credential, 'kind' | 'client' | 'gift' | 'redemption'>,
    obtain: () => Promise<string | null>,
  ): void => {
    const { origin } = of.gift;
    const renew = async () => {
      const { answer, gift } = await ask({ ...origin }, obtain);
      return answer === null ? null : { value: answer, gift };
    };
    credentials.set(value, { ...of, origin, renew, spent: false, successor: null });
  };
  const keepTokens = (
    tokens: TokenResponse,
    of: Pick<Credential, 'client' | 'gift'>,
    obtain: () => Promise<TokenAnswer | null>,
  ) => {
    const obtaining = (one: (tokens: TokenResponse) => string | null) => async () => {
      const answer = await obtain();
      return answer?.kind === 'granted' && isAsGood(answer.tokens, tokens) ? one(answer.tokens) : null;
    };
    const { accessToken, refreshToken } = tokens;
    keep(
      accessToken,
      { ...of, kind: 'access' },
      obtaining((other) => other.accessToken),
    );
    if (refreshToken === null || credentials.has(refreshToken)) return;
    keep(
      refreshToken,
      { ...of, kind: 'refresh' },
      obtaining((other) => other.refreshToken),
    );
  };

  const request: TokenKeeper['request'] = async (asked, send) => {
    const parameters = new URLSearchParams(asked.parameters);
    const name = parameters.has('code') ? 'code' : 'refresh_token';
    const presented = parameters.get(name);
    const credential = presented === null ? undefined : credentials.get(presented);
    const origin = credential?.origin ?? { holder: holderOf(asked.client), spoiled: false };
    const wasSpent = credential?.spent ?? true;
    if (credential) {
      origin.spoiled ||= credential.spent;
      credential.spent ||= credential.kind === 'code';
    }
    const sendWith = (value: string | null, what: TokenRequest) => {
      if (value === presented || value === null) return send(what);
      const changed = new URLSearchParams(parameters);
      changed.set(name, value);
      return send({ ...what, parameters: changed });
    };
    const { credentials: proof, ...usual } = asked;
    const sendAndKeep = async (value: string | null): Promise<TokenAnswer> => {
      const { answer, gift } = await ask(origin, () => sendWith(value, asked));
      if (answer.kind !== 'granted' || (presented !== null && !credential)) return answer;
      const { refreshToken } = answer.tokens;
      if (credential?.kind === 'refresh') credential.spent ||= refreshToken !== null && refreshToken !== value;
      keepTokens(answer.tokens, { client: asked.client, gift }, async () => {
        const another = await credential?.renew();
        return another === null ? null : sendWith(another?.value ?? null, usual);
      });
      return answer;
    };
    const first = await turnsOf(origin.holder).together(() => sendAndKeep(credential?.successor?.value ?? presented));

    // Nor does it show anything of others who bring it that it is refused to them when it has ended.
    if (!credential || !isRefusalOf(credential, first) || wasSpent || !isOlder(credential)) return first;
    // What is wrong with the request is reason enough, unless it is known that codes end.
    const isWellMade = Object.entries(credential.redemption ?? {}).every(
      ([key, value]) => parameters.get(key) === value,
    );
    if (!isWellMade && !keepsNewest.get(credential.kind)) return first;
    // A signed assertion is good for one request.
    const mayRepeat = !origin.spoiled && !asked.asItIs && proof?.parameters?.client_assertion === undefined;
    const works = async (value: string) => {
      const shape = credential.redemption ?? { grant_type: 'refresh_token' };
      return (await send({ client: credential.client, parameters: { ...shape, [name]: value } })).kind === 'granted';
    };
    const trial = { works, tells: async () => true };
    const second = await useAnew(credential, trial, mayRepeat ? sendAndKeep : null);
    if (!second && mayBeOutlived(credential)) outlived.add(first.exchange.id);
    return second ?? first;
  };

  const keeping: TokenKeeper['keeping'] = (http) => {
    /** Sends it with what came in place of the tokens in it. */
    const sendNow = (
      asked: HttpRequest,
      places: readonly TokenPlace[],
      trial?: readonly [token: string, other: string],
    ) =>
      http.send(
        places.reduce((changed, { token }) => {
          const credential = credentials.get(token);
          const successor = credential?.origin.spoiled ? undefined : credential?.successor?.value;
          const other = token === trial?.[0] ? trial[1] : successor;
          return other === undefined ? changed : withInstead(changed, token, other);
        }, asked),
      );
    const insist = async (
      asked: HttpRequest,
      places: readonly TokenPlace[],
      place: TokenPlace,
      exchange: Exchange,
    ): Promise<Exchange> => {
      const credential = credentials.get(place.token);
      if (!credential) return exchange;
      const { origin } = credential;
      origin.spoiled ||= isRevocation(place, exchange);
      const presented = origin.spoiled ? place.token : (credential.successor?.value ?? place.token);
      if (!isTurnedDown(place, exchange) || hadExpired(presented, exchange) || !isOlder(credential)) return exchange;
      const works = async (value: string) => {
        const answer = await sendNow(harmless(asked), places, [place.token, value]);
        return answer.response !== null && !isTurnedDown(place, answer);
      };
      const trial = { works, tells: async () => !(await works(presented)) };
      const again = await useAnew(credential, trial, origin.spoiled ? null : () => sendNow(asked, places));
      if (!again && mayBeOutlived(credential)) outlived.add(exchange.id);
      return again ?? exchange;
    };
    return {
      ...http,
      async send(asked) {
        const places = placesOf(asked);
        let exchange = await sendNow(asked, places);
        for (const place of places) exchange = await insist(asked, places, place, exchange);
        return exchange;
      },
    };
  };

  return {
    keeping,
    request,
    authorizing: ({ client, holder }, run) =>
      turnsOf(holder).together(async () => {
        const { answer, gift } = await ask({ holder, spoiled: false }, run);
        const { result, code } = answer;
        if (code) keep(code.value, { kind: 'code', client, gift, redemption: code.redemption }, code.again);
        return result;
      }),
    isOutlived: ({ id }) => outlived.has(id),
  };
}

/** Of a client and the account that allows it something; a service has none. */
export function holderOf({ clientId }: Client, account = ''): string {
  return JSON.stringify([clientId, account]);
}

/** A code that a server no longer finds may be called an invalid_request there. */
function isRefusalOf({ kind }: Credential, answer: TokenAnswer): boolean {
  if (answer.kind !== 'refused') return false;
  return answer.error === 'invalid_grant' || (kind === 'code' && answer.error === 'invalid_request');
}

/** What is written goes through as a reading: whether the token lets in is all there is to know. */
function harmless({ body, method = 'GET', headers = {}, ...request }: HttpRequest): HttpRequest {
  if (body instanceof URLSearchParams) return { ...request, method, headers, body };
  const kept = Object.entries(headers).filter(([name]) => !/^(content-type|if-match)$/i.test(name));
  return { ...request, method: 'GET', headers: Object.fromEntries(kept) };
}

/** Whether it is for the same: another patient may be in context, or other scopes be granted. */
function isAsGood(one: TokenResponse, other: TokenResponse): boolean {
  const named = ({ scopes }: TokenResponse) => [...(scopes ?? [])].sort().join(' ');
  return named(one) === named(other) && one.members.patient === other.members.patient;
}

import { tokenEndpoint } from '../../src/artifacts/authorization-server.ts';
import { backendRequester } from '../../src/artifacts/backend.ts';
import { isSuccess } from '../../src/artifacts/document.ts';
import { type FhirReader, fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { whyNoToken } from '../../src/artifacts/launcher.ts';
import { usualLaunch } from '../../src/artifacts/launches.ts';
import { type Refresher, refresher } from '../../src/artifacts/refreshes.ts';
import { settled } from '../../src/artifacts/settled.ts';
import { smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { usualWay } from '../../src/artifacts/usual-way.ts';
import {
  artifact,
  attempted,
  Block,
  type Client,
  configuration,
  type Exchange,
  http,
  isUnobtainable,
  Skip,
} from '../../src/kit/index.ts';
import type { IntrospectionAnswer } from '../../src/oauth/introspection-request.ts';
import { type RevocationRequest, requestRevocation } from '../../src/oauth/revocation-request.ts';
import type { TokenAnswer, TokenResponse } from '../../src/oauth/token-request.ts';
import { endpointUrl } from '../../src/smart/smart-configuration.ts';
import { introspector } from './callers.ts';
import { control } from './introspected.ts';
import { patientIn } from './tokens-at-hand.ts';

/** Ends tokens at the revocation endpoint. */
export interface Revoker {
  /** @throws Block when nothing came back */
  revoke(request: RevocationRequest): Promise<Exchange>;
}

export const revoker = artifact({
  name: 'revoker',
  needs: [smartConfiguration, fhirBaseUrl, tokenEndpoint, http],
  obtain({ smartConfiguration: { document }, fhirBaseUrl, tokenEndpoint, http }): Revoker {
    const endpoint = endpointUrl(document.revocation_endpoint, fhirBaseUrl);
    if (!endpoint) throw new Skip('not-advertised', 'revocation_endpoint is not published');
    return { revoke: (request) => requestRevocation(request, endpoint, tokenEndpoint, http) };
  },
});

/** A refresh token that was revoked by its client, and what it is good for since. */
export interface RefreshRevocation {
  readonly client: Client;
  readonly refreshToken: string;
  readonly revocation: Exchange;
  /** A refresh with the token, tried again for some seconds while it works. */
  readonly after: TokenAnswer;
  /** The access tokens of the grant, which could read before. */
  readonly accessTokens: readonly ReadingToken[];
  readonly because: readonly Exchange[];
}

/** An access token that has been seen to read. */
export interface ReadingToken {
  readonly name: string;
  readonly client: Client;
  readonly accessToken: string;
  readonly path: string;
  readonly control: Exchange;
}

/** A grant of each client that refreshes, refreshed once and then revoked. */
export const refreshRevocations = artifact({
  name: 'refreshRevocations',
  needs: [configuration, refresher, revoker, fhirReader],
  obtain({ configuration: { data }, refresher, revoker, fhirReader }): Promise<readonly RefreshRevocation[]> {
    const reading = (name: string, client: Client, tokens: TokenResponse) =>
      readingToken(name, client, tokens, fhirReader, patientIn(tokens, data));
    return Promise.all(
      refresher.refreshed.map(async (proven): Promise<RefreshRevocation> => {
        const { client } = proven;
        const grant = await refresher.grantAnew(proven);
        // Before the refresh, which may end it.
        const first = await reading('its first access token', client, grant.tokens);
        const answer = await refresher.refresh(grant);
        const next = answer.kind === 'granted' ? answer.tokens : null;
        const refreshToken = next?.refreshToken ?? grant.refreshToken;
        const second = next && (await reading('its refreshed access token', client, next));
        const revocation = await revoker.revoke({ client, parameters: { token: refreshToken } });
        const after = await refreshUntilRefused(refresher, client, refreshToken);
        return {
          client,
          refreshToken,
          revocation,
          after,
          accessTokens: [first, second].filter((token) => token !== null),
          because: [grant.exchange, answer.exchange, revocation, after.exchange],
        };
      }),
    );
  },
});

/** Those that did what they were asked for. */
export function effective(revocations: readonly RefreshRevocation[]): readonly RefreshRevocation[] {
  return revocations.filter(({ revocation, after }) => isSuccess(revocation) && after.kind !== 'granted');
}

interface FreshGrant {
  readonly client: Client;
  readonly tokens: TokenResponse;
  readonly exchange: Exchange;
  /** What the access token should be able to read, below the FHIR base URL; null when that is not known. */
  readonly path: string | null;
}

interface FreshGrants {
  make(): Promise<FreshGrant>;
}

/** Makes grants whose access token may be ended: with a refresh token where there are any, else of any client. */
export const freshGrants = artifact({
  name: 'freshGrants',
  needs: [
    configuration,
    attempted(usualWay),
    attempted(usualLaunch),
    attempted(refresher),
    attempted(refreshRevocations),
    attempted(backendRequester),
  ],
  obtain({
    configuration: { data },
    usualWay,
    usualLaunch,
    refresher,
    refreshRevocations,
    backendRequester,
  }): FreshGrants {
    const launched = <Made extends { readonly tokens: TokenResponse }>(grant: Made) => ({
      ...grant,
      path: patientIn(grant.tokens, data),
    });
    if (!isUnobtainable(refresher)) {
      // Some servers let only those revoke who authenticate.
      const revocations = isUnobtainable(refreshRevocations) ? [] : refreshRevocations;
      const revoking = revocations.find(({ revocation }) => isSuccess(revocation))?.client;
      const proven = refresher.refreshed.find(({ client }) => client === revoking) ?? refresher.refreshed[0];
      if (proven) return { make: async () => launched(await refresher.grantAnew(proven)) };
    }
    if (!isUnobtainable(usualWay) && !isUnobtainable(usualLaunch)) {
      const { client, scope } = usualLaunch;
      return { make: async () => launched(await usualWay.grant({ client, scope })) };
    }
    if (isUnobtainable(backendRequester)) throw isUnobtainable(usualLaunch) ? usualLaunch : backendRequester;
    const { client, request } = backendRequester;
    return {
      async make() {
        const answer = await request();
        const { exchange } = answer;
        if (answer.kind === 'granted') return { client, tokens: answer.tokens, exchange, path: 'Patient?_count=1' };
        throw new Block(`the backend service got no further token: ${whyNoToken(answer)}`, [exchange]);
      },
    };
  },
});

type Reader = Pick<FhirReader, 'read'>;

/** Null when there is nothing to read with it, or it cannot. */
export async function readingToken(
  name: string,
  client: Client,
  tokens: TokenResponse,
  reader: Reader,
  path: string | null,
): Promise<ReadingToken | null> {
  const { accessToken } = tokens;
  const control = path === null ? null : await reader.read(path, { client, accessToken });
  return path !== null && control && isSuccess(control) ? { name, client, accessToken, path, control } : null;
}

/** Refreshes, with the newest token of the grant, until it is refused; for some seconds. */
export async function refreshUntilRefused(
  { refresh }: Pick<Refresher, 'refresh'>,
  client: Client,
  refreshToken: string,
): Promise<TokenAnswer> {
  let newest = refreshToken;
  return settled(
    async () => {
      const answer = await refresh({ client, refreshToken: newest });
      if (answer.kind === 'granted') newest = answer.tokens.refreshToken ?? newest;
      return answer;
    },
    ({ kind }) => kind !== 'granted',
  );
}

/** An access token that was revoked by its client, and what it is good for since. */
export interface AccessRevocation {
  readonly client: Client;
  readonly tokens: TokenResponse;
  readonly revocation: Exchange;
  /** A read with the token before, and after, tried again for some seconds; null when nothing is known to read. */
  readonly reads: { readonly before: Exchange; readonly after: Exchange } | null;
  /** The same of introspection; null when it is not to be had, or the token was not active. */
  readonly introspections: { readonly before: IntrospectionAnswer; readonly after: IntrospectionAnswer } | null;
  readonly because: readonly Exchange[];
}

/** The access token of a grant made for it. */
export const accessRevocation = artifact({
  name: 'accessRevocation',
  needs: [freshGrants, revoker, fhirReader, attempted(introspector), attempted(control)],
  async obtain({ freshGrants, revoker, fhirReader, introspector, control }): Promise<AccessRevocation> {
    const { client, tokens, exchange, path } = await freshGrants.make();
    const { accessToken: token } = tokens;
    const reading = path === null ? null : await readingToken('', client, tokens, fhirReader, path);
    const ask =
      isUnobtainable(introspector) || isUnobtainable(control) ? null : () => introspector.ask(token, control.caller);
    const before = await ask?.();
    const revocation = await revoker.revoke({ client, parameters: { token } });
    const isDone = isSuccess(revocation);
    const after = reading && (await readUntilRefused(reading, fhirReader, isDone));
    const later =
      before?.says === 'active' && ask && isDone ? await settled(ask, ({ says }) => says !== 'active') : null;
    return {
      client,
      tokens,
      revocation,
      reads: reading && after ? { before: reading.control, after } : null,
      introspections: before && later ? { before, after: later } : null,
      because: [exchange, revocation],
    };
  },
});

/** Reads with a token until it is refused, for some seconds; once where there is no reason to wait. */
export function readUntilRefused(
  { path, client, accessToken }: ReadingToken,
  reader: Reader,
  isAwaited = true,
): Promise<Exchange> {
  return settled(
    () => reader.read(path, { client, accessToken }),
    (read) => !isAwaited || !isSuccess(read),
  );
}

import { artifact, type Client, Skip } from '../kit/index.ts';
import { withoutNonce } from '../oauth/authorization-request.ts';
import type { Credentials } from '../oauth/client-authentication.ts';
import type { TokenAnswer, TokenResponse } from '../oauth/token-request.ts';
import { askingAnew, yieldOfTokens } from './asking-anew.ts';
import { described, notWithheld, outcomeOf } from './authorization-outcome.ts';
import {
  type Authorization,
  type Grant,
  type LaunchableClient,
  type Launcher,
  launcher,
  whyNoToken,
} from './launcher.ts';
import { type Launch, type LaunchAttempt, type LaunchClient, redeemIfAny, usualLaunches } from './launches.ts';
import { capabilities } from './smart-configuration.ts';
import { usualWay } from './usual-way.ts';

/** A grant that came with a refresh token. */
export interface RefreshableGrant extends Grant {
  readonly refreshToken: string;
}

/** A launch with a refresh token, which has been used once. */
export interface Refresh extends LaunchClient {
  readonly launch: Launch & RefreshableGrant;
  readonly answer: TokenAnswer;
}

/** A refresh that brought a token. */
export interface Refreshed extends Omit<Refresh, 'answer'> {
  readonly exchange: TokenAnswer['exchange'];
  readonly tokens: TokenResponse;
}

/** Launches that ask for offline access where it is to be had; the browser they were made in is closed since. */
export const offlineAttempts = artifact({
  name: 'offlineAttempts',
  perishes: true,
  needs: [capabilities, usualLaunches, usualWay, launcher],
  async obtain({ capabilities, usualLaunches, usualWay, launcher }): Promise<readonly LaunchAttempt[]> {
    const session = await launcher.openSession();
    const attempt = async ({ role, client }: LaunchClient): Promise<LaunchAttempt> => {
      const scopes = usualWay
        .scopes(client)
        .split(' ')
        .filter((scope) => scope !== 'online_access');
      if (capabilities.includes('permission-offline')) scopes.push('offline_access');
      const scope = [...new Set(scopes)].join(' ');
      const authorization = await usualWay.authorize({ client, scope, session });
      const answer = await redeemIfAny(authorization, launcher);
      return { role, client, kind: usualWay.kind, scope, authorization, answer, opening: null };
    };
    const [first, ...others] = usualLaunches;
    // The first signs in for those after it.
    const attempts = first ? [await attempt(first)] : [];
    attempts.push(...(await Promise.all(others.map(attempt))));
    await session.close();
    return attempts;
  },
});

/** The first refresh of each of these launches that has a refresh token; without a scope of its own. */
export const refreshes = artifact({
  name: 'refreshes',
  needs: [offlineAttempts, capabilities, launcher],
  obtain({ offlineAttempts, capabilities, launcher }): Promise<readonly Refresh[]> {
    const launches = offlineAttempts.flatMap((attempt) => refreshable(attempt) ?? []);
    if (launches.length === 0) {
      const advertised = capabilities.includes('permission-offline');
      throw new Skip(advertised ? 'undecided' : 'not-advertised', 'no launch came with a refresh token');
    }
    return Promise.all(
      launches.map(async (launch): Promise<Refresh> => {
        const { role, client, refreshToken } = launch;
        return { role, client, launch, answer: await refreshWith(launcher, { client, refreshToken }) };
      }),
    );
  },
});

/** Those that brought a token, at least one: else of launches without a nonce, which some servers trip over. */
export const refreshed = artifact({
  name: 'refreshed',
  needs: [refreshes, usualWay, launcher],
  async obtain({ refreshes, usualWay, launcher }): Promise<readonly Refreshed[]> {
    const successful = refreshes.flatMap(succeeded);
    if (successful.length > 0) return successful;
    const again = refreshes
      .filter(({ launch }) => hasNonce(launch))
      .map(async ({ role, client, launch: { kind, scope } }) => {
        const authorization = await usualWay.authorize({ client, scope, change: withoutNonce });
        const answer = await redeemIfAny(authorization, launcher);
        const launch = refreshable({ role, client, kind, scope, authorization, answer, opening: null });
        if (!launch) return [];
        const { refreshToken } = launch;
        return succeeded({ role, client, launch, answer: await refreshWith(launcher, { client, refreshToken }) });
      });
    const others = (await Promise.all(again)).flat();
    if (others.length > 0) return others;
    throw new Skip('undecided', 'no refresh brought a token, which app-launch/refresh-access-token judges');
  },
});

function succeeded({ answer, ...rest }: Refresh): readonly Refreshed[] {
  return answer.kind === 'granted' ? [{ ...rest, exchange: answer.exchange, tokens: answer.tokens }] : [];
}

function hasNonce({ authorization }: Grant): boolean {
  return authorization.request.parameters.has('nonce');
}

/** Makes grants with refresh tokens that a test may spoil, for clients whose refresh has been seen to work. */
export interface Refresher {
  /** The refreshes that show it. */
  readonly refreshed: readonly Refreshed[];
  /**
   * A further grant of a client.
   *
   * @param scope - that of the launch unless given
   * @throws Skip when it comes without a refresh token
   * @throws Block when it does not come about
   */
  grantAnew(of: Pick<Refreshed, 'client' | 'launch'>, scope?: string): Promise<RefreshableGrant>;
  /** The same, null when it does not come about or comes without a refresh token. */
  grantIfAny(of: Pick<Refreshed, 'client'>, scope: string): Promise<RefreshableGrant | null>;
  /** The same, where the user deselects some of the scopes. @throws Skip when the server's pages offer no way to do so */
  grantKeepingBack(
    withheld: readonly string[],
    of: Pick<Refreshed, 'client'>,
    scope: string,
  ): Promise<RefreshableGrant | null>;
  refresh(request: RefreshRequest): Promise<TokenAnswer>;
}

interface RefreshRequest {
  readonly client: Client;
  readonly refreshToken: string;
  readonly scope?: string;
  /** Those of the client unless given. */
  readonly credentials?: Credentials;
  readonly asItIs?: true;
}

export const refresher = artifact({
  name: 'refresher',
  needs: [launcher, usualWay, refreshed, askingAnew],
  obtain({ launcher, usualWay, refreshed, askingAnew }): Refresher {
    const asBefore = refreshed.some(({ launch }) => hasNonce(launch)) ? {} : { change: withoutNonce };
    const redeemed = async (client: LaunchableClient, authorization: Authorization) => {
      const answer = await redeemIfAny(authorization, launcher);
      if (answer?.kind !== 'granted' || answer.tokens.refreshToken === null) return null;
      const { exchange, tokens } = answer;
      return { client, authorization, exchange, tokens, refreshToken: answer.tokens.refreshToken };
    };
    return {
      refreshed,
      async grantAnew({ client, launch }, scope = launch.scope) {
        const launched = (more?: typeof withoutNonce) => {
          const change = (parameters: URLSearchParams) => {
            asBefore.change?.(parameters);
            more?.(parameters);
          };
          return usualWay.grant({ client, scope, change });
        };
        const grant = await askingAnew.inFull(({ tokens }) => yieldOfTokens(scope, tokens), launched);
        const { refreshToken } = grant.tokens;
        if (refreshToken !== null) return { ...grant, refreshToken };
        throw new Skip('undecided', `a further launch with scope=${scope} came without a refresh token`);
      },
      grantIfAny: async ({ client }, scope) =>
        redeemed(client, await usualWay.authorize({ client, scope, ...asBefore })),
      async grantKeepingBack(withheld, { client }, scope) {
        const authorization = await usualWay.keepingBack(withheld, { client, scope, ...asBefore });
        if (outcomeOf(authorization) === 'stuck') throw notWithheld(described(authorization));
        return redeemed(client, authorization);
      },
      refresh: (request) => refreshWith(launcher, request),
    };
  },
});

/** Uses a refresh token (RFC 6749 section 6). */
export function refreshWith(
  launcher: Launcher,
  { client, refreshToken, scope, credentials, asItIs }: RefreshRequest,
): Promise<TokenAnswer> {
  return launcher.token({
    client,
    ...(asItIs && { asItIs }),
    ...(credentials && { credentials }),
    parameters: {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      ...(scope !== undefined && { scope }),
    },
  });
}

function refreshable({ answer, ...attempt }: LaunchAttempt): (Launch & RefreshableGrant) | null {
  if (answer?.kind !== 'granted' || answer.tokens.refreshToken === null) return null;
  const { exchange, tokens } = answer;
  return { ...attempt, exchange, tokens, refreshToken: answer.tokens.refreshToken };
}

/** What a refresh came to, in words. */
export function refreshOutcome(answer: TokenAnswer): string {
  return answer.kind === 'granted' ? 'an access token' : whyNoToken(answer);
}

/** The scopes of a grant: those asked for when the answer names none (RFC 6749 section 5.1). */
export function grantedScopes({ authorization, tokens }: Grant): readonly string[] {
  return tokens.scopes ?? (authorization.request.parameters.get('scope') ?? '').split(' ');
}

/** The first refresh that brought another refresh token. @throws Skip when none did */
export function replacing(refreshed: readonly Refreshed[]): Refreshed {
  const found = refreshed.find(
    ({ launch, tokens }) => tokens.refreshToken !== null && tokens.refreshToken !== launch.refreshToken,
  );
  if (found) return found;
  throw new Skip('not-advertised', 'no refresh came with a new refresh token');
}

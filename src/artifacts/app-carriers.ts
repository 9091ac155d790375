import type { Client } from '../kit/index.ts';
import { Skip } from '../kit/index.ts';
import { withoutNonce } from '../oauth/authorization-request.ts';
import type { Capabilities } from '../smart/smart-configuration.ts';
import type { Launcher } from './launcher.ts';
import { redeemIfAny } from './launches.ts';
import { narrowed } from './prober.ts';
import { codeCarrier, refreshCarrier, type TokenCarrier } from './token-carrier.ts';
import type { UsualWay } from './usual-way.ts';

interface Surroundings {
  readonly capabilities: Capabilities;
  readonly launcher: Launcher;
  readonly usualWay: UsualWay;
}

/** How an app asks for tokens. */
export interface AppCarriers {
  readonly code: TokenCarrier;
  /** Null where it was given no refresh token. */
  readonly refresh: TokenCarrier | null;
}

/**
 * Launches an app, for a refresh token where one is to be had.
 *
 * @param name - of the client in the configuration, for who must act
 * @throws Skip when the app cannot be launched
 */
export async function appCarriers(
  app: Client | undefined,
  name: 'symmetric' | 'asymmetric',
  { capabilities, launcher, usualWay }: Surroundings,
): Promise<AppCarriers> {
  if (app?.redirectUri === undefined) {
    throw new Skip('not-configured', `needs clients.${name} with a redirectUri`);
  }
  const client = { ...app, redirectUri: app.redirectUri };
  const scope = usualWay.scopes(client);
  const newCode = () => usualWay.authorize({ client, scope: narrowed(scope), change: withoutNonce });
  const code = codeCarrier(client, newCode, launcher);
  if (!capabilities.includes('permission-offline')) return { code, refresh: null };
  const offline = [...new Set([...scope.split(' '), 'offline_access'])].join(' ');
  const authorization = await usualWay.authorize({ client, scope: offline, change: withoutNonce });
  const answer = await redeemIfAny(authorization, launcher);
  const refreshToken = answer?.kind === 'granted' ? answer.tokens.refreshToken : null;
  return { code, refresh: refreshToken === null ? null : refreshCarrier(client, refreshToken, launcher) };
}

import type { Client } from '../kit/index.ts';
import { Skip } from '../kit/index.ts';
import { withoutNonce } from '../oauth/authorization-request.ts';
import type { Capabilities } from '../smart/smart-configuration.ts';
import type { Authorization, Launcher } from './launcher.ts';
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
  let demandsNonce = false;
  /** Some servers trip over a nonce at later refreshes, and others take no request for an id_token without. */
  const authorize = async (scope: string): Promise<Authorization> => {
    const plain = demandsNonce ? null : await usualWay.authorize({ client, scope, change: withoutNonce });
    if (plain?.response?.kind === 'code') return plain;
    const authorization = await usualWay.authorize({ client, scope });
    demandsNonce ||= authorization.response?.kind === 'code';
    return authorization;
  };
  const code = codeCarrier(client, () => authorize(narrowed(scope)), launcher);
  if (!capabilities.includes('permission-offline')) return { code, refresh: null };
  const offline = [...new Set([...scope.split(' '), 'offline_access'])].join(' ');
  const authorization = await authorize(offline);
  const answer = await redeemIfAny(authorization, launcher);
  const refreshToken = answer?.kind === 'granted' ? answer.tokens.refreshToken : null;
  return { code, refresh: refreshToken === null ? null : refreshCarrier(client, refreshToken, launcher) };
}

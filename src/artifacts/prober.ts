import { artifact, Skip } from '../kit/index.ts';
import type { TokenAnswer } from '../oauth/token-request.ts';
import { described, outcomeOf } from './authorization-outcome.ts';
import {
  type Authorization,
  type AuthorizeOptions,
  type LaunchableClient,
  launcher,
  type RedeemOptions,
} from './launcher.ts';
import { type Launch, usualLaunch } from './launches.ts';
import type { SigningIn } from './users.ts';
import { usualWay } from './usual-way.ts';

/** What a request departs in from one that is known to be accepted. */
export type Departure = Partial<
  Pick<
    AuthorizeOptions,
    | 'client'
    | 'scope'
    | 'method'
    | 'state'
    | 'pkce'
    | 'change'
    | 'consent'
    | 'session'
    | 'until'
    | 'holdsConsent'
    | 'signingIn'
    | 'launch'
  >
>;

/**
 * Sends authorization requests that depart in one thing from those of a launch that has succeeded: what is refused is
 * refused for that one thing.
 */
export interface Prober {
  /** The launch that succeeded. */
  readonly control: Launch;
  readonly client: LaunchableClient;
  readonly signingIn: SigningIn;
  readonly scope: string;
  /** With `openid` beside the scopes of a departure where the client launches with it. */
  authorize(departure?: Departure): Promise<Authorization>;
  /** An authorization that brought a code. @throws Skip when it did not, though it did before */
  code(departure?: Departure): Promise<Authorization>;
  /** @throws Block when the authorization brought no code */
  redeem(authorization: Authorization, request?: RedeemOptions): Promise<TokenAnswer>;
}

/** A prober whose requests are those of a usual launch, with few scopes. */
export const prober = artifact({
  name: 'prober',
  needs: [launcher, usualLaunch, usualWay],
  obtain({ launcher, usualLaunch: control, usualWay }): Prober {
    const scopeOf = (client: LaunchableClient) => narrowed(usualWay.scopes(client));
    const authorize = (departure: Departure = {}): Promise<Authorization> => {
      const client = departure.client ?? control.client;
      const scope = usualWay.withSignOn(departure.scope ?? scopeOf(client), client);
      return usualWay.authorize({ client, ...departure, scope });
    };
    return {
      control,
      client: control.client,
      signingIn: usualWay.signingIn,
      scope: scopeOf(control.client),
      authorize,
      async code(departure) {
        const authorization = await authorize(departure);
        if (outcomeOf(authorization) === 'code') return authorization;
        throw new Skip('undecided', `there was no further code to try with: ${described(authorization)}`);
      },
      redeem: (authorization, request) => launcher.redeem(authorization, request),
    };
  },
});

/** Without what takes further pages or leaves something behind; with `openid`, which some servers ask of everybody. */
export function narrowed(scope: string): string {
  const spared = ['launch/encounter', 'offline_access', 'online_access', 'fhirUser', 'profile'];
  const scopes = scope.split(' ');
  const rest = scopes.filter((item) => !spared.includes(item));
  return (rest.some((item) => item !== 'openid') ? rest : scopes).join(' ');
}

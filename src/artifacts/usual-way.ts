import type { BrowserSession } from '../browser/journey.ts';
import { artifact, type Configuration, configuration, Skip } from '../kit/index.ts';
import { type LaunchKind, launchScopes } from '../smart/launch-scopes.ts';
import { promptForConsent } from './asking-anew.ts';
import { outcomeOf } from './authorization-outcome.ts';
import { launchModes } from './launch-modes.ts';
import {
  type Authorization,
  type AuthorizeOptions,
  type Grant,
  type LaunchableClient,
  type Launcher,
  launcher,
} from './launcher.ts';
import { capabilities } from './smart-configuration.ts';
import { accountOf, type SigningIn, userOf } from './users.ts';

/** A request that is made in the usual way; whoever launches there approves, unless another is named. */
export type UsualOptions = Omit<AuthorizeOptions, 'signingIn'> & Partial<Pick<AuthorizeOptions, 'signingIn'>>;

/** How apps come to a token for whatever a test wants one: by themselves, or where that is not offered from the EHR. */
export interface UsualWay {
  readonly kind: LaunchKind;
  /** Who approves there. */
  readonly signingIn: SigningIn;
  /** Those a client launches with there. */
  scopes(client: LaunchableClient): string;
  /** A test’s scopes, with `openid` where the client launches with it: some servers refuse whoever does not. */
  withSignOn(scope: string, client: LaunchableClient): string;
  /** @throws Skip when the other user who is named cannot launch there */
  authorize(options: UsualOptions): Promise<Authorization>;
  /** The same in a browser of its own, where the user deselects some of the scopes; where nobody is asked, once more. */
  keepingBack(withheld: readonly string[], options: UsualOptions): Promise<Authorization>;
  /** Authorizes and redeems. @throws Block when either does not work out */
  grant(options: UsualOptions): Promise<Grant>;
}

export const usualWay = artifact({
  name: 'usualWay',
  needs: [configuration, capabilities, launchModes, launcher],
  obtain({ configuration, capabilities, launchModes, launcher }): UsualWay {
    if (!launchModes.standalone && !launchModes.ehr) {
      throw new Skip('not-advertised', 'neither launch-standalone nor launch-ehr is advertised');
    }
    const way = launchModes.standalone ? standalone(configuration, launcher) : fromEhr(configuration, launcher);
    const scopes = (client: LaunchableClient) =>
      launchScopes(client, capabilities, way.kind, configuration.specVersion);
    return {
      ...way,
      scopes,
      withSignOn: (scope, client) => {
        const isUsual = scopes(client).split(' ').includes('openid');
        return isUsual && !scope.split(' ').includes('openid') ? `openid ${scope}` : scope;
      },
      async keepingBack(withheld, options) {
        // What was approved before may not be asked again.
        const session = await launcher.openSession();
        const request = { ...options, session, consent: { withhold: withheld } };
        const first = await way.authorize(request);
        if (wasKeptBack(first) || outcomeOf(first) === 'stuck') return first;
        const change = (parameters: URLSearchParams) => {
          options.change?.(parameters);
          promptForConsent(parameters);
        };
        return way.authorize({ ...request, change });
      },
      grant: async (options) => launcher.complete(await way.authorize(options)),
    };
  },
});

/** Whether the user was asked, and could keep something back. */
function wasKeptBack({ outcome }: Authorization): boolean {
  return outcome.strip.some(({ title }) => title.startsWith('approve without'));
}

type Way = Pick<UsualWay, 'kind' | 'signingIn' | 'authorize'>;

function standalone(configuration: Configuration, launcher: Launcher): Way {
  const signingIn = userOf(configuration, 'patient', 'practitioner');
  return { kind: 'standalone', signingIn, authorize: (options) => launcher.authorize({ signingIn, ...options }) };
}

/** Each request follows a launch of its own, by the user of the EHR: nobody else can approve anything there. */
function fromEhr(configuration: Configuration, launcher: Launcher): Way {
  const { ehrLaunch } = configuration;
  if (!ehrLaunch) throw new Skip('not-configured', 'needs ehrLaunch.startUrl, where the EHR starts the app');
  const signingIn = userOf(configuration, ehrLaunch.user);
  let common: Promise<BrowserSession> | undefined;
  const commonSession = () => {
    common ??= launcher.openSession();
    return common;
  };
  return {
    kind: 'ehr',
    signingIn,
    async authorize({ signingIn: wanted = signingIn, session, launch: given, ...options }) {
      if (accountOf(wanted) !== accountOf(signingIn)) {
        const why = `needs a launch by users.${wanted.name}; apps are launched from the EHR alone, by users.${signingIn.name}`;
        throw new Skip('not-configured', why);
      }
      const opening = await launcher.openFromEhr([options.client], session ?? (await commonSession()));
      const launch = given ?? opening.parameters.get('launch');
      return launcher.authorize({
        ...options,
        signingIn,
        session: opening.session,
        scope: scopeFromEhr(options.scope),
        ...(launch !== null && { launch }),
      });
    },
  };
}

/** The EHR has the context already. */
function scopeFromEhr(scope: string): string {
  const others = scope.split(' ').filter((one) => !['launch', 'launch/patient', 'launch/encounter'].includes(one));
  return ['launch', ...others].join(' ');
}

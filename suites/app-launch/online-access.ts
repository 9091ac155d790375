import { answeredWith, described } from '../../src/artifacts/authorization-outcome.ts';
import {
  type Authorization,
  type EhrOpening,
  type Grant,
  type LaunchableClient,
  type Launcher,
  launcher,
} from '../../src/artifacts/launcher.ts';
import {
  ehrLaunches,
  isIneligible,
  maybeIneligible,
  redeemIfAny,
  whyIncomplete,
} from '../../src/artifacts/launches.ts';
import { openidConfiguration } from '../../src/artifacts/openid-configuration.ts';
import { grantedScopes, refreshWith } from '../../src/artifacts/refreshes.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import type { BrowserSession } from '../../src/browser/journey.ts';
import { artifact, Block, configuration, type Exchange, Skip, test } from '../../src/kit/index.ts';
import type { TokenAnswer } from '../../src/oauth/token-request.ts';
import { isRegisteredFor } from '../../src/smart/is-registered-for.ts';
import { launchScopes } from '../../src/smart/launch-scopes.ts';
import { isAbsoluteUrl } from '../../src/smart/smart-configuration.ts';

/** A launch from the EHR with online_access and without offline_access, whose user is still there. */
const onlineLaunch = artifact({
  name: 'onlineLaunch',
  needs: [configuration, capabilities, ehrLaunches, launcher],
  async obtain({ configuration: { specVersion }, capabilities, ehrLaunches: [first, ...others], launcher }) {
    if (!capabilities.includes('permission-online')) {
      throw new Skip('not-advertised', 'permission-online is not advertised');
    }
    if (!first) throw new Skip('undecided', 'no launch from the EHR ended with a token');
    // Some keep refresh tokens from public clients.
    const { client, role } = [first, ...others].find((launch) => !maybeIneligible(launch.client)) ?? first;
    const session = await launcher.openSession();
    const opening = await launcher.openFromEhr([client], session);
    const usual = launchScopes(client, capabilities, 'ehr', specVersion).split(' ');
    const scopes = new Set([...usual.filter((scope) => scope !== 'offline_access'), 'online_access']);
    const { signingIn, parameters } = opening;
    const [scope, launch] = [[...scopes].join(' '), parameters.get('launch') ?? ''];
    const authorization = await launcher.authorize({ client, signingIn, scope, session, launch });
    const answer = await redeemIfAny(authorization, launcher);
    const isGranted = answer?.kind === 'granted' && (answer.tokens.scopes?.includes('online_access') ?? true);
    if (!isGranted && !isRegisteredFor(client, 'online_access')) {
      const instead = 'and online_access was not granted; with it there, that would be decided';
      throw new Skip('undecided', `the scope configured for ${client.clientId} has no online_access, ${instead}`);
    }
    const { refreshToken = null } = answer?.kind === 'granted' ? answer.tokens : {};
    if (refreshToken === null && (isIneligible(client, authorization) || (maybeIneligible(client) && !isGranted))) {
      const instead = 'a confidential client, or online_access among the scope of one, would decide it';
      throw new Skip(
        'undecided',
        `public clients got no online access, which the server may keep from them; ${instead}`,
      );
    }
    if (answer?.kind === 'granted') {
      return { client, opening, authorization, exchange: answer.exchange, tokens: answer.tokens };
    }
    const attempt = { role, client, kind: 'ehr', scope, authorization, answer, opening } as const;
    throw new Block(
      `the launch with online_access did not complete: ${whyIncomplete(attempt)}`,
      authorization.exchanges,
    );
  },
});

const refreshToken = test({
  id: 'app-launch/online-access-refresh-token',
  title: 'online_access leads to a refresh token in an EHR launch',
  requirements: ['app-launch/online-access-refresh-token', 'app-launch/refresh-token-when-granted'],
  needs: [onlineLaunch],
  run({ onlineLaunch, must }) {
    const { client, tokens, exchange: because } = onlineLaunch;
    const lasting = grantedScopes(onlineLaunch).filter((scope) => /^(online|offline)_access$/.test(scope));
    const evidence = {
      expected: `a refresh_token for ${client.clientId}, which asked for online_access`,
      actual: `${lasting.join(' and ') || 'no online_access'} granted, ${tokens.refreshToken === null ? 'no' : 'a'} refresh_token`,
      because,
    };
    must('app-launch/online-access-refresh-token', tokens.refreshToken !== null, evidence);
    if (lasting.length > 0) must('app-launch/refresh-token-when-granted', tokens.refreshToken !== null, evidence);
  },
});

/** The first refresh of that launch. */
const onlineRefresh = artifact({
  name: 'onlineRefresh',
  needs: [onlineLaunch, launcher],
  async obtain({ onlineLaunch: { client, tokens }, launcher }): Promise<TokenAnswer> {
    const { refreshToken } = tokens;
    if (refreshToken !== null) return refreshWith(launcher, { client, refreshToken });
    throw new Skip('undecided', 'there is no refresh token, which app-launch/online-access-refresh-token judges');
  },
});

const whileOnline = test({
  id: 'app-launch/online-refresh-while-online',
  title: 'Tokens are renewed while the user stays signed in',
  requirements: ['app-launch/online-refresh-while-online'],
  needs: [onlineLaunch, onlineRefresh, launcher],
  async run({ onlineLaunch, onlineRefresh, launcher, must, undecided }) {
    const { client, exchange } = onlineLaunch;
    if (onlineRefresh.kind !== 'granted') {
      const asked = await askWhoIsThere(onlineLaunch, launcher);
      if (isNobodyThere(asked)) {
        const message = `${client.clientId} got no token, and its user was signed out meanwhile, as by a sign-in elsewhere`;
        const because = [exchange, onlineRefresh.exchange, ...asked.exchanges];
        return undecided('app-launch/online-refresh-while-online', { message, because });
      }
    }
    must('app-launch/online-refresh-while-online', onlineRefresh.kind === 'granted', {
      expected: `a token for ${client.clientId}, whose user is still signed in`,
      actual: answeredWith(onlineRefresh),
      because: [exchange, onlineRefresh.exchange],
    });
  },
});

const afterSignOut = test({
  id: 'app-launch/online-refresh-ends-with-sign-out',
  title: 'Online access ends when the user signs out',
  requirements: ['app-launch/online-refresh-while-online'],
  needs: [onlineLaunch, onlineRefresh, openidConfiguration, launcher],
  destroys: 'the session of the user who launched from the EHR',
  async run({ onlineLaunch, onlineRefresh, openidConfiguration: { metadata }, launcher, should }) {
    const { client, tokens, opening, authorization } = onlineLaunch;
    if (!isAbsoluteUrl(metadata.end_session_endpoint)) {
      throw new Skip('not-advertised', 'the OpenID configuration names no end_session_endpoint to sign out at');
    }
    const granted = grantedScopes(onlineLaunch);
    if (!granted.includes('online_access') || granted.includes('offline_access') || onlineRefresh.kind !== 'granted') {
      throw new Skip('undecided', 'there is no refresh token for online access alone that has been seen to work');
    }
    const exchanges = await signOut(opening.session, metadata.end_session_endpoint, onlineLaunch);
    const asked = await askWhoIsThere(onlineLaunch, launcher);
    if (!isNobodyThere(asked)) {
      throw new Skip(
        'undecided',
        `whether the user was signed out is not known: prompt=none led to ${described(asked)}`,
      );
    }
    const refreshToken = onlineRefresh.tokens.refreshToken ?? tokens.refreshToken ?? '';
    const answer = await refreshWith(launcher, { client, refreshToken, asItIs: true });
    should('app-launch/online-refresh-while-online', answer.kind !== 'granted', {
      expected: 'online access, without offline_access, to end when the user signs out',
      actual: answeredWith(answer),
      because: [...authorization.exchanges, onlineRefresh.exchange, ...exchanges, ...asked.exchanges, answer.exchange],
    });
  },
});

/** Only the server can tell whether somebody is still signed in (OpenID Connect Core section 3.1.2.1). */
function askWhoIsThere(
  { client, opening: { session, signingIn } }: { readonly client: LaunchableClient; readonly opening: EhrOpening },
  launcher: Launcher,
): Promise<Authorization> {
  const change = (parameters: URLSearchParams) => parameters.set('prompt', 'none');
  return launcher.authorize({ client, signingIn, scope: 'openid', session, change });
}

function isNobodyThere({ response }: Authorization): boolean {
  return response?.kind === 'error' && response.error === 'login_required';
}

/** Sends the browser to sign out (OpenID Connect RP-Initiated Logout 1.0 section 2); wherever that ends. */
async function signOut(
  session: BrowserSession,
  endpoint: string,
  { client, tokens }: Pick<Grant, 'client' | 'tokens'>,
): Promise<readonly Exchange[]> {
  const url = new URL(endpoint);
  url.searchParams.set('client_id', client.clientId);
  url.searchParams.set('post_logout_redirect_uri', client.redirectUri);
  if (tokens.idToken !== null) url.searchParams.set('id_token_hint', tokens.idToken);
  const { exchanges } = await session.drive({
    start: { url: url.href },
    until: [client.redirectUri],
    pick: {},
    consent: 'approve',
    drive: 'auto',
    steps: [],
    values: {},
  });
  return exchanges;
}

export const onlineAccessTests = [refreshToken, whileOnline, afterSignOut];

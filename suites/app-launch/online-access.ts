import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import { launcher } from '../../src/artifacts/launcher.ts';
import { ehrLaunch, redeemIfAny, whyIncomplete } from '../../src/artifacts/launches.ts';
import { grantedScopes, refreshWith } from '../../src/artifacts/refreshes.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { artifact, Block, Skip, test } from '../../src/kit/index.ts';
import { launchScopes } from '../../src/smart/launch-scopes.ts';

/** A launch from the EHR with online_access and without offline_access, whose user is still there. */
const onlineLaunch = artifact({
  name: 'onlineLaunch',
  needs: [capabilities, ehrLaunch, launcher],
  async obtain({ capabilities, ehrLaunch: { client, role }, launcher }) {
    if (!capabilities.includes('permission-online')) {
      throw new Skip('not-advertised', 'permission-online is not advertised');
    }
    const session = await launcher.openSession();
    const opening = await launcher.openFromEhr([client], session);
    const usual = launchScopes(client, capabilities, 'ehr').split(' ');
    const scopes = new Set([...usual.filter((scope) => scope !== 'offline_access'), 'online_access']);
    const { signingIn, parameters } = opening;
    const [scope, launch] = [[...scopes].join(' '), parameters.get('launch') ?? ''];
    const authorization = await launcher.authorize({ client, signingIn, scope, session, launch });
    const answer = await redeemIfAny(authorization, launcher);
    if (answer?.kind === 'granted') return { client, authorization, exchange: answer.exchange, tokens: answer.tokens };
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

const whileOnline = test({
  id: 'app-launch/online-refresh-while-online',
  title: 'Tokens are renewed while the user stays signed in',
  requirements: ['app-launch/online-refresh-while-online'],
  needs: [onlineLaunch, launcher],
  async run({ onlineLaunch, launcher, must }) {
    const { client, tokens, exchange } = onlineLaunch;
    const { refreshToken } = tokens;
    if (refreshToken === null) {
      throw new Skip('undecided', 'there is no refresh token, which app-launch/online-access-refresh-token judges');
    }
    const answer = await refreshWith(launcher, { client, refreshToken });
    must('app-launch/online-refresh-while-online', answer.kind === 'granted', {
      expected: `a token for ${client.clientId}, whose user is still signed in`,
      actual: answeredWith(answer),
      because: [exchange, answer.exchange],
    });
  },
});

export const onlineAccessTests = [refreshToken, whileOnline];

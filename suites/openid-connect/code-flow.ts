import { answeredWith, described, outcomeOf } from '../../src/artifacts/authorization-outcome.ts';
import { launcher } from '../../src/artifacts/launcher.ts';
import {
  evidenceOf,
  type LaunchAttempt,
  redeemIfAny,
  usualAttempts,
  whyIncomplete,
} from '../../src/artifacts/launches.ts';
import { grantedScopes } from '../../src/artifacts/refreshes.ts';
import { scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { usualWay } from '../../src/artifacts/usual-way.ts';
import { Block, Skip, test } from '../../src/kit/index.ts';
import { readJwt } from '../../src/oauth/jwt.ts';
import { identifyingLaunches } from './identities.ts';

const issued = test({
  id: 'openid-connect/id-token-issued',
  title: 'A launch with openid and fhirUser yields an id_token',
  requirements: ['openid-connect/id-token-issued', 'openid-connect/id-token-with-openid'],
  needs: [identifyingLaunches],
  run({ identifyingLaunches, must }) {
    for (const launch of identifyingLaunches) {
      const { tokens, role, kind, exchange: because } = launch;
      const { isJws, actual } = shapeOf(tokens.idToken);
      const evidence = {
        expected: `an id_token, a compact JWS, in the ${kind} launch of the ${role} client`,
        actual,
        because,
      };
      must('openid-connect/id-token-issued', isJws, evidence);
      if (!grantedScopes(launch).includes('openid')) continue;
      must('openid-connect/id-token-with-openid', isJws, evidence);
    }
  },
});

const openidAlone = test({
  id: 'openid-connect/id-token-without-fhir-user',
  title: 'A grant of openid without fhirUser yields an id_token as well',
  requirements: ['openid-connect/id-token-with-openid'],
  needs: [identifyingLaunches, scopeGrants],
  async run({ scopeGrants, must }) {
    // With data beside it: some pages have no way on where an app asks for nothing else.
    const { granted, members, exchange } = await scopeGrants.grant(scopeGrants.on('Patient'));
    if (!granted.includes('openid') || granted.includes('fhirUser')) {
      throw new Skip('undecided', `needs openid without fhirUser; granted was ${granted.join(' ') || 'nothing'}`);
    }
    const { isJws, actual } = shapeOf(members.id_token);
    must('openid-connect/id-token-with-openid', isJws, {
      expected: `an id_token, a compact JWS, with a grant of ${granted.join(' ')}`,
      actual,
      because: exchange,
    });
  },
});

function shapeOf(idToken: unknown): { readonly isJws: boolean; readonly actual: string } {
  if (typeof idToken !== 'string') return { isJws: false, actual: 'no id_token' };
  const jwt = readJwt(idToken);
  return jwt.kind === 'jwt'
    ? { isJws: true, actual: 'one' }
    : { isJws: false, actual: `an id_token, but ${jwt.instead}` };
}

const codeFlow = test({
  id: 'openid-connect/code-flow',
  title: 'The code flow works with SMART\u2019s parameters and OpenID\u2019s together',
  requirements: ['openid-connect/code-flow'],
  needs: [capabilities, usualAttempts, usualWay, launcher],
  async run({ capabilities, usualAttempts, usualWay, launcher, must }) {
    if (!capabilities.includes('sso-openid-connect')) {
      throw new Skip('not-advertised', 'sso-openid-connect is not advertised');
    }
    const attempts = usualAttempts.filter(({ scope }) => scope.split(' ').includes('openid'));
    if (attempts.length === 0)
      throw new Skip('not-configured', 'the configured scopes of the clients leave openid out');
    for (const attempt of attempts) {
      const { client, scope, answer } = attempt;
      const isGranted = answer?.kind === 'granted';
      // A launch that fails without OpenID's part as well says nothing about it.
      const plain = isGranted ? null : await usualWay.authorize({ client, scope: withoutIdentity(scope) });
      const control = plain && (await redeemIfAny(plain, launcher));
      if (plain && control?.kind !== 'granted') throw doesNotLaunch(attempt);
      must('openid-connect/code-flow', isGranted, {
        expected: `a launch of ${client.clientId} with openid and nonce to end with a token, as it does without them`,
        actual: isGranted ? 'it does' : whyIncomplete(attempt),
        because: [...evidenceOf(attempt), ...(control ? [control.exchange] : [])],
      });
    }
  },
});

function withoutIdentity(scope: string): string {
  const scopes = scope.split(' ').filter((one) => !['openid', 'fhirUser', 'profile'].includes(one));
  return scopes.join(' ');
}

function doesNotLaunch(attempt: LaunchAttempt): Block {
  const reason = `${attempt.client.clientId} does not launch, be it with openid or without: ${whyIncomplete(attempt)}`;
  return new Block(reason, evidenceOf(attempt));
}

/** Parameters that OpenID Connect makes optional (Core section 3.1.2.1). */
const optionalParameters = { ui_locales: 'en', acr_values: 'urn:smart-check:any', display: 'page' };

const optionalHarmless = test({
  id: 'openid-connect/optional-parameters-harmless',
  title: 'Optional OpenID parameters break no request',
  requirements: ['openid-connect/optional-parameters-harmless'],
  needs: [identifyingLaunches, usualWay, launcher],
  async run({ identifyingLaunches, usualWay, launcher, should, undecided }) {
    const requirement = 'openid-connect/optional-parameters-harmless';
    const control = identifyingLaunches.find(({ kind }) => kind === usualWay.kind);
    if (!control) throw new Skip('undecided', `no ${usualWay.kind} launch yielded an id_token`);
    const { user } = usualWay.signingIn;
    const parameters = { ...optionalParameters, ...(user && { login_hint: user.username }) };
    const authorization = await usualWay.authorize({
      client: control.client,
      scope: control.scope,
      change: (request) => {
        for (const [name, value] of Object.entries(parameters)) request.set(name, value);
      },
    });
    const because = [control.exchange, ...authorization.exchanges];
    if (outcomeOf(authorization) === 'stuck') {
      return undecided(requirement, { message: described(authorization), because });
    }
    const answer = await redeemIfAny(authorization, launcher);
    should(requirement, answer?.kind === 'granted', {
      expected: `a request with ${Object.keys(parameters).join(', ')} to be served as without them`,
      actual: answer ? answeredWith(answer) : described(authorization),
      because: [...because, ...(answer ? [answer.exchange] : [])],
    });
  },
});

export const codeFlowTests = [issued, openidAlone, codeFlow, optionalHarmless];

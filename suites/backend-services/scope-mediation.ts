import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import { backendRequester, backendToken } from '../../src/artifacts/backend.ts';
import { narrowGrant } from '../../src/artifacts/backend-narrow.ts';
import { readablePath, scopesOf, searchOf } from '../../src/artifacts/backend-read.ts';
import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { resourceTypesIn } from '../../src/fhir/resource-types-in.ts';
import { givenAwayOf } from '../../src/fhir/served.ts';
import { artifact, configuration, optional, Skip, test } from '../../src/kit/index.ts';
import type { TokenAnswer } from '../../src/oauth/token-request.ts';
import {
  covers,
  isPermission,
  readAll,
  readResourceScope,
  scopesBeyond,
  writeResourceScope,
} from '../../src/smart/scope.ts';
import { judgeForm } from './judge-form.ts';

/** Nobody can have been authorized for it. */
const madeUp = 'smart-check-no-such-scope';

/** Scopes that the client may not have. */
interface Outside {
  readonly scopes: readonly string[];
  /** A wildcard that takes them in, where they are asked for so: what it reaches is the server's to say. */
  readonly wildcard?: string;
  /** Whether the configuration says so, or it is merely not among the scopes that it names. */
  readonly isCertain: boolean;
}

const outside = artifact({
  name: 'unauthorizedScopes',
  needs: [configuration, backendToken, optional(capabilityStatement)],
  obtain({ configuration: { clients }, backendToken, capabilityStatement }): readonly Outside[] {
    const configured = clients.backend?.unauthorizedScope?.split(' ').filter((scope) => scope !== '') ?? [];
    const invented = { scopes: [madeUp], isCertain: true };
    const named = readAll(backendToken.scope.split(' '));
    const [pattern] = named;
    const isWide = named.some((scope) => scope.type === '*');
    const wildcard = pattern && !isWide ? writeResourceScope({ ...pattern, type: '*', parameters: [] }) : null;
    const alsoByWildcard = (one: Outside) => (wildcard === null ? [one] : [one, { ...one, wildcard }]);
    if (configured.length > 0) return [...alsoByWildcard({ scopes: configured, isCertain: true }), invented];
    const types = [...resourceTypesIn(capabilityStatement?.resource)];
    const type = types.find((one) => !named.some((scope) => scope.type === one || scope.type === '*'));
    if (clients.backend?.scope === undefined || !pattern || type === undefined) return [invented];
    const scopes = [writeResourceScope({ ...pattern, type, parameters: [] })];
    return [...alsoByWildcard({ scopes, isCertain: false }), invented];
  },
});

/** A request for scopes that the client may not have, by themselves or beside those that it may. */
interface Attempt extends Outside {
  readonly asked: string;
  readonly answer: TokenAnswer;
  /** What of those scopes was granted, interaction by interaction. */
  readonly leaked: readonly string[];
}

const attempts = artifact({
  name: 'unauthorizedAttempts',
  needs: [backendRequester, outside],
  async obtain({ backendRequester, unauthorizedScopes }): Promise<readonly Attempt[]> {
    const { scope: usual, request } = backendRequester;
    const tried = unauthorizedScopes.flatMap((one) =>
      waysToAsk(usual, one.wildcard ?? one.scopes.join(' ')).map(async (asked): Promise<Attempt> => {
        const answer = await request({ scope: asked });
        const granted = answer.kind === 'granted' ? (answer.tokens.scopes ?? []) : [];
        const leaked = one.scopes.flatMap(lettersOf).filter((scope) => covers(granted, scope));
        return { ...one, asked, answer, leaked };
      }),
    );
    return Promise.all(tried);
  },
});

function waysToAsk(usual: string, more: string): readonly string[] {
  return [more, `${usual} ${more}`];
}

/** A resource scope as several, each for one interaction: `.cud` is leaked where `.c` is. */
function lettersOf(scope: string): readonly string[] {
  const read = readResourceScope(scope);
  if (!read) return [scope];
  return read.permissions.map((letter) => writeResourceScope({ ...read, permissions: [letter], syntax: 'v2' }));
}

const mediated = test({
  id: 'backend-services/unauthorized-scope-refused',
  title: 'Scopes for which the service is not authorized are not granted',
  requirements: ['backend-services/unauthorized-scope-refused'],
  needs: [backendToken, attempts],
  run({ backendToken, unauthorizedAttempts, must, undecided }) {
    const requirement = 'backend-services/unauthorized-scope-refused';
    for (const { asked, answer, leaked, isCertain, wildcard } of unauthorizedAttempts) {
      const because = [backendToken.exchange, answer.exchange];
      if (leaked.length > 0 && wildcard !== undefined) {
        const message = `${wildcard} was granted, which may be limited to what the service may have: what it reads tells`;
        undecided(requirement, { message, because });
        continue;
      }
      if (leaked.length > 0 && !isCertain) {
        const message = `${leaked.join(' ')} was granted: is the client authorized for it? clients.backend.unauthorizedScope may say that it is not`;
        undecided(requirement, { message, because });
        continue;
      }
      const status = answer.exchange.response?.status ?? 0;
      if (status >= 500) {
        const message = `scope=${asked} was answered ${status}, which decides nothing about it`;
        undecided(requirement, { message, because });
        continue;
      }
      must(requirement, leaked.length === 0, {
        expected: `scope=${asked} to be answered invalid_scope, or with less than that`,
        actual: leaked.length > 0 ? `a token with scope ${leaked.join(' ')}` : answeredWith(answer),
        because,
      });
    }
  },
});

const refusedForScope = test({
  id: 'backend-services/unauthorized-scope-error',
  title: 'Where scopes for which the service is not authorized are refused, that is said to be why',
  requirements: ['backend-services/errors-oauth'],
  needs: [backendToken, attempts],
  run({ backendToken, unauthorizedAttempts, must, should }) {
    const refused = unauthorizedAttempts.filter(({ answer }) => answer.kind !== 'granted');
    if (refused.length === 0) {
      throw new Skip('not-advertised', 'who asks for more than the service may have is granted what it may have');
    }
    for (const { asked, answer } of refused) {
      // The client has authenticated: whoever reads anything else looks for what is wrong in another place.
      const tolerated = answer.kind === 'refused' ? [answer.error] : [];
      const refusal = {
        what: `a request for more than the service may have (scope=${asked})`,
        answer,
        errors: ['invalid_scope'],
        tolerated,
      };
      judgeForm(refusal, backendToken.exchange, { must, should });
    }
  },
});

const unusable = test({
  id: 'backend-services/unauthorized-scope-unusable',
  title: 'Data for which the service is not authorized is not served, whatever it asked for',
  requirements: ['backend-services/unauthorized-scope-refused'],
  needs: [configuration, backendToken, attempts, fhirReader],
  async run({ configuration: { data }, backendToken, unauthorizedAttempts, fhirReader, must, undecided }) {
    const requirement = 'backend-services/unauthorized-scope-refused';
    const { client } = backendToken;
    const authorized = scopesOf(backendToken);
    const readable = readablePath(authorized, data);
    if (readable === null) throw new Skip('undecided', `${authorized.join(' ')} allows no read to compare with`);
    let tried = 0;
    /** Where a token was asked for alone that reads nothing else by right, another tells. */
    const alone: Parameters<typeof undecided>[1][] = [];
    for (const { scopes, asked, answer, isCertain } of unauthorizedAttempts) {
      if (answer.kind !== 'granted') continue;
      const types = readAll(scopes).flatMap(({ type, permissions }) =>
        type !== '*' && permissions.includes('s') && !covers(authorized, `system/${type}.s`) ? [type] : [],
      );
      const token = { client, accessToken: answer.tokens.accessToken };
      for (const type of types) {
        tried += 1;
        const exchange = await fhirReader.read(searchOf(type, data), token);
        const served = givenAwayOf(exchange, type).length;
        const control = await fhirReader.read(readable, token);
        const because = [answer.exchange, control, exchange];
        if (served === 0 && !isSuccess(control)) {
          const message = `the token reads nothing else either: GET ${readable} was answered ${answered(control)}`;
          if (readablePath(asked.split(' '), data) === readable) undecided(requirement, { message, because });
          else alone.push({ message, because });
          continue;
        }
        if (served === 0 && isSuccess(exchange)) {
          const message = `${answered(exchange)} without any ${type}: nothing shows that there are some to be withheld`;
          undecided(requirement, { message, because });
          continue;
        }
        if (served > 0 && !isCertain) {
          const message = `${type} is served: is the client authorized for it? clients.backend.unauthorizedScope may say that it is not`;
          undecided(requirement, { message, because });
          continue;
        }
        must(requirement, served === 0, {
          expected: `no ${type} for the token that scope=${asked} brought`,
          actual: `${exchange.response?.status ?? 'no answer'} with ${served} of them`,
          because,
        });
      }
    }
    for (const one of alone.length === tried ? alone : []) undecided(requirement, one);
    if (tried === 0) throw new Skip('not-advertised', 'no request for such scopes brought a token that could be tried');
  },
});

const noDataScope = test({
  id: 'backend-services/no-data-without-scope',
  title: 'The token of a service without a scope for data brings none',
  requirements: ['backend-services/requested-scopes-restrict'],
  needs: [configuration, backendToken, attempts, fhirReader],
  async run({ configuration: { data }, backendToken, unauthorizedAttempts, fhirReader, must }) {
    const { client, tokens } = backendToken;
    const path = readablePath(scopesOf(backendToken), data);
    if (path === null) throw new Skip('undecided', `${backendToken.scope} allows no read to compare with`);
    const control = await fhirReader.read(path, { client, accessToken: tokens.accessToken });
    const [type = ''] = path.split(/[/?]/);
    if (givenAwayOf(control, type).length === 0) {
      throw new Skip(
        'undecided',
        `GET ${path} brings nothing with ${backendToken.scope}, either: ${answered(control)}`,
        [control],
      );
    }
    const isNothing = (scope: string) => scope === madeUp || !isPermission(scope);
    const bare = unauthorizedAttempts.flatMap(({ asked, answer }) =>
      answer.kind === 'granted' && (answer.tokens.scopes ?? asked.split(' ')).every(isNothing) ? [answer] : [],
    );
    for (const { tokens: unscoped, exchange: because } of bare) {
      const exchange = await fhirReader.read(path, { client, accessToken: unscoped.accessToken });
      const served = givenAwayOf(exchange, type).length;
      must('backend-services/requested-scopes-restrict', served === 0, {
        expected: `GET ${path} to give no ${type} to a token with scope ${unscoped.scopes?.join(' ') ?? 'absent'}`,
        actual: `${answered(exchange)} with ${served} of them`,
        because: [control, because, exchange],
      });
    }
    if (bare.length === 0) throw new Skip('not-advertised', 'no token without scopes for data is granted');
  },
});

const withoutScope = test({
  id: 'backend-services/scope-missing',
  title: 'A request without scope is refused, or granted what the service may have',
  requirements: [
    'backend-services/errors-oauth',
    'backend-services/unauthorized-scope-refused',
    'backend-services/scope-present',
  ],
  needs: [configuration, backendRequester, backendToken],
  async run({ configuration: { clients }, backendRequester, backendToken, must }) {
    const answer = await backendRequester.request({ scope: null });
    const because = [backendToken.exchange, answer.exchange];
    if (answer.kind !== 'granted') {
      const isNamed = answer.kind === 'refused' && ['invalid_scope', 'invalid_request'].includes(answer.error);
      return must('backend-services/errors-oauth', isNamed && answer.exchange.response?.status === 400, {
        expected: 'a request without scope to be answered 400 invalid_scope or invalid_request, or with a token',
        actual: answeredWith(answer),
        because,
      });
    }
    const granted = answer.tokens.scopes ?? [];
    must('backend-services/scope-present', granted.length > 0, {
      expected: 'scope in the response, since none was in the request (RFC 6749 section 5.1)',
      actual: 'none',
      because,
    });
    const outsideIt = (clients.backend?.unauthorizedScope ?? '').split(' ').filter((scope) => scope !== '');
    const leaked = outsideIt.flatMap(lettersOf).filter((scope) => covers(granted, scope));
    if (outsideIt.length === 0) return;
    must('backend-services/unauthorized-scope-refused', leaked.length === 0, {
      expected: 'no scope that the service may not have where it asks for none',
      actual: leaked.join(' ') || granted.join(' '),
      because,
    });
  },
});

const limited = test({
  id: 'backend-services/scope-limited-to-request',
  title: 'A token is granted no more than was asked for',
  requirements: ['backend-services/scope-limited-to-request'],
  needs: [backendToken, optional(narrowGrant)],
  run({ backendToken, narrowGrant, should }) {
    const grants = [backendToken, ...(narrowGrant ? [narrowGrant] : [])].filter(({ tokens }) => tokens.scopes !== null);
    if (grants.length === 0) throw new Skip('undecided', 'the responses do not say which scopes were granted');
    for (const { scope, tokens, exchange: because } of grants) {
      const resourceScopes = (tokens.scopes ?? []).filter((granted) => readResourceScope(granted) !== null);
      const beyond = scopesBeyond(scope.split(' '), resourceScopes);
      should('backend-services/scope-limited-to-request', beyond.length === 0, {
        expected: `no wider scope than ${scope}, which was asked for`,
        actual: beyond.length > 0 ? `${beyond.join(' ')} beside it` : (tokens.scopes?.join(' ') ?? ''),
        because,
      });
    }
  },
});

const outOfBand = test({
  id: 'backend-services/user-scopes-out-of-band',
  title: 'Scopes of users and patients may be granted to services',
  requirements: ['backend-services/user-scopes-out-of-band'],
  needs: [backendRequester, backendToken],
  informs: true,
  async run({ backendRequester: { scope: usual, request }, backendToken: _, info }) {
    const syntax = readAll(usual.split(' '))[0]?.syntax ?? 'v2';
    for (const level of ['user', 'patient']) {
      const scope = `${level}/Patient.${syntax === 'v1' ? 'read' : 'rs'}`;
      const answer = await request({ scope });
      const granted = answer.kind === 'granted' ? `, scope ${answer.tokens.scopes?.join(' ') ?? 'absent'}` : '';
      const message = `scope=${scope} was answered ${answeredWith(answer)}${granted}`;
      info('backend-services/user-scopes-out-of-band', { message, because: answer.exchange });
    }
  },
});

export const scopeMediationTests = [mediated, refusedForScope, unusable, noDataScope, withoutScope, limited, outOfBand];

import { described, notWithheld, outcomeOf } from '../../src/artifacts/authorization-outcome.ts';
import { type Launch, launches } from '../../src/artifacts/launches.ts';
import { prober } from '../../src/artifacts/prober.ts';
import { refreshed } from '../../src/artifacts/refreshes.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { artifact, type Exchange, optional, Skip, test } from '../../src/kit/index.ts';
import { methodOf } from '../../src/oauth/client-authentication.ts';
import { guessability } from '../../src/oauth/guessability.ts';
import { readJwt } from '../../src/oauth/jwt.ts';

/** Granted token responses, of launches and of a refresh. */
interface Granted {
  readonly what: string;
  readonly exchange: Exchange;
}

const granted = artifact({
  name: 'granted',
  needs: [launches, optional(refreshed)],
  obtain({ launches, refreshed }): readonly Granted[] {
    return [
      ...launches.map(({ exchange, ...launch }) => ({ what: nameOf(launch), exchange })),
      ...(refreshed ?? []).map(({ exchange, role }) => ({ what: `the refresh of the ${role} client`, exchange })),
    ];
  },
});

function nameOf({ kind, role }: Pick<Launch, 'kind' | 'role'>): string {
  return `the ${kind} launch of the ${role} client`;
}

const caching = test({
  id: 'app-launch/token-response-not-cached',
  title: 'Token responses forbid caching',
  requirements: ['app-launch/token-no-store', 'app-launch/token-no-cache'],
  needs: [granted],
  run({ granted, must, should }) {
    for (const { what, exchange } of granted) {
      const { 'cache-control': control = '', pragma = '' } = exchange.response?.headers ?? {};
      const directives = control.split(',').map((directive) => directive.trim().toLowerCase());
      must('app-launch/token-no-store', directives.includes('no-store'), {
        expected: `Cache-Control: no-store on ${what}`,
        actual: control === '' ? 'no Cache-Control' : `Cache-Control: ${control}`,
        because: exchange,
      });
      if (directives.includes('no-store')) {
        should(
          'app-launch/token-no-store',
          !directives.some((directive) => /^(public|max-age=[1-9])/.test(directive)),
          {
            expected: 'no directive beside no-store that contradicts it',
            actual: `Cache-Control: ${control}`,
            because: exchange,
          },
        );
      }
      must('app-launch/token-no-cache', /\bno-cache\b/i.test(pragma), {
        expected: `Pragma: no-cache on ${what}`,
        actual: pragma === '' ? 'no Pragma' : `Pragma: ${pragma}`,
        because: exchange,
      });
    }
  },
});

const accessToken = test({
  id: 'app-launch/access-token',
  title: 'A token response has a bearer token, its type and its lifetime',
  requirements: [
    'app-launch/token-response-status-200',
    'app-launch/access-token-characters',
    'app-launch/token-type-bearer',
    'app-launch/expires-in-present',
    'app-launch/access-token-an-hour-at-most',
    'app-launch/confidential-clients-longer-tokens',
  ],
  needs: [launches],
  run({ launches, must, should, info }) {
    for (const launch of launches) {
      const { tokens, exchange: because, authorization } = launch;
      const { token_type: type, expires_in: lifetime } = tokens.members;
      const what = nameOf(launch);
      const { outcome } = authorization;
      const isLeaked = outcome.kind === 'returned' && outcome.parameters.has('access_token');
      must('app-launch/token-response-status-200', !isLeaked, {
        expected: 'the token in the JSON body alone',
        actual: isLeaked ? 'a token by way of the browser, too' : 'it is',
        because,
      });
      must('app-launch/access-token-characters', /^[A-Za-z0-9._~+/-]+=*$/.test(tokens.accessToken), {
        expected: 'an access token of letters, digits and - . _ ~ + / with = at its end (RFC 6750 section 2.1)',
        actual: `other characters: ${[...new Set(tokens.accessToken.replace(/[A-Za-z0-9._~+/=-]/g, ''))].join(' ')}`,
        because,
      });
      must('app-launch/token-type-bearer', typeof type === 'string' && type.toLowerCase() === 'bearer', {
        expected: `token_type Bearer in ${what}`,
        actual: shown(type),
        because,
      });
      if (typeof type === 'string' && type.toLowerCase() === 'bearer' && type !== 'Bearer') {
        info('app-launch/token-type-bearer', { message: `token_type is written ${type}`, because });
      }
      const isNumber = typeof lifetime === 'number' && lifetime > 0;
      (lifetime === undefined ? should : must)('app-launch/expires-in-present', isNumber, {
        expected: `expires_in, a positive number of seconds, in ${what}`,
        actual: shown(lifetime),
        because,
      });
      if (!isNumber) continue;
      should('app-launch/access-token-an-hour-at-most', lifetime <= 3600, {
        expected: `expires_in of an hour (3600) at most in ${what}`,
        actual: String(lifetime),
        because,
      });
      if (methodOf(launch.client) !== 'none') {
        const message = `the ${launch.role} client’s token is good for ${lifetime} s`;
        info('app-launch/confidential-clients-longer-tokens', { message, because });
      }
    }
  },
});

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 200);
}

const scope = test({
  id: 'app-launch/token-response-scope',
  title: 'A token response says which scopes were granted',
  requirements: [
    'app-launch/scope-present',
    'app-launch/scope-may-differ',
    'app-launch/id-token-when-asked',
    'app-launch/refresh-token-may-come',
  ],
  needs: [launches],
  run({ launches, must, should, info }) {
    for (const launch of launches) {
      const { tokens, exchange: because } = launch;
      const { scope: named } = tokens.members;
      must(
        'app-launch/scope-present',
        typeof named === 'string' && !/^ | $| {2}|[^\x21\x23-\x5B\x5D-\x7E ]/.test(named),
        {
          expected: `scope, scopes separated by single spaces, in ${nameOf(launch)}`,
          actual: shown(named),
          because,
        },
      );
      if (!tokens.scopes) continue;
      const asked = launch.scope.split(' ');
      const less = asked.filter((item) => !tokens.scopes?.includes(item));
      const more = tokens.scopes.filter((item) => !asked.includes(item));
      if (less.length + more.length > 0) {
        const parts = [
          less.length > 0 ? `not granted: ${less.join(' ')}` : '',
          more.length > 0 ? `granted beside: ${more.join(' ')}` : '',
        ];
        const message = parts.filter((part) => part !== '').join('; ');
        info('app-launch/scope-may-differ', { message, because });
      } else {
        info('app-launch/scope-may-differ', { message: 'granted as asked', because });
      }
      if (tokens.idToken !== null) {
        should('app-launch/id-token-when-asked', tokens.scopes.includes('openid') || asked.includes('openid'), {
          expected: 'an id_token only where openid was asked for',
          actual: `one with scope ${tokens.scopes.join(' ')}`,
          because,
        });
      }
      const isOffline = [...asked, ...tokens.scopes].some(
        (item) => item === 'offline_access' || item === 'online_access',
      );
      if (tokens.refreshToken !== null && !isOffline) {
        const message = 'a refresh_token came without offline_access and online_access';
        info('app-launch/refresh-token-may-come', { message, because });
      }
    }
  },
});

const nothingGranted = test({
  id: 'app-launch/empty-grant-shown',
  title: 'When the user deselects everything, the response says so',
  requirements: ['app-launch/empty-grant-shown'],
  needs: [prober],
  async run({ prober, must }) {
    const authorization = await prober.authorize({ consent: { withhold: prober.scope.split(' ') } });
    if (outcomeOf(authorization) === 'stuck') throw notWithheld(described(authorization));
    const because = authorization.exchanges;
    const expected = 'access_denied, or a token whose scope is there, if only as an empty string';
    if (authorization.response?.kind !== 'code') {
      return must('app-launch/empty-grant-shown', authorization.response?.kind === 'error', {
        expected,
        actual: described(authorization),
        because,
      });
    }
    const answer = await prober.redeem(authorization);
    if (answer.kind === 'granted' && answer.tokens.scopes?.some((scope) => scope !== '')) {
      throw new Skip('not-advertised', 'the user was not asked, or could not deselect everything');
    }
    const isShown = answer.kind !== 'granted' || typeof answer.tokens.members.scope === 'string';
    must('app-launch/empty-grant-shown', isShown, {
      expected,
      actual: isShown ? 'a scope or a refusal' : 'a token without scope',
      because: [...because, answer.exchange],
    });
  },
});

/** Values of each kind that are compared. */
const enough = 10;

const unguessable = test({
  id: 'app-launch/secrets-unguessable',
  title: 'Codes and tokens cannot be guessed from one another',
  requirements: ['app-launch/secrets-unguessable'],
  needs: [prober],
  async run({ prober, must, should, info }) {
    const authorizations = await Promise.all(Array.from({ length: enough }, () => prober.code()));
    const answers = await Promise.all(authorizations.map((authorization) => prober.redeem(authorization)));
    const issued = answers.flatMap((answer) => (answer.kind === 'granted' ? [answer.tokens] : []));
    const kinds = [
      ['codes', authorizations.flatMap(({ response }) => (response?.kind === 'code' ? [response.code] : []))],
      ['access tokens', issued.map((tokens) => tokens.accessToken)],
      ['refresh tokens', issued.flatMap(({ refreshToken }) => refreshToken ?? [])],
    ] as const;
    for (const [what, all] of kinds) {
      const because = answers.map(({ exchange }) => exchange);
      if (all.length < enough) continue;
      if (all.some(isSigned)) {
        const message = `${what} are JWTs: what cannot be guessed of them is the signature`;
        info('app-launch/secrets-unguessable', { message, because });
        continue;
      }
      const { bits, why } = guessability(all);
      must('app-launch/secrets-unguessable', bits >= 100, {
        expected: `${what} with room for 128 bits that nobody can guess (RFC 6749 section 10.10)`,
        actual: why,
        because,
      });
      if (bits < 100) continue;
      should('app-launch/secrets-unguessable', bits >= 128, {
        expected: `${what} with room for 128 bits`,
        actual: why,
        because,
      });
    }
  },
});

function isSigned(value: string): boolean {
  const jwt = readJwt(value);
  return jwt.kind === 'jwt' && jwt.header.alg !== 'none';
}

const proven = test({
  id: 'app-launch/proven-features-advertised',
  title: 'What a launch has shown to work is advertised',
  requirements: ['app-launch/proven-features-advertised'],
  needs: [launches, capabilities],
  run({ launches, capabilities: { includes }, must, should }) {
    const id = 'app-launch/proven-features-advertised';
    const clientCapability = {
      public: 'client-public',
      symmetric: 'client-confidential-symmetric',
      asymmetric: 'client-confidential-asymmetric',
    } as const;
    for (const { role, kind, tokens, exchange: because } of launches) {
      const seen = (capability: string, demand: typeof must, what: string) =>
        demand(id, includes(capability), {
          expected: `${capability} among the capabilities, since ${what}`,
          actual: 'absent',
          because,
        });
      seen(`launch-${kind}`, must, 'an app was launched so');
      seen(clientCapability[role], must, `the ${role} client obtained a token`);
      // An id_token alone is OpenID Connect's; SMART's profile of it says who the user is in FHIR.
      const jwt = tokens.idToken === null ? null : readJwt(tokens.idToken);
      if (jwt?.kind === 'jwt' && jwt.claims.fhirUser !== undefined) {
        seen('sso-openid-connect', must, 'an id_token with fhirUser came');
      }
      const { patient, encounter } = tokens.members;
      if (typeof patient === 'string') seen(`context-${kind}-patient`, should, 'a patient came with the token');
      if (typeof encounter === 'string') seen(`context-${kind}-encounter`, should, 'an encounter came with the token');
      if (tokens.refreshToken !== null && tokens.scopes?.includes('offline_access')) {
        seen('permission-offline', should, 'offline_access was granted with a refresh token');
      }
    }
  },
});

export const tokenResponseTests = [caching, accessToken, scope, nothingGranted, unguessable, proven];

/** The authorization endpoint, its pages, and launches from the EHR. */
import { concludeTransaction } from '../authorization/answer.ts';
import type { Addressed } from '../authorization/rules.ts';
import type { Override } from '../behaviour.ts';
import { page } from '../responses.ts';
import type { Setup } from '../setup.ts';
import { together } from '../together.ts';
import { unguessable } from '../vault.ts';
import { launchesBegin } from './consequences.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers, changesAuthorization, changesTokens, lacksAuthorizationCheck } from './overrides.ts';

const launches = [...launchesBegin, 'app-launch/pkce-s256'];
const errorAnswers = [
  'app-launch/errors-at-redirect-uri',
  'app-launch/pkce-missing-challenge-error',
  'app-launch/pkce-unsupported-method-error',
  'app-launch/scope-omitted-handled',
];

/** Cookies without SameSite: for their first two minutes browsers send them with forms of other sites, too. */
const sentFromAnywhere: Override = (usual) => ({
  respond: async (asked, answer) => {
    const response = await usual.respond(asked, answer);
    const cookies = response.headers.getSetCookie();
    response.headers.delete('set-cookie');
    for (const cookie of cookies) response.headers.append('set-cookie', cookie.replace('; SameSite=Lax', ''));
    return response;
  },
});

const requests: readonly FaultRow[] = [
  {
    id: 'app-launch/authorize-post-completes~refused',
    level: 'fail',
    summary: 'The authorization endpoint answers a POST with 405',
    override: changesAuthorization(() => ({ methods: ['GET'] })),
  },
  {
    id: 'app-launch/only-response-type-code~token',
    level: 'fail',
    summary: 'response_type=token yields an access token in the fragment',
    also: errorAnswers,
    override: changesAuthorization((rules, setup) => ({
      checks: { ...rules.checks, responseType: () => null },
      responseUrl: (request, answer) =>
        request.parameters.get('response_type') === 'token' && answer.code
          ? `${request.redirectUri}#${tokenFor(answer.code, setup)}`
          : rules.responseUrl(request, answer),
    })),
  },
  {
    id: 'app-launch/only-response-type-code~missing',
    level: 'fail',
    summary: 'A request without response_type yields a code',
    override: changesAuthorization(({ checks }) => ({
      checks: {
        ...checks,
        responseType: (parameters, client) =>
          parameters.has('response_type') ? checks.responseType(parameters, client) : null,
      },
    })),
  },
  {
    id: 'app-launch/redirect-uri-registered~host',
    level: 'fail',
    summary: 'Any path of a registered host will do as redirect_uri',
    also: ['app-launch/redirect-uri-without-fragment'],
    override: allowing((redirectUri, registered) => new URL(redirectUri).host === new URL(registered).host),
  },
  {
    id: 'app-launch/redirect-uri-registered~prefix',
    level: 'fail',
    summary: 'Whatever begins with the origin of the registered redirect URI will do',
    also: ['app-launch/redirect-uri-without-fragment'],
    override: allowing((redirectUri, registered) => redirectUri.startsWith(new URL(registered).origin)),
  },
  {
    id: 'app-launch/redirect-uri-registered~below',
    level: 'fail',
    summary: 'Whatever lies below the registered redirect URI will do',
    override: allowing(
      (redirectUri, registered) => redirectUri === registered || redirectUri.startsWith(`${registered}/`),
    ),
  },
  {
    id: 'app-launch/redirect-uri-registered~query',
    level: 'fail',
    summary: 'The query of redirect_uri is not compared',
    override: allowing(
      (redirectUri, registered) => redirectUri.split('?')[0] === registered && !redirectUri.includes('#'),
    ),
  },
  {
    id: 'app-launch/redirect-uri-registered~scheme',
    level: 'fail',
    summary: 'http is as good as https in redirect_uri',
    override: allowing((redirectUri, registered) => redirectUri.replace(/^http:/, 'https:') === registered),
  },
  {
    id: 'app-launch/redirect-uri-registered~case',
    level: 'fail',
    summary: 'Redirect URIs are compared without regard to case',
    override: allowing((redirectUri, registered) => redirectUri.toLowerCase() === registered.toLowerCase()),
  },
  {
    id: 'app-launch/redirect-uri-registered~slash',
    level: 'fail',
    summary: 'A slash at the end of redirect_uri makes no difference',
    override: allowing((redirectUri, registered) => redirectUri.replace(/\/$/, '') === registered.replace(/\/$/, '')),
  },
  {
    id: 'app-launch/redirect-uri-registered~other-client',
    level: 'warn',
    summary: 'The redirect URI of any client will do',
    override: (usual, setup) =>
      allowing((redirectUri) => setup.clients.some((client) => client.redirectUri === redirectUri))(usual, setup),
  },
  {
    id: 'app-launch/redirect-uri-registered~any',
    level: 'fail',
    summary: 'Browsers are sent to whatever redirect_uri says',
    also: ['app-launch/redirect-uri-without-fragment', 'app-launch/parameters-never-run'],
    override: allowing((redirectUri) => URL.canParse(redirectUri)),
  },
  {
    id: 'app-launch/redirect-uri-without-fragment~dropped',
    level: 'fail',
    summary: 'A fragment of redirect_uri is not compared',
    override: allowing((redirectUri, registered) => redirectUri.split('#')[0] === registered),
  },
  {
    id: 'app-launch/unknown-client-not-redirected~redirected',
    level: 'fail',
    summary: 'The error about an unknown client is sent to whatever redirect_uri says',
    also: ['app-launch/parameters-never-run'],
    override: changesAnswers('authorize', (answer, { request }, _usual, { clients }) => {
      const { searchParams } = new URL(request.url);
      const redirectUri = searchParams.get('redirect_uri') ?? '';
      const isKnown = clients.some(({ clientId }) => clientId === searchParams.get('client_id'));
      if (isKnown || !URL.canParse(redirectUri)) return answer();
      return new Response(null, { status: 302, headers: { location: `${redirectUri}?error=unauthorized_client` } });
    }),
  },
  {
    id: 'app-launch/aud-supported~ignored',
    level: 'fail',
    summary: 'aud is not looked at',
    also: ['scopes/audience-enforced'],
    override: lacksAuthorizationCheck('aud'),
  },
  {
    id: 'app-launch/aud-supported~optional',
    level: 'warn',
    summary: 'A request without aud is served',
    override: changesAuthorization(({ checks }) => ({
      checks: {
        ...checks,
        aud: (parameters, client) => (parameters.has('aud') ? checks.aud(parameters, client) : null),
      },
    })),
  },
  {
    id: 'app-launch/repeated-parameters-refused~first-wins',
    level: 'warn',
    summary: 'Of a parameter that is repeated the first one counts',
    override: lacksAuthorizationCheck('repeated'),
  },
  {
    id: 'app-launch/repeated-parameters-refused~unknown',
    level: 'fail',
    summary: 'A request with a parameter that the server does not know is refused',
    also: ['openid-connect/optional-parameters-harmless'],
    override: changesAuthorization(({ checks }) => ({
      checks: {
        ...checks,
        repeated: (parameters, client) =>
          [...parameters.keys()].every((name) => knownParameters.includes(name))
            ? checks.repeated(parameters, client)
            : { error: 'invalid_request', description: 'unknown parameter' },
      },
    })),
  },
  {
    id: 'openid-connect/optional-parameters-harmless~refused',
    level: 'warn',
    summary: 'A request with acr_values is refused',
    override: changesAuthorization(({ checks }) => ({
      checks: {
        ...checks,
        repeated: (parameters, client) =>
          parameters.has('acr_values')
            ? { error: 'invalid_request', description: 'acr_values is not supported' }
            : checks.repeated(parameters, client),
      },
    })),
  },
  {
    id: 'app-launch/scope-omitted-handled~page',
    level: 'fail',
    summary: 'A request without scope ends on an error page',
    override: changesAnswers('authorize', (answer, { request }) =>
      new URL(request.url).searchParams.has('scope') || request.method === 'POST'
        ? answer()
        : page('Error', '<p>scope is missing</p>', { status: 400 }),
    ),
  },
];

const responses: readonly FaultRow[] = [
  {
    id: 'app-launch/code-issued~twice',
    level: 'fail',
    summary: 'The answer has code twice',
    override: responding((url) => {
      const code = url.searchParams.get('code');
      if (code !== null) url.searchParams.append('code', code);
    }),
  },
  {
    id: 'app-launch/code-issued~empty',
    level: 'fail',
    summary: 'The code is empty',
    also: launches,
    override: responding((url) => {
      if (url.searchParams.has('code')) url.searchParams.set('code', '');
    }),
  },
  {
    id: 'app-launch/code-at-redirect-uri~fragment',
    level: 'fail',
    summary: 'The code comes in the fragment',
    override: responding((url) => {
      url.hash = url.search.slice(1);
      url.search = '';
    }),
  },
  {
    id: 'app-launch/state-returned-exactly~decoded',
    level: 'fail',
    summary: 'state is decoded twice',
    override: changingState((state) => {
      try {
        return decodeURIComponent(state.replaceAll('+', ' '));
      } catch {
        return state.replaceAll('+', ' ');
      }
    }),
  },
  {
    id: 'app-launch/state-returned-exactly~unescaped',
    level: 'fail',
    summary: 'state is decoded twice where that goes',
    override: changingState((state) => {
      try {
        return decodeURIComponent(state);
      } catch {
        return state;
      }
    }),
  },
  {
    id: 'app-launch/state-returned-exactly~cut',
    level: 'fail',
    summary: 'state is cut to 128 characters',
    override: changingState((state) => state.slice(0, 128)),
  },
  {
    id: 'app-launch/state-returned-exactly~dropped-on-errors',
    level: 'fail',
    summary: 'state is missing from errors',
    also: ['app-launch/denial-answered', 'app-launch/errors-at-redirect-uri'],
    override: responding((url) => {
      if (url.searchParams.has('error')) url.searchParams.delete('state');
    }),
  },
  {
    id: 'app-launch/denial-answered~page',
    level: 'fail',
    summary: 'A denial ends on a page of the server',
    override: changesAuthorization(() => ({ tellsDenial: false })),
  },
  {
    id: 'app-launch/denial-answered~consent-required',
    level: 'warn',
    summary: 'A denial is answered with an error of OpenID Connect, which says that consent is to be asked for',
    override: responding((url) => {
      if (url.searchParams.get('error') === 'access_denied') url.searchParams.set('error', 'consent_required');
    }),
  },
  {
    id: 'app-launch/denial-answered~code',
    level: 'fail',
    summary: 'A code is issued although the user denied',
    also: ['app-launch/empty-grant-shown'],
    override: changesTokens(() => ({
      grantedScopes: (approved) => (approved.length > 0 ? approved : ['launch/patient', 'patient/Patient.rs']),
    })),
  },
  {
    id: 'app-launch/errors-at-redirect-uri~undefined',
    level: 'fail',
    summary: 'Errors have a code that no standard knows',
    also: ['app-launch/denial-answered', ...errorAnswers],
    override: responding((url) => {
      if (url.searchParams.has('error')) url.searchParams.set('error', 'bad_request');
    }),
  },
  {
    id: 'app-launch/errors-at-redirect-uri~page',
    level: 'fail',
    summary: 'Errors are shown on a page in place of a redirect',
    also: errorAnswers,
    override: (usual, setup) => ({
      respond: async (asked, answer) => {
        const response = await usual.respond(asked, answer);
        const isError =
          (response.headers.get('location') ?? '').includes('error=invalid') ||
          (response.headers.get('location') ?? '').includes('error=unsupported');
        const isOurs = asked.endpoint === 'authorize' || asked.endpoint === 'interaction';
        return isOurs && isError ? page('Error', `<p>error at ${setup.site.issuer}</p>`, { status: 400 }) : response;
      },
    }),
  },
  {
    id: 'app-launch/user-identified-first~silent',
    level: 'warn',
    summary: 'Whoever comes is taken for the patient Ann, and nobody is asked',
    also: ['app-launch/standalone-patient-context', 'app-launch/empty-grant-shown', 'openid-connect/subject-stable'],
    override: changesAnswers('interaction', async (answer, { request }, usual, setup) => {
      const response = await answer();
      const transaction = setup.vault.transactions.get(request.url.split('/').at(-1) ?? '');
      const session = transaction?.session;
      if (!transaction || !session || transaction.launch) return response;
      session.person ??= setup.people.find(({ role }) => role === 'patient') ?? null;
      transaction.approved = transaction.offered;
      transaction.context = { patient: 'pat-1', encounter: 'enc-1' };
      return concludeTransaction(transaction, session, setup, usual);
    }),
  },
  {
    id: 'app-launch/user-identified-first~id-token-hint',
    level: 'warn',
    summary: 'Whoever has an id_token is taken for the patient Ann',
    override: changesAnswers('interaction', async (answer, { request }, usual, setup) => {
      const transaction = setup.vault.transactions.get(new URL(request.url).pathname.split('/').at(-1) ?? '');
      if (!transaction?.request.parameters.has('id_token_hint')) return answer();
      transaction.request.parameters.delete('prompt');
      const response = await answer();
      const { session } = transaction;
      if (!session) return response;
      session.person ??= setup.people.find(({ role }) => role === 'patient') ?? null;
      transaction.approved = transaction.offered;
      transaction.context = { patient: 'pat-1', encounter: 'enc-1' };
      return concludeTransaction(transaction, session, setup, usual);
    }),
  },
  {
    id: 'app-launch/consent-resists-csrf~any-session',
    level: 'warn',
    summary:
      'A consent form is taken from whichever browser posts it, and other sites can have it posted with the cookie',
    override: together(
      sentFromAnywhere,
      changesAuthorization((_rules, { vault }) => ({ transactionFor: (id) => vault.transactions.get(id) ?? null })),
    ),
  },
  {
    id: 'app-launch/consent-resists-csrf~pending',
    level: 'warn',
    summary: 'Any consent form is taken for the request that waits in the browser, and other sites can have it posted',
    override: together(
      sentFromAnywhere,
      changesAuthorization((rules, { vault }) => ({
        transactionFor: (id, session) =>
          rules.transactionFor(id, session) ??
          [...vault.transactions.values()].findLast((transaction) => transaction.session === session) ??
          null,
      })),
    ),
  },
  {
    id: 'app-launch/parameters-never-run~reflected',
    level: 'fail',
    summary: 'The error page repeats client_id and redirect_uri as they came',
    override: changesAnswers('authorize', async (answer, { request }) => {
      const usual = await answer();
      const { searchParams } = new URL(request.url);
      const said = `${searchParams.get('client_id')} ${searchParams.get('redirect_uri')}`;
      return usual.status === 400 ? page('Error', `<p>unknown: ${said}</p>`, { status: 400 }) : usual;
    }),
  },
];

const ehr: readonly FaultRow[] = [
  {
    id: 'app-launch/launch-names-iss~absent',
    level: 'fail',
    summary: 'The EHR launches without iss',
    override: launching((url) => url.searchParams.delete('iss')),
  },
  {
    id: 'app-launch/launch-names-iss~authorization-server',
    level: 'fail',
    summary: 'iss names the authorization server',
    override: launching((url, { site }) => url.searchParams.set('iss', site.issuer)),
  },
  {
    id: 'app-launch/launch-names-iss~twice',
    level: 'fail',
    summary: 'iss comes twice',
    override: launching((url, { site }) => url.searchParams.append('iss', site.fhir)),
  },
  {
    id: 'app-launch/launch-url-as-registered~query-lost',
    level: 'fail',
    summary: 'The query of the registered launch URL is lost',
    override: launching((url) => url.searchParams.delete('site')),
  },
  {
    id: 'app-launch/launch-value-opaque-and-fresh~constant',
    level: 'fail',
    summary: 'launch is the same at each launch',
    also: [
      'app-launch/launch-bound-to-client-and-session',
      'app-launch/interleaved-launches-kept-apart',
      'app-launch/ehr-launch-completes',
    ],
    override: changesAuthorization(() => ({ newLaunch: () => 'the-open-chart' })),
  },
  {
    id: 'app-launch/launch-value-opaque-and-fresh~readable',
    level: 'warn',
    summary: 'The patient can be read in launch',
    override: changesAuthorization(() => ({
      newLaunch: () => `${Buffer.from('{"patient":"pat-1"}').toString('base64url')}.${unguessable()}`,
    })),
  },
  {
    id: 'app-launch/launch-bound-to-client-and-session~unknown',
    level: 'fail',
    summary: 'An unknown launch value stands for the chart opened last',
    also: ['app-launch/ehr-patient-scope-has-patient'],
    override: changesAuthorization((rules, { vault }) => ({
      launchFor: (value, client, session) =>
        vault.launches.has(value)
          ? rules.launchFor(value, client, session)
          : ([...vault.launches.values()].at(-1) ?? null),
    })),
  },
  {
    id: 'app-launch/launch-bound-to-client-and-session~unknown-visit-picked',
    level: 'fail',
    summary: 'An unknown launch value stands for the patient of the chart opened last, of whom the user picks a visit',
    override: changesAuthorization((rules, { vault }) => ({
      launchFor(value, client, session) {
        const last = [...vault.launches.values()].at(-1);
        if (!last || vault.launches.has(value)) return rules.launchFor(value, client, session);
        return { ...last, context: { patient: last.context.patient } };
      },
    })),
  },
  {
    id: 'app-launch/launch-bound-to-client-and-session~other-client',
    level: 'fail',
    summary: 'A launch value serves whichever client brings it',
    override: changesAuthorization((_rules, { vault }) => ({
      launchFor: (value) => {
        const launch = vault.launches.get(value);
        return launch && !launch.used ? launch : null;
      },
    })),
  },
  {
    id: 'app-launch/launch-bound-to-client-and-session~other-user',
    level: 'warn',
    summary: 'A launch value serves whoever brings it to the client that it is for',
    override: changesAuthorization((_rules, { vault }) => ({
      launchFor: (value, client) => {
        const launch = vault.launches.get(value);
        return launch?.client.clientId === client.clientId && !launch.used ? launch : null;
      },
    })),
  },
  {
    id: 'app-launch/launch-bound-to-client-and-session~reused',
    level: 'warn',
    summary: 'A launch value serves any number of times',
    override: changesAuthorization((_rules, { vault }) => ({
      launchFor: (value, client) => {
        const launch = vault.launches.get(value);
        return launch?.client === client ? launch : null;
      },
    })),
  },
  {
    id: 'app-launch/interleaved-launches-kept-apart~last-wins',
    level: 'fail',
    summary: 'Each launch gets the chart that was opened last',
    also: [
      'app-launch/launch-bound-to-client-and-session',
      'app-launch/ehr-encounter-context',
      'app-launch/ehr-patient-context',
    ],
    override: changesAuthorization((_rules, { vault }) => ({
      launchFor: (value, client) =>
        vault.launches.has(value)
          ? ([...vault.launches.values()].findLast((launch) => launch.client === client) ?? null)
          : null,
    })),
  },
];

export const authorizationFaults = faultsOf([...requests, ...responses, ...ehr]);

const knownParameters = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'aud',
  'resource',
  'launch',
  'nonce',
  'code_challenge',
  'code_challenge_method',
];

function allowing(fits: (redirectUri: string, registered: string) => boolean): Override {
  return changesAuthorization(() => ({
    allowsRedirectUri: ({ redirectUri: registered }, redirectUri) =>
      registered !== undefined && URL.canParse(redirectUri) && fits(redirectUri, registered),
  }));
}

/** The URL to which the browser is sent back, changed. */
function responding(change: (url: URL, request: Addressed) => void): Override {
  return changesAuthorization((rules) => ({
    responseUrl: (request, answer) => {
      const url = new URL(rules.responseUrl(request, answer));
      change(url, request);
      return url.href;
    },
  }));
}

function changingState(change: (state: string) => string): Override {
  return changesAuthorization((rules) => ({
    responseUrl: (request, answer) =>
      rules.responseUrl({ ...request, state: request.state === null ? null : change(request.state) }, answer),
  }));
}

function tokenFor(code: string, { vault, now }: Setup): URLSearchParams {
  const grant = vault.codes.get(code)?.grant;
  const token = unguessable();
  const times = { issuedAt: now(), expiresAt: now() + 3_600_000 };
  if (grant) vault.accessTokens.set(token, { grant, scopes: grant.scopes, ...times, response: {}, revoked: false });
  return new URLSearchParams({ access_token: token, token_type: 'bearer', expires_in: '3600' });
}

/** The launch URL that the EHR sends the browser to, changed. */
function launching(change: (url: URL, setup: Setup) => void): Override {
  return changesAnswers('ehr', async (answer, _asked, _usual, setup) => {
    const usual = await answer();
    const location = usual.headers.get('location');
    if (location === null) return usual;
    const url = new URL(location);
    change(url, setup);
    usual.headers.set('location', url.href);
    return usual;
  });
}

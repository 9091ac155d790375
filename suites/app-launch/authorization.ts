import { promptForConsent } from '../../src/artifacts/asking-anew.ts';
import { answeredWith, described, isTrouble, outcomeOf } from '../../src/artifacts/authorization-outcome.ts';
import { isSuccess } from '../../src/artifacts/document.ts';
import { type Authorization, launcher } from '../../src/artifacts/launcher.ts';
import { standaloneAttempts, usualAttempts } from '../../src/artifacts/launches.ts';
import { namedClients } from '../../src/artifacts/named-clients.ts';
import { type Departure, prober } from '../../src/artifacts/prober.ts';
import { mayReadLess, protectedRead } from '../../src/artifacts/protected-read.ts';
import { smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { usualWay } from '../../src/artifacts/usual-way.ts';
import {
  attempted,
  type Client,
  configuration,
  type Exchange,
  isUnobtainable,
  type Judge,
  Skip,
  test,
} from '../../src/kit/index.ts';

type Change = (parameters: URLSearchParams) => void;

const post = test({
  id: 'app-launch/authorize-post-completes',
  title: 'An authorization request may be sent as a form',
  requirements: ['app-launch/authorize-post-completes'],
  needs: [prober],
  async run({ prober, must, undecided }) {
    const authorization = await prober.authorize({ method: 'POST' });
    const because = authorization.exchanges;
    if (outcomeOf(authorization) === 'stuck') {
      return undecided('app-launch/authorize-post-completes', { message: described(authorization), because });
    }
    must('app-launch/authorize-post-completes', outcomeOf(authorization) === 'code', {
      expected: 'a form POST of the parameters to lead to a code, as the GET did',
      actual: described(authorization),
      because: [...prober.control.authorization.exchanges, ...because],
    });
  },
});

const responseTypes: readonly { readonly type: string | null; readonly what: string }[] = [
  { type: 'token', what: 'response_type=token' },
  { type: 'id_token token', what: 'response_type=id_token token' },
  { type: null, what: 'no response_type' },
];

const onlyCode = test({
  id: 'app-launch/only-response-type-code',
  title: 'No other response type than code yields a token or a code',
  requirements: ['app-launch/only-response-type-code'],
  needs: [prober, smartConfiguration],
  async run({ prober, smartConfiguration: { document }, must, should, undecided }) {
    const listed = document.response_types_supported;
    for (const { type, what } of responseTypes) {
      const authorization = await prober.authorize({
        change: (parameters) => {
          if (type === null) parameters.delete('response_type');
          else parameters.set('response_type', type);
          if (type?.includes('id_token')) parameters.set('nonce', 'smart-check');
        },
      });
      const { outcome } = authorization;
      const because = authorization.exchanges;
      if (outcomeOf(authorization) === 'stuck') {
        undecided('app-launch/only-response-type-code', { message: `${what}: ${described(authorization)}`, because });
        continue;
      }
      const has = (name: string) => outcome.kind === 'returned' && outcome.parameters.has(name);
      const isExcluded = type === null || (Array.isArray(listed) && !listed.includes(type));
      const demand = isExcluded ? must : should;
      demand('app-launch/only-response-type-code', !has('access_token') && !(type === null && has('code')), {
        expected: `${what} to yield an error`,
        actual: has('access_token') ? 'an access token by way of the browser' : described(authorization),
        because,
      });
    }
  },
});

/** Redirect URIs that come near to a registered one; each of them somebody else's, or nobody's. */
function nearMisses(registered: string): readonly { readonly what: string; readonly uri: string }[] {
  const url = new URL(registered);
  const changed = (change: (copy: URL) => void) => {
    const copy = new URL(registered);
    change(copy);
    return copy.href;
  };
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  const query = changed((copy) => copy.searchParams.append('smart-check', '1'));
  return [
    { what: 'another host', uri: 'https://other-app.smart-check.test/callback' },
    { what: 'another path', uri: changed((copy) => (copy.pathname = '/smart-check-elsewhere')) },
    { what: 'a further path segment', uri: changed((copy) => (copy.pathname = `${copy.pathname}/smart-check-evil`)) },
    { what: 'a further parameter', uri: query },
    ...(isWeb
      ? [
          { what: 'its path in capitals', uri: changed((copy) => (copy.pathname = copy.pathname.toUpperCase())) },
          {
            what: 'a slash more or less at its end',
            uri: changed((copy) => (copy.pathname = copy.pathname.replace(/\/?$/, (end) => (end === '' ? '/' : '')))),
          },
        ].filter(({ uri }) => uri !== url.href)
      : []),
    ...(url.protocol === 'https:' ? [{ what: 'http', uri: changed((copy) => (copy.protocol = 'http:')) }] : []),
    ...(isWeb
      ? [{ what: 'the host as a prefix', uri: changed((copy) => (copy.hostname = `${copy.hostname}.evil.test`)) }]
      : []),
  ];
}

const redirectUri = test({
  id: 'app-launch/redirect-uri-registered',
  title: 'No browser is sent to a redirect URI that is not registered',
  requirements: ['app-launch/redirect-uri-registered', 'app-launch/redirect-uri-without-fragment'],
  needs: [configuration, prober],
  async run({ configuration, prober, must, should, undecided, info }) {
    const { redirectUri: registered } = prober.client;
    const ofAnother = redirectUriElsewhere(namedClients(configuration), registered);
    if (ofAnother !== null) {
      const change: Change = (parameters) => parameters.set('redirect_uri', ofAnother);
      const authorization = await prober.authorize({ change, until: [ofAnother] });
      // Who registers clients for tests may have given one the addresses of another as well.
      if (outcomeOf(authorization) !== 'stuck') {
        should('app-launch/redirect-uri-registered', authorization.outcome.kind === 'stopped', {
          expected: `the redirect_uri of another client (${ofAnother}), unless it is registered for both, to end on a page of the server`,
          actual: described(authorization),
          because: [...prober.control.authorization.exchanges, ...authorization.exchanges],
        });
      }
    }
    const attempts = await Promise.all(
      nearMisses(registered).map(async ({ what, uri }) => {
        const change: Change = (parameters) => parameters.set('redirect_uri', uri);
        return { what, uri, authorization: await prober.authorize({ change, until: [uri] }) };
      }),
    );
    for (const { what, uri, authorization } of attempts) {
      const { outcome } = authorization;
      if (outcomeOf(authorization) === 'stuck') {
        const message = `redirect_uri with ${what}: ${described(authorization)}`;
        undecided('app-launch/redirect-uri-registered', { message, because: authorization.exchanges });
        continue;
      }
      // What a server resolves or repairs to the registered one is not somebody else's.
      const isRegistered =
        outcome.kind === 'returned' && sameAddress(outcome.url, registered) && what !== 'a further parameter';
      must('app-launch/redirect-uri-registered', outcome.kind === 'stopped' || isRegistered, {
        expected: `redirect_uri with ${what} (${uri}), unless that is registered, too, to end on a page of the server`,
        actual:
          outcome.kind === 'returned'
            ? `the browser was sent to ${outcome.url.split(/[?#]/)[0]} with ${described(authorization)}`
            : described(authorization),
        because: [...prober.control.authorization.exchanges, ...authorization.exchanges],
      });
    }
    const omitted = await prober.authorize({ change: (parameters) => parameters.delete('redirect_uri') });
    if (outcomeOf(omitted) === 'code') {
      const message = 'without redirect_uri the registered one is used';
      info('app-launch/redirect-uri-registered', { message, because: omitted.exchanges });
    }
    const withFragment = await prober.authorize({
      change: (parameters) => parameters.set('redirect_uri', `${registered}#smart-check`),
    });
    if (outcomeOf(withFragment) === 'stuck') return;
    must('app-launch/redirect-uri-without-fragment', outcomeOf(withFragment) !== 'code', {
      expected: 'no code for a redirect_uri with a fragment (RFC 6749 section 3.1.2)',
      actual: described(withFragment),
      because: withFragment.exchanges,
    });
  },
});

/** Where a client at another host than this one's is sent back to; null where there is none. */
function redirectUriElsewhere(clients: readonly Client[], registered: string): string | null {
  const hostOf = (uri: string) => new URL(uri).host;
  const uris = clients.flatMap(({ redirectUri }) => redirectUri ?? []);
  return uris.find((uri) => hostOf(uri) !== '' && hostOf(uri) !== hostOf(registered)) ?? null;
}

function sameAddress(url: string, registered: string): boolean {
  return url.split(/[?#]/)[0] === registered.split(/[?#]/)[0];
}

const unknownClient = test({
  id: 'app-launch/unknown-client-not-redirected',
  title: 'An unknown client_id ends on a page of the server',
  requirements: ['app-launch/unknown-client-not-redirected'],
  needs: [prober],
  async run({ prober, ...judge }) {
    const change: Change = (parameters) => parameters.set('client_id', 'smart-check-no-such-client');
    const authorization = await prober.authorize({ change });
    staysAtServer('app-launch/unknown-client-not-redirected', 'an unknown client_id', authorization, judge);
  },
});

function staysAtServer<Id extends string>(
  id: Id,
  what: string,
  authorization: Authorization,
  { must, undecided }: Judge<Id>,
): void {
  const because = authorization.exchanges;
  if (outcomeOf(authorization) === 'stuck') {
    undecided(id, { message: `${what}: ${described(authorization)}`, because });
    return;
  }
  must(id, authorization.outcome.kind === 'stopped', {
    expected: `${what} to end on a page of the server, without a redirect`,
    actual:
      authorization.outcome.kind === 'stopped'
        ? 'a page of the server'
        : `the browser was sent back with ${described(authorization)}`,
    because,
  });
}

const foreignServer = 'https://other-server.smart-check.test/fhir';

const aud = test({
  id: 'app-launch/aud-supported',
  title: 'aud is taken for this server, and no other',
  requirements: ['app-launch/aud-supported', 'app-launch/resource-as-synonym-of-aud'],
  needs: [prober, attempted(protectedRead)],
  async run({ prober, protectedRead, must, should, undecided, info }) {
    const id = 'app-launch/aud-supported';
    const foreign = await prober.authorize({ change: (parameters) => parameters.set('aud', foreignServer) });
    const answer = outcomeOf(foreign) === 'code' ? await prober.redeem(foreign) : null;
    const read =
      answer?.kind === 'granted' && !isUnobtainable(protectedRead)
        ? await protectedRead.send({ authorization: `Bearer ${answer.tokens.accessToken}` })
        : null;
    if (outcomeOf(foreign) === 'stuck') undecided(id, { message: described(foreign), because: foreign.exchanges });
    else if (answer?.kind === 'granted' && isUnobtainable(protectedRead)) {
      const message = `a token was given for aud=${foreignServer}, and whether it works here is not known: ${protectedRead.message}`;
      undecided(id, { message, because: [...foreign.exchanges, answer.exchange] });
    } else if (
      answer?.kind === 'granted' &&
      read &&
      !isSuccess(read) &&
      !isUnobtainable(protectedRead) &&
      mayReadLess(protectedRead, answer.tokens)
    ) {
      const message = `a token was given for aud=${foreignServer}, and may be refused for its scopes: ${answer.tokens.scopes?.join(' ')}`;
      undecided(id, { message, because: [...foreign.exchanges, answer.exchange, read] });
    } else {
      must(id, !read || !isSuccess(read), {
        expected: `no token that works here for aud=${foreignServer}`,
        actual: read
          ? `a token, with which this server answers ${read.response?.status}`
          : answer
            ? answeredWith(answer)
            : described(foreign),
        because: [...foreign.exchanges, ...(answer ? [answer.exchange] : []), ...(read ? [read] : [])],
      });
    }
    const missing = await prober.authorize({ change: (parameters) => parameters.delete('aud') });
    if (outcomeOf(missing) !== 'stuck') {
      should(id, outcomeOf(missing) !== 'code', {
        expected: 'an authorization request without aud to be refused',
        actual: described(missing),
        because: missing.exchanges,
      });
    }
    const resource = await prober.authorize({
      change: (parameters) => {
        parameters.set('resource', parameters.get('aud') ?? '');
        parameters.delete('aud');
      },
    });
    const message = `resource in place of aud: ${described(resource)}`;
    info('app-launch/resource-as-synonym-of-aud', { message, because: resource.exchanges });
  },
});

/** Parameters that change nothing: one that nobody knows, and empty ones, which count as absent (RFC 6749 section 3.1). */
const harmless: readonly { readonly what: string; readonly change: Change }[] = [
  { what: 'an unknown parameter', change: (parameters) => parameters.set('smart_check', 'bar') },
  {
    what: 'empty parameters',
    change: (parameters) => {
      for (const name of ['smart_check', 'login_hint', 'ui_locales']) parameters.set(name, '');
    },
  },
];

const repeated = test({
  id: 'app-launch/repeated-parameters-refused',
  title: 'Repeated parameters are refused, unknown and empty ones ignored',
  requirements: ['app-launch/repeated-parameters-refused'],
  needs: [prober],
  async run({ prober, must, should, undecided }) {
    const id = 'app-launch/repeated-parameters-refused';
    for (const name of ['client_id', 'redirect_uri', 'scope']) {
      const authorization = await prober.authorize({
        change: (parameters) => parameters.append(name, parameters.get(name) ?? ''),
      });
      if (outcomeOf(authorization) === 'stuck') {
        undecided(id, { message: `${name} twice: ${described(authorization)}`, because: authorization.exchanges });
        continue;
      }
      should(id, outcomeOf(authorization) !== 'code', {
        expected: `${name} sent twice to be refused`,
        actual: described(authorization),
        because: authorization.exchanges,
      });
    }
    for (const { what, change } of harmless) {
      const authorization = await prober.authorize({ change });
      if (outcomeOf(authorization) === 'stuck') {
        undecided(id, { message: `${what}: ${described(authorization)}`, because: authorization.exchanges });
        continue;
      }
      must(id, outcomeOf(authorization) === 'code', {
        expected: `${what} to change nothing`,
        actual: described(authorization),
        because: authorization.exchanges,
      });
    }
  },
});

const noScope = test({
  id: 'app-launch/scope-omitted-handled',
  title: 'A request without scope gets default scopes that are named, or an error',
  requirements: ['app-launch/scope-omitted-handled'],
  needs: [prober],
  async run({ prober, must, undecided }) {
    const id = 'app-launch/scope-omitted-handled';
    // A nonce belongs to openid: some refuse it without (OpenID Connect Core section 3.1.2.1).
    const change = (parameters: URLSearchParams) => {
      for (const name of ['scope', 'nonce']) parameters.delete(name);
    };
    const authorization = await prober.authorize({ change });
    const { response, exchanges } = authorization;
    if (outcomeOf(authorization) === 'stuck')
      return undecided(id, { message: described(authorization), because: exchanges });
    const expected = 'error=invalid_scope or invalid_request, or a token whose scope names the defaults';
    if (response?.kind !== 'code') {
      const isNamed = response?.kind === 'error' && ['invalid_scope', 'invalid_request'].includes(response.error);
      return must(id, isNamed, { expected, actual: described(authorization), because: exchanges });
    }
    const answer = await prober.redeem(authorization);
    must(id, answer.kind === 'granted' && answer.tokens.scopes !== null, {
      expected,
      actual:
        answer.kind === 'granted' && answer.tokens.scopes === null ? 'a token without scope' : answeredWith(answer),
      because: [...exchanges, answer.exchange],
    });
  },
});

const codeIssued = test({
  id: 'app-launch/code-issued',
  title: 'An approved request is answered by one code in the query of its redirect URI',
  requirements: ['app-launch/code-issued', 'app-launch/code-at-redirect-uri'],
  needs: [usualAttempts],
  run({ usualAttempts, must }) {
    const returned = usualAttempts.filter(
      ({ authorization }) => outcomeOf(authorization) === 'code' || outcomeOf(authorization) === 'neither',
    );
    if (returned.length === 0) throw new Skip('undecided', 'no request was answered with a code');
    for (const { authorization, client } of returned) {
      const { outcome } = authorization;
      if (outcome.kind !== 'returned') continue;
      const codes = outcome.parameters.getAll('code');
      must('app-launch/code-issued', codes.length === 1 && codes[0] !== '', {
        expected: 'one code, not empty',
        actual: `${codes.length} codes`,
        because: authorization.exchanges,
      });
      const isExact = startsLike(outcome.url, client.redirectUri);
      must('app-launch/code-at-redirect-uri', isExact && outcome.from === 'query' && outcome.method === 'GET', {
        expected: `the code in the query of ${client.redirectUri}`,
        actual: `it came in the ${outcome.from} of ${outcome.url.split(/[?#]/)[0]}, by ${outcome.method}`,
        because: authorization.exchanges,
      });
    }
  },
});

/** The same address, with the registered query kept. */
function startsLike(url: string, registered: string): boolean {
  const [one, other] = [new URL(url), new URL(registered)];
  const kept = [...other.searchParams].every(([name, value]) => one.searchParams.getAll(name).includes(value));
  return one.protocol === other.protocol && one.host === other.host && one.pathname === other.pathname && kept;
}

/** Every printable ASCII character that some layer or other treats in its own way, and more of them than a column holds. */
const states = {
  reserved: ' +%/=&#?"\'<>\\:;,~`!@$^*()[]{}|-._%2B%20+ end',
  long: 'a1-._~'.repeat(100),
  // Well-formed escapes: whoever decodes once too often changes them.
  escaped: 'a%2Fb%3Dc%20d+e%253D&amp;f',
  foreign: 'zo\u00eb-\u6f22\u5b57',
};

const state = test({
  id: 'app-launch/state-returned-exactly',
  title: 'state comes back as it was sent',
  requirements: ['app-launch/state-returned-exactly'],
  needs: [prober],
  async run({ prober, must, undecided, info }) {
    const id = 'app-launch/state-returned-exactly';
    const denied: Change = (parameters) => parameters.set('response_type', 'smart-check');
    const probes: readonly { readonly what: string; readonly departure: Departure & { readonly state: string } }[] = [
      { what: 'a state with reserved characters', departure: { state: states.reserved } },
      { what: 'a state with escapes', departure: { state: states.escaped } },
      { what: `a state of ${states.long.length} characters`, departure: { state: states.long } },
      { what: 'a state with reserved characters, on an error', departure: { state: states.reserved, change: denied } },
    ];
    const authorizations = await Promise.all(probes.map(({ departure }) => prober.authorize(departure)));
    for (const [index, { what, departure }] of probes.entries()) {
      const authorization = authorizations[index];
      if (!authorization) continue;
      const { outcome, exchanges } = authorization;
      // An error page in place of a redirect is judged where errors are.
      if (outcome.kind === 'stopped') {
        undecided(id, { message: `${what}: ${described(authorization)}`, because: exchanges });
        continue;
      }
      const returned = outcome.parameters.getAll('state');
      must(id, returned.length === 1 && returned[0] === departure.state, {
        expected: `${what} to come back as sent: ${JSON.stringify(departure.state)}`,
        actual: returned.length === 1 ? JSON.stringify(returned[0]) : `${returned.length} values of state`,
        because: exchanges,
      });
    }
    const foreign = await prober.authorize({ state: states.foreign });
    if (foreign.outcome.kind === 'returned') {
      const isSame = foreign.outcome.parameters.get('state') === states.foreign;
      const message = `a state outside ASCII comes back ${isSame ? 'as sent' : 'changed'}`;
      info(id, { message, because: foreign.exchanges });
    }
  },
});

const denial = test({
  id: 'app-launch/denial-answered',
  title: 'A user\u2019s denial is told to the app',
  requirements: ['app-launch/denial-answered'],
  needs: [prober, launcher],
  async run({ prober, launcher, must, should, undecided }) {
    const id = 'app-launch/denial-answered';
    // A server may remember what was approved in a browser, or ever, and not ask again.
    const ways: readonly (() => Departure | Promise<Departure>)[] = [
      async () => ({ session: await launcher.openSession() }),
      () => ({ change: promptForConsent }),
    ];
    let authorization = await prober.authorize({ consent: 'deny' });
    for (const departure of ways) {
      if (wasDenied(authorization)) break;
      authorization = await prober.authorize({ consent: 'deny', ...(await departure()) });
    }
    const { outcome, response, exchanges, request } = authorization;
    if (!wasDenied(authorization)) {
      return undecided(id, { message: `nothing was denied: ${described(authorization)}`, because: exchanges });
    }
    if (isTrouble(authorization)) {
      return undecided(id, { message: `after the denial: ${described(authorization)}`, because: exchanges });
    }
    const error = response?.kind === 'error' ? response.error : null;
    const isTold = error !== null && outcome.kind === 'returned' && outcome.parameters.get('state') === request.state;
    const evidence = {
      expected: 'error=access_denied at the redirect URI, with state and without a code',
      actual:
        outcome.kind === 'returned'
          ? described(authorization)
          : `the browser stays at the server: ${described(authorization).split('\n')[0]}`,
      because: exchanges,
    };
    // The guide asks for an error response, RFC 6749 section 4.1.2.1 for this one.
    const judge = isTold && definedErrors.includes(error) ? should : must;
    judge(id, isTold && error === 'access_denied', evidence);
  },
});

function wasDenied({ outcome }: Authorization): boolean {
  return outcome.strip.some(({ title }) => title.startsWith('deny'));
}

const definedErrors = [
  'invalid_request',
  'unauthorized_client',
  'access_denied',
  'unsupported_response_type',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
  'invalid_target',
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
  'invalid_request_uri',
  'invalid_request_object',
  'request_not_supported',
  'request_uri_not_supported',
  'registration_not_supported',
];

/** RFC 6749 sections 4.1.2.1 and 5.2: printable ASCII without quotes and backslashes. */
const errorText = /^[\x20-\x21\x23-\x5B\x5D-\x7E]*$/;

const errors = test({
  id: 'app-launch/errors-at-redirect-uri',
  title: 'Errors reach the redirect URI in the form of RFC 6749',
  requirements: ['app-launch/errors-at-redirect-uri'],
  needs: [prober],
  async run({ prober, must, undecided }) {
    const id = 'app-launch/errors-at-redirect-uri';
    const probes: readonly { readonly what: string; readonly change: Change; readonly mayGrant: boolean }[] = [
      {
        what: 'an unknown scope alone',
        change: (parameters) => {
          parameters.set('scope', 'smart-check-nonsense');
          parameters.delete('nonce');
        },
        mayGrant: true,
      },
      {
        what: 'an unknown response_type',
        change: (parameters) => parameters.set('response_type', 'smart-check'),
        mayGrant: false,
      },
    ];
    for (const { what, change, mayGrant } of probes) {
      const authorization = await prober.authorize({ change });
      const { outcome, response, exchanges, request } = authorization;
      if (outcomeOf(authorization) === 'stuck') {
        undecided(id, { message: `${what}: ${described(authorization)}`, because: exchanges });
        continue;
      }
      if (mayGrant && response?.kind === 'code') continue;
      const isDefined =
        response?.kind === 'error' &&
        definedErrors.includes(response.error) &&
        errorText.test(response.description ?? '');
      const state = outcome.kind === 'returned' ? outcome.parameters.get('state') : request.state;
      const otherState = state === null ? ', without state' : ', with another state';
      must(id, isDefined && state === request.state, {
        expected: `${what} to be answered at the redirect URI with an error of RFC 6749 section 4.1.2.1 and state`,
        actual: `${described(authorization)}${state === request.state ? '' : otherState}`,
        because: exchanges,
      });
    }
  },
});

const identified = test({
  id: 'app-launch/user-identified-first',
  title: 'A fresh browser gets no code before a page has been shown',
  requirements: ['app-launch/user-identified-first', 'app-launch/pages-may-forbid-framing'],
  needs: [standaloneAttempts],
  run({ standaloneAttempts: [first], should, info }) {
    const begun = first?.begun ?? first?.authorization;
    if (!begun || outcomeOf(begun) !== 'code') {
      throw new Skip('undecided', 'the first launch, in a browser in which nobody was signed in, brought no code');
    }
    const { exchanges } = begun;
    const pages = htmlPages(exchanges);
    should('app-launch/user-identified-first', pages.length > 0, {
      expected: 'a page that identifies the user, in a browser in which nobody has signed in',
      actual: pages.length > 0 ? `${pages.length} pages` : 'a code, and no page before it',
      because: exchanges,
    });
    for (const page of pages.slice(0, 3)) {
      const { 'x-frame-options': options, 'content-security-policy': policy = '' } = page.response?.headers ?? {};
      const forbids = options !== undefined || policy.includes('frame-ancestors');
      const message = forbids
        ? 'the page limits who may frame it'
        : 'any site may frame the page (no X-Frame-Options, no frame-ancestors)';
      info('app-launch/pages-may-forbid-framing', { message, because: page });
    }
  },
});

/** It says who somebody was when the app was given it, and has been seen by whoever handles the app's tokens. */
const hinted = test({
  id: 'app-launch/id-token-is-no-sign-in',
  title: 'An id_token in the request signs nobody in',
  requirements: ['app-launch/user-identified-first'],
  needs: [prober, usualWay, launcher],
  async run({ prober, usualWay, launcher, should }) {
    const { idToken } = prober.control.tokens;
    if (idToken === null) throw new Skip('not-advertised', 'no id_token comes with a launch');
    if (usualWay.kind === 'ehr') {
      throw new Skip('not-advertised', 'apps are launched from the EHR alone, to which the user has signed in');
    }
    const authorization = await prober.authorize({
      session: await launcher.openSession(),
      change(parameters) {
        parameters.set('prompt', 'none');
        parameters.set('id_token_hint', idToken);
      },
    });
    const outcome = outcomeOf(authorization);
    if (outcome === 'stuck') throw new Skip('undecided', described(authorization));
    const pages = htmlPages(authorization.exchanges);
    should('app-launch/user-identified-first', outcome !== 'code' || pages.length > 0, {
      expected: 'no code for an id_token_hint alone, in a browser in which nobody has signed in',
      actual: outcome === 'code' && pages.length === 0 ? 'a code, and no page before it' : described(authorization),
      because: [prober.control.exchange, ...authorization.exchanges],
    });
  },
});

function htmlPages(exchanges: readonly Exchange[]): readonly Exchange[] {
  return exchanges.filter(
    ({ response }) => response?.status === 200 && /html/.test(response.headers['content-type'] ?? ''),
  );
}

const marker = 'smartcheck';
const script = `"'><script>document.title='${marker}'</script>`;

const inert = test({
  id: 'app-launch/parameters-never-run',
  title: 'Parameters are not written into pages as markup',
  requirements: ['app-launch/parameters-never-run'],
  needs: [prober],
  async run({ prober, must, should }) {
    const id = 'app-launch/parameters-never-run';
    const changes: readonly { readonly what: string; readonly change: Change }[] = [
      ...['state', 'scope', 'client_id', 'redirect_uri'].map((name) => ({
        what: name,
        change: (parameters: URLSearchParams) =>
          parameters.set(name, name === 'redirect_uri' ? `https://x.smart-check.test/${script}` : script),
      })),
      {
        what: 'redirect_uri of the scheme javascript',
        change: (parameters) => parameters.set('redirect_uri', `javascript:document.title='${marker}'`),
      },
    ];
    const authorizations = await Promise.all(changes.map(({ change }) => prober.authorize({ change })));
    for (const [index, { what }] of changes.entries()) {
      const exchanges = authorizations[index]?.exchanges ?? [];
      const pages = exchanges.filter(({ response }) => /html/.test(response?.headers['content-type'] ?? ''));
      const reflecting = pages.filter(({ response }) => response?.body.includes(script));
      const links = exchanges.filter(({ response }) => /^\s*javascript:/i.test(response?.headers.location ?? ''));
      const blocked =
        reflecting.length > 0 &&
        reflecting.every(({ response }) =>
          /script-src|default-src/.test(response?.headers['content-security-policy'] ?? ''),
        );
      const demand = blocked && links.length === 0 ? should : must;
      demand(id, reflecting.length === 0 && links.length === 0, {
        expected: `markup in ${what} not to stand as markup on any page`,
        actual:
          links.length > 0
            ? 'a redirect to a javascript: URL'
            : reflecting.length > 0
              ? `it does, ${blocked ? 'and a Content-Security-Policy keeps it from running' : 'and runs'}`
              : 'it does not',
        because: [...reflecting, ...links, ...exchanges.slice(0, 1)],
      });
    }
  },
});

export const authorizationTests = [
  post,
  onlyCode,
  redirectUri,
  unknownClient,
  aud,
  repeated,
  noScope,
  codeIssued,
  state,
  denial,
  errors,
  identified,
  hinted,
  inert,
];

import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import { tokenEndpoint } from '../../src/artifacts/authorization-server.ts';
import { allowsOrigin, registeredApp, registeredOrigin } from '../../src/artifacts/cross-origin.ts';
import { launchClients, tokenAnswers, usualAttempts } from '../../src/artifacts/launches.ts';
import { type Prober, prober } from '../../src/artifacts/prober.ts';
import { smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { jsonObjectIn } from '../../src/http/json-object-in.ts';
import { artifact, type Exchange, http, Skip, test } from '../../src/kit/index.ts';
import { type AuthenticationMethod, credentialsOf, methodOf } from '../../src/oauth/client-authentication.ts';
import type { TokenAnswer } from '../../src/oauth/token-request.ts';

type Change = (form: URLSearchParams) => void;

const answers = test({
  id: 'app-launch/token-answers',
  title: 'A code is exchanged by a form POST for a JSON object with an access token',
  requirements: [
    'app-launch/token-request-form-post',
    'app-launch/token-answer-json',
    'app-launch/token-response-status-200',
    'app-launch/access-token-present',
  ],
  needs: [tokenAnswers],
  run({ tokenAnswers, must }) {
    for (const { answer } of tokenAnswers) {
      const { exchange } = answer;
      const { status = 0, headers } = exchange.response ?? {};
      must('app-launch/token-request-form-post', answer.kind === 'granted', {
        expected: 'a form-encoded POST of the code to be answered with a token',
        actual: answeredWith(answer),
        because: exchange,
      });
      // A refusal is judged where refusals are.
      if (status >= 400) continue;
      must('app-launch/token-answer-json', isJson(exchange), {
        expected: 'a token in a JSON object of type application/json',
        actual: headers?.['content-type'] ?? 'no Content-Type',
        because: exchange,
      });
      const token = jsonObjectIn(exchange)?.access_token;
      must('app-launch/access-token-present', typeof token === 'string' && token !== '', {
        expected: 'access_token, a string that is not empty',
        actual: token === undefined ? 'absent' : JSON.stringify(token).slice(0, 20),
        because: exchange,
      });
      must('app-launch/token-response-status-200', status === 200, {
        expected: 'status 200',
        actual: String(status),
        because: exchange,
      });
    }
  },
});

const formPost = test({
  id: 'app-launch/token-request-form',
  title: 'The token endpoint wants a form, and ignores what it does not know',
  requirements: ['app-launch/token-request-form-post', 'app-launch/token-unknown-parameters-ignored'],
  needs: [prober, tokenEndpoint, http],
  async run({ prober, tokenEndpoint, http, must, should, info }) {
    const { control, client } = prober;
    const forms = await Promise.all([formFor(prober), formFor(prober)]);
    const { headers, parameters } = await credentialsOf(client, tokenEndpoint);
    const [forJson, forQuery] = forms;
    const json = await http.send({
      method: 'POST',
      url: tokenEndpoint.url,
      redirect: 'manual',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...client.headers, ...headers },
      body: JSON.stringify(Object.fromEntries([...forJson, ...Object.entries(parameters)])),
    });
    if (hasToken(json)) {
      const message = 'the server takes parameters as JSON, too';
      info('app-launch/token-request-form-post', { message, because: json });
    }
    const url = new URL(tokenEndpoint.url);
    for (const [name, value] of [...forQuery, ...Object.entries(parameters)]) url.searchParams.append(name, value);
    const get = await http.send({ url, redirect: 'manual', headers: { ...client.headers, ...headers } });
    should('app-launch/token-unknown-parameters-ignored', !hasToken(get), {
      expected: 'no token for a GET with the parameters in the query (RFC 6749 section 3.2)',
      actual: hasToken(get) ? 'a token' : `${get.response?.status ?? 'no answer'}`,
      because: get,
    });
    const changes: readonly { readonly what: string; readonly change: Change }[] = [
      { what: 'an unknown parameter', change: (form) => form.set('smart_check', 'bar') },
      { what: 'an empty unknown parameter', change: (form) => form.set('smart_check', '') },
    ];
    for (const { what, change } of changes) {
      const answer = await prober.redeem(await prober.code(), { change });
      must('app-launch/token-unknown-parameters-ignored', answer.kind === 'granted', {
        expected: `${what} in a token request to change nothing`,
        actual: answeredWith(answer),
        because: [control.exchange, answer.exchange],
      });
    }
    const twice = await prober.redeem(await prober.code(), {
      change: (form) => form.append('grant_type', 'authorization_code'),
    });
    should('app-launch/token-unknown-parameters-ignored', twice.kind !== 'granted', {
      expected: 'grant_type sent twice to be refused (RFC 6749 section 3.2)',
      actual: answeredWith(twice),
      because: twice.exchange,
    });
  },
});

/** The parameters of a token request for a fresh code. */
async function formFor(prober: Prober): Promise<URLSearchParams> {
  const { request, response } = await prober.code();
  return new URLSearchParams({
    grant_type: 'authorization_code',
    code: response?.kind === 'code' ? response.code : '',
    redirect_uri: request.redirectUri,
    code_verifier: request.pkce.verifier,
  });
}

function hasToken(exchange: Exchange): boolean {
  return typeof jsonObjectIn(exchange)?.access_token === 'string';
}

const confidential = test({
  id: 'app-launch/token-confidential-authenticates',
  title: 'A confidential client gets no token without authentication, and one without client_id',
  requirements: ['app-launch/token-confidential-authenticates', 'app-launch/token-client-id-optional'],
  needs: [prober, launchClients],
  async run({ prober, launchClients, must }) {
    const clients = launchClients.map(({ client }) => client).filter((client) => methodOf(client) !== 'none');
    if (clients.length === 0)
      throw new Skip('not-configured', 'needs clients.symmetric or clients.asymmetric with a redirectUri');
    for (const client of clients) {
      const [one, two] = await Promise.all([prober.code({ client }), prober.code({ client })]);
      const control = await prober.redeem(one, { client });
      // The credentials of a client that authenticates never have client_id beside them.
      must('app-launch/token-client-id-optional', control.kind === 'granted', {
        expected: `${client.clientId} to be served when it authenticates and sends no client_id`,
        actual: answeredWith(control),
        because: control.exchange,
      });
      const credentials = { headers: {}, parameters: { client_id: client.clientId } };
      const answer = await prober.redeem(two, { client, credentials });
      must('app-launch/token-confidential-authenticates', answer.kind !== 'granted', {
        expected: `the code of ${client.clientId} to be refused to client_id alone`,
        actual: answeredWith(answer),
        because: [control.exchange, answer.exchange],
      });
    }
  },
});

const publicClient = test({
  id: 'app-launch/token-public-client-identifies',
  title: 'A public client redeems its code with client_id alone, and not without',
  requirements: ['app-launch/token-public-client-identifies', 'app-launch/public-client-served'],
  needs: [prober, launchClients],
  async run({ prober, launchClients, must }) {
    const client = launchClients.map((one) => one.client).find((one) => methodOf(one) === 'none');
    if (!client) throw new Skip('not-configured', 'needs clients.public with a redirectUri');
    const [one, two] = await Promise.all([prober.code({ client }), prober.code({ client })]);
    const named = await prober.redeem(one, { client });
    must('app-launch/public-client-served', named.kind === 'granted', {
      expected: `${client.clientId} to obtain a token without credentials`,
      actual: answeredWith(named),
      because: named.exchange,
    });
    must('app-launch/token-public-client-identifies', named.kind === 'granted', {
      expected: 'a code to be redeemed with client_id',
      actual: answeredWith(named),
      because: named.exchange,
    });
    const unnamed = await prober.redeem(two, { client, credentials: { headers: {}, parameters: {} } });
    must('app-launch/token-public-client-identifies', unnamed.kind !== 'granted', {
      expected: 'a code not to be redeemed without client_id',
      actual: answeredWith(unnamed),
      because: [named.exchange, unnamed.exchange],
    });
  },
});

const listedMethods = test({
  id: 'app-launch/listed-auth-methods-accepted',
  title: 'Every listed client authentication method is accepted',
  requirements: ['app-launch/listed-auth-methods-accepted'],
  needs: [smartConfiguration, usualAttempts],
  run({ smartConfiguration: { document, exchange }, usualAttempts, must }) {
    const listed = document.token_endpoint_auth_methods_supported;
    if (!Array.isArray(listed) || listed.length === 0) {
      throw new Skip('not-advertised', 'token_endpoint_auth_methods_supported is absent, or lists none');
    }
    const tried = usualAttempts.filter(({ client, answer }) => listed.includes(methodOf(client)) && answer);
    if (tried.length === 0) {
      const methods = listed.join(', ');
      throw new Skip('not-configured', `needs clients.public, symmetric or asymmetric, registered for ${methods}`);
    }
    for (const { client, answer } of tried) {
      if (!answer) continue;
      const method: AuthenticationMethod = methodOf(client);
      must(
        'app-launch/listed-auth-methods-accepted',
        !(answer.kind === 'refused' && answer.error === 'invalid_client'),
        {
          expected: `${method}, which is listed, to be accepted from ${client.clientId}`,
          actual: answeredWith(answer),
          because: [exchange, answer.exchange],
        },
      );
    }
  },
});

/** Token requests that are refused, each for one reason. */
const refusedRequests = artifact({
  name: 'refusedRequests',
  needs: [prober, tokenEndpoint],
  async obtain({ prober, tokenEndpoint }) {
    const { client } = prober;
    const code = (await prober.code()).response;
    const live = code?.kind === 'code' ? code.code : '';
    const credentials = await credentialsOf(client, tokenEndpoint);
    const refusal = async (what: string, change: Change) => ({
      what,
      answer: await prober.redeem(await prober.code(), {
        change,
        credentials: methodOf(client) === 'private_key_jwt' ? await credentialsOf(client, tokenEndpoint) : credentials,
      }),
    });
    const [unknownGrant, alteredCode, randomCode, noGrantType] = await Promise.all([
      refusal('an unknown grant_type', (form) => form.set('grant_type', 'urn:example:smart-check:none')),
      refusal('a code with one character changed', (form) => form.set('code', altered(live))),
      refusal('a made-up code', (form) => form.set('code', 'smart-check-no-such-code')),
      refusal('no grant_type', (form) => form.delete('grant_type')),
    ]);
    return { unknownGrant, alteredCode, randomCode, noGrantType };
  },
});

function altered(code: string): string {
  const at = Math.floor(code.length / 2);
  return code.slice(0, at) + (code[at] === 'A' ? 'B' : 'A') + code.slice(at + 1);
}

const refusals = test({
  id: 'app-launch/token-errors-named',
  title: 'Token requests that cannot be served are refused for what is wrong with them',
  requirements: ['app-launch/token-unsupported-grant-type', 'app-launch/token-invalid-grant'],
  needs: [refusedRequests],
  run({ refusedRequests: { unknownGrant, alteredCode, randomCode }, must }) {
    must('app-launch/token-unsupported-grant-type', isRefusedAs(unknownGrant.answer, 'unsupported_grant_type'), {
      expected: '400 unsupported_grant_type for a grant type that nobody knows',
      actual: answeredWith(unknownGrant.answer),
      because: unknownGrant.answer.exchange,
    });
    for (const { what, answer } of [alteredCode, randomCode]) {
      must('app-launch/token-invalid-grant', isRefusedAs(answer, 'invalid_grant'), {
        expected: `400 invalid_grant for ${what}`,
        actual: answeredWith(answer),
        because: answer.exchange,
      });
    }
  },
});

function isRefusedAs(answer: TokenAnswer, error: string): boolean {
  return answer.kind === 'refused' && answer.error === error && answer.exchange.response?.status === 400;
}

const definedErrors = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
];

/** RFC 6749 section 5.2: printable ASCII without quotes and backslashes. */
const errorText = /^[\x20-\x21\x23-\x5B\x5D-\x7E]*$/;

const errorForm = test({
  id: 'app-launch/token-error-form',
  title: 'Refusals of the token endpoint have the form of RFC 6749',
  requirements: ['app-launch/token-error-form', 'app-launch/token-answer-json'],
  needs: [refusedRequests],
  run({ refusedRequests, must }) {
    for (const { what, answer } of Object.values(refusedRequests)) {
      const { response } = answer.exchange;
      if (answer.kind === 'granted') continue;
      const { description, isClean } = describedError(answer.exchange);
      const isDefined = answer.kind === 'refused' && definedErrors.includes(answer.error);
      const status = answer.kind === 'refused' && answer.error === 'invalid_client' ? [400, 401] : [400];
      must('app-launch/token-answer-json', isJson(answer.exchange), {
        expected: `JSON for ${what}`,
        actual: response?.headers['content-type'] ?? 'no Content-Type',
        because: answer.exchange,
      });
      must('app-launch/token-error-form', isDefined && isClean && status.includes(response?.status ?? 0), {
        expected: `${what} to be answered 400 (401 with invalid_client) with an error of RFC 6749 section 5.2`,
        actual: isClean ? answeredWith(answer) : `error_description ${JSON.stringify(description)}`,
        because: answer.exchange,
      });
    }
  },
});

function isJson(exchange: Exchange): boolean {
  const type = exchange.response?.headers['content-type'] ?? '';
  return /^application\/json\s*(;|$)/i.test(type) && jsonObjectIn(exchange) !== null;
}

function describedError(exchange: Exchange): { readonly description: unknown; readonly isClean: boolean } {
  const description = jsonObjectIn(exchange)?.error_description;
  return {
    description,
    isClean: description === undefined || (typeof description === 'string' && errorText.test(description)),
  };
}

const cors = test({
  id: 'app-launch/cors-token-responses',
  title: 'The app\u2019s pages may read what the token endpoint answers',
  requirements: ['app-launch/cors-token-responses'],
  needs: [prober, registeredOrigin, registeredApp],
  async run({ prober, registeredOrigin: origin, registeredApp: client, must, should }) {
    if (client.redirectUri === undefined)
      throw new Skip('not-configured', 'needs clients.public with origin and redirectUri');
    const launchable = { ...client, redirectUri: client.redirectUri };
    const [one, two] = await Promise.all([prober.code({ client: launchable }), prober.code({ client: launchable })]);
    const granted = await prober.redeem(one, { client, headers: { origin } });
    const refused = await prober.redeem(two, {
      client,
      headers: { origin },
      change: (form) => form.set('code', 'never-issued-by-this-server'),
    });
    if (granted.kind !== 'granted') throw new Skip('undecided', `the code was not redeemed: ${answeredWith(granted)}`);
    const allowed = (exchange: Exchange) => exchange.response?.headers['access-control-allow-origin'] ?? 'absent';
    must('app-launch/cors-token-responses', allowsOrigin(granted.exchange, origin), {
      expected: `Access-Control-Allow-Origin * or ${origin} on a token response`,
      actual: allowed(granted.exchange),
      because: granted.exchange,
    });
    should('app-launch/cors-token-responses', allowsOrigin(refused.exchange, origin), {
      expected: `Access-Control-Allow-Origin * or ${origin} on a refusal, too`,
      actual: allowed(refused.exchange),
      because: refused.exchange,
    });
  },
});

export const tokenRequestTests = [
  answers,
  formPost,
  confidential,
  publicClient,
  listedMethods,
  refusals,
  errorForm,
  cors,
];

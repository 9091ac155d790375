import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import { backendAnswer, backendRequester, backendToken } from '../../src/artifacts/backend.ts';
import { backendRead } from '../../src/artifacts/backend-read.ts';
import { answered, isSuccess, mediaType } from '../../src/artifacts/document.ts';
import { readJson } from '../../src/http/read-json.ts';
import { Block, configuration, describe, type Exchange, isRecord, test } from '../../src/kit/index.ts';

/** Errors that ask for a person (RFC 8628, OpenID Connect Core 1.0 section 3.1.2.6). */
const forAPerson = ['interaction_required', 'login_required', 'consent_required', 'authorization_pending'];

const obtained = test({
  id: 'backend-services/token-obtained',
  title: 'An authorized backend service gets a token, and no user is asked',
  requirements: ['backend-services/token-obtained', 'backend-services/authority-registered-beforehand'],
  needs: [backendRequester, backendAnswer],
  run({ backendRequester: { client, scope }, backendAnswer: answer, must, undecided }) {
    const { exchange } = answer;
    const isGuess = client.scope === undefined && answer.kind === 'refused' && answer.error === 'invalid_scope';
    if (isGuess) {
      const message = `${scope} was asked for, since clients.backend names no scope, and refused; scope says what it may have`;
      return undecided('backend-services/token-obtained', { message, because: exchange });
    }
    const status = exchange.response?.status;
    must('backend-services/token-obtained', status === 200, {
      expected: `${client.clientId}, authenticated by its key, to be given a token for scope=${scope} with status 200`,
      actual: answer.kind === 'odd' ? answered(exchange) : answeredWith(answer),
      because: exchange,
    });
    const asksUser = isRedirect(exchange) || (answer.kind === 'refused' && forAPerson.includes(answer.error));
    if (answer.kind === 'granted' || asksUser) {
      must('backend-services/authority-registered-beforehand', !asksUser, {
        expected: 'a token without any step of a user',
        actual: asksUser ? `${answeredWith(answer)}, which asks for a user` : 'it came at once',
        because: exchange,
      });
    }
  },
});

function isRedirect({ response }: Exchange): boolean {
  return response !== null && response.status >= 300 && response.status < 400;
}

const json = test({
  id: 'backend-services/token-response-json',
  title: 'The token comes in a JSON object',
  requirements: ['backend-services/response-json', 'backend-services/access-token-present'],
  needs: [backendAnswer],
  run({ backendAnswer: answer, must }) {
    const { exchange } = answer;
    const { status = 0, headers, body = '' } = exchange.response ?? {};
    if (status !== 200) throw new Block(`there is no token response: ${answered(exchange)}`, [exchange]);
    const type = headers?.['content-type'];
    const document = readJson(body);
    const members = document.kind === 'value' && isRecord(document.value) ? document.value : null;
    must('backend-services/response-json', mediaType(type) === 'application/json' && members !== null, {
      expected: 'a JSON object of type application/json',
      actual: `${type ?? 'no Content-Type'}, ${members ? 'a JSON object' : 'and no JSON object'}`,
      because: exchange,
    });
    const token = members?.access_token;
    must('backend-services/access-token-present', typeof token === 'string' && token !== '', {
      expected: 'access_token, a string that is not empty',
      actual: typeof token === 'string' && token !== '' ? 'a string' : describe(token),
      because: exchange,
    });
  },
});

const works = test({
  id: 'backend-services/token-works',
  title: 'The token is accepted at the FHIR API',
  requirements: ['backend-services/access-token-present'],
  needs: [backendToken, backendRead],
  run({ backendToken, backendRead: { path, exchange }, must, undecided }) {
    const status = exchange.response?.status;
    if (status !== 401 && !isSuccess(exchange)) {
      const message = `GET ${path} with the token was answered ${answered(exchange)}, which may have other reasons`;
      return undecided('backend-services/access-token-present', { message, because: exchange });
    }
    must('backend-services/access-token-present', isSuccess(exchange), {
      expected: `GET ${path} to be answered with the token, whose scope is ${backendToken.tokens.scopes?.join(' ') ?? backendToken.scope}`,
      actual: answered(exchange),
      because: [backendToken.exchange, exchange],
    });
  },
});

const type = test({
  id: 'backend-services/token-type',
  title: 'The token is a bearer token',
  requirements: ['backend-services/token-type-bearer'],
  needs: [backendToken],
  run({ backendToken, must }) {
    const { token_type: named } = backendToken.tokens.members;
    must('backend-services/token-type-bearer', typeof named === 'string' && named.toLowerCase() === 'bearer', {
      expected: 'token_type bearer, in any case',
      actual: describe(named),
      because: backendToken.exchange,
    });
  },
});

const lifetime = test({
  id: 'backend-services/token-lifetime',
  title: 'The token is good for five minutes at most, and the response says for how long',
  requirements: [
    'backend-services/expires-in-present',
    'backend-services/expires-in-300',
    'backend-services/expires-in-at-most-300',
    'backend-services/token-short-lived',
  ],
  needs: [configuration, backendToken],
  run({ configuration: { clients }, backendToken, must, should, info }) {
    const { expires_in: seconds } = backendToken.tokens.members;
    const isNumber = typeof seconds === 'number' && seconds > 0 && Number.isInteger(seconds);
    const seen = { actual: describe(seconds), because: backendToken.exchange };
    must('backend-services/expires-in-present', isNumber, {
      expected: 'expires_in, a whole positive number of seconds',
      ...seen,
    });
    if (!isNumber) return;
    should('backend-services/expires-in-at-most-300', seconds <= 300, {
      expected: 'expires_in of 300 at most',
      ...seen,
    });
    if (seconds === 300) should('backend-services/expires-in-300', true, { expected: 'expires_in 300', ...seen });
    else
      info('backend-services/expires-in-300', {
        message: `300 is recommended, this is ${seconds}`,
        because: backendToken.exchange,
      });
    const longest = clients.backend?.longestTokenLifetime;
    if (longest === undefined) {
      const message = `the token is good for ${seconds} s; clients.backend.longestTokenLifetime would set a limit`;
      info('backend-services/token-short-lived', { message, because: backendToken.exchange });
    } else {
      must('backend-services/token-short-lived', seconds <= longest, {
        expected: `expires_in of ${longest} at most, which is configured as longestTokenLifetime`,
        ...seen,
      });
    }
  },
});

const scope = test({
  id: 'backend-services/token-scope',
  title: 'The response says which scopes were granted',
  requirements: ['backend-services/scope-present'],
  needs: [backendToken],
  run({ backendToken, must }) {
    const { scope: named } = backendToken.tokens.members;
    must('backend-services/scope-present', typeof named === 'string' && scopeTokens.test(named), {
      expected: 'scope, a string of scopes separated by single spaces, not empty',
      actual: describe(named),
      because: backendToken.exchange,
    });
  },
});

/** RFC 6749 section 3.3. */
const scopeTokens = /^[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*$/;

const refreshToken = test({
  id: 'backend-services/no-refresh-token',
  title: 'No refresh token comes, even where offline_access is asked for',
  requirements: ['backend-services/no-refresh-token'],
  needs: [backendRequester, backendToken],
  async run({ backendRequester: { scope: usual, request }, backendToken, should }) {
    const offline = await request({ scope: `${usual} offline_access` });
    const answers = [
      { scope: usual, tokens: backendToken.tokens, exchange: backendToken.exchange },
      ...(offline.kind === 'granted' ? [{ ...offline, scope: `${usual} offline_access` }] : []),
    ];
    for (const { tokens, exchange, ...asked } of answers) {
      const isThere = 'refresh_token' in tokens.members && tokens.members.refresh_token !== null;
      should('backend-services/no-refresh-token', !isThere, {
        expected: `no refresh_token for scope=${asked.scope}`,
        actual: isThere ? 'a refresh_token' : 'none',
        because: exchange,
      });
    }
  },
});

export const tokenResponseTests = [obtained, json, works, type, lifetime, scope, refreshToken];

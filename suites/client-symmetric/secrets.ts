import { answerInWords } from '../../src/artifacts/assertion-prober.ts';
import { outcomeOf } from '../../src/artifacts/authorization-outcome.ts';
import { tokenEndpoint } from '../../src/artifacts/authorization-server.ts';
import { usualAttempts, whyIncomplete } from '../../src/artifacts/launches.ts';
import { provenSecret, secretProber } from '../../src/artifacts/secret-prober.ts';
import { capabilities, smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import type { CarriedAnswer, TokenCarrier } from '../../src/artifacts/token-carrier.ts';
import { tokenClient } from '../../src/artifacts/token-client.ts';
import {
  attempted,
  Block,
  type Configuration,
  configuration,
  isUnobtainable,
  Skip,
  test,
} from '../../src/kit/index.ts';
import { caseSwapped } from '../../src/oauth/altered-token.ts';
import { readChallenges } from '../../src/oauth/challenge.ts';
import {
  type Credentials,
  inBasic,
  inBody,
  inPlainBasic,
  isFormEncoded,
  methodOf,
} from '../../src/oauth/client-authentication.ts';
import { stringsIn } from '../../src/smart/smart-configuration.ts';
import { laterErrors } from '../judge-attempts.ts';

const basicAccepted = test({
  id: 'client-symmetric/basic-accepted',
  title: 'A client with a secret completes a launch, authenticated by HTTP Basic',
  requirements: ['client-symmetric/launch-completes', 'client-symmetric/basic-accepted'],
  needs: [configuration, usualAttempts, capabilities, attempted(secretProber)],
  async run({ configuration, usualAttempts, capabilities, secretProber, must, undecided }) {
    const attempt = usualAttempts.find(({ role }) => role === 'symmetric');
    if (!attempt) throw notLaunched(configuration);
    const { client, authorization, answer } = attempt;
    const isServed = answer?.kind === 'granted';
    if (!isServed && !capabilities.includes('client-confidential-symmetric')) {
      throw new Skip(
        'not-advertised',
        'client-confidential-symmetric is not advertised, and the launch did not complete',
      );
    }
    const because = [...authorization.exchanges, ...(answer ? [answer.exchange] : [])];
    const actual = isServed ? 'a token' : whyIncomplete(attempt);
    if (outcomeOf(authorization) === 'stuck') throw new Block(actual, because);
    must('client-symmetric/launch-completes', isServed, {
      expected: `${client.clientId} to complete a launch`,
      actual,
      because,
    });
    const expected = `a token request with the id and secret of ${client.clientId} in HTTP Basic to be answered with a token`;
    if (methodOf(client) === 'client_secret_post') {
      if (isUnobtainable(secretProber)) throw secretProber;
      const { cheap, control, secret } = secretProber;
      const answered = await cheap.send(inBasic(client.clientId, secret));
      return must('client-symmetric/basic-accepted', answered.kind === 'granted', {
        expected,
        actual: `${answerInWords(answered)}; with the secret in the body: ${answerInWords(control)}`,
        because: [control.exchange, answered.exchange],
      });
    }
    if (!answer) return;
    // Whoever is answered with neither a token nor a refusal learns nothing about the credentials.
    if (answer.kind === 'odd') {
      undecided('client-symmetric/basic-accepted', { message: actual, because: answer.exchange });
      return;
    }
    must('client-symmetric/basic-accepted', isServed, {
      expected,
      actual,
      because: answer.exchange,
    });
  },
});

function notLaunched({ clients }: Configuration): Skip {
  const reason =
    clients.symmetric?.redirectUri === undefined
      ? 'needs clients.symmetric with a redirectUri'
      : 'the EHR was not asked to start clients.symmetric: its ehrStartUrl would say where that is done';
  return new Skip('not-configured', reason);
}

const formEncodedSecret = test({
  id: 'client-symmetric/basic-form-encoded',
  title: 'Id and secret are form-encoded before they are joined for HTTP Basic',
  requirements: ['client-symmetric/basic-form-encoded'],
  needs: [secretProber, tokenEndpoint],
  destroys: 'the client, where a server locks one whose secret is wrong',
  async run({ secretProber: { client, secret, control, cheap }, tokenEndpoint, must, should }) {
    const requirement = 'client-symmetric/basic-form-encoded';
    const { clientId } = client;
    if (methodOf(client) !== 'client_secret_basic') {
      throw new Skip('not-configured', 'needs clients.symmetric, whose secret is sent in HTTP Basic');
    }
    // A colon in the id cannot be sent but encoded.
    if (!isFormEncoded(client)) {
      throw new Skip('not-configured', 'needs clients.symmetric whose id or secret has characters that forms encode');
    }
    const expected = `the id and secret of ${clientId}, form-encoded, to be accepted (RFC 6749 section 2.3.1)`;
    const isPlain = tokenEndpoint.takesPlainBasic.has(clientId);
    const encoded = isPlain ? await cheap.send(inBasic(clientId, secret)) : control;
    const actual = answerInWords(encoded);
    if (encoded.kind === 'granted') return must(requirement, true, { expected, actual, because: encoded.exchange });
    const plain = isPlain ? control : await cheap.send(inPlainBasic(clientId, secret));
    const demand = plain.kind === 'granted' ? should : must;
    demand(requirement, false, {
      expected,
      actual: `${actual}; as they are: ${answerInWords(plain)}`,
      because: [encoded.exchange, plain.exchange],
    });
  },
});

interface WrongCredentials {
  readonly what: string;
  readonly carrier: TokenCarrier;
  readonly credentials: Credentials;
  /** It holds no secret at all. */
  readonly isEmpty?: true;
}

const wrongSecret = test({
  id: 'client-symmetric/wrong-secret-refused',
  title: 'A wrong, empty, foreign or missing secret is refused, with a challenge',
  requirements: ['client-symmetric/wrong-secret-refused', 'client-symmetric/failed-basic-challenged'],
  needs: [provenSecret, configuration, smartConfiguration],
  destroys: 'the client, where a server locks one whose secret is wrong',
  async run({ provenSecret, configuration: { clients }, smartConfiguration, must, should, info, undecided }) {
    const { client, secret, cheap, code, accepted, withSecret } = provenSecret;
    const { clientId } = client;
    const ofAnother = (carrier: TokenCarrier, foreign: string): WrongCredentials => ({
      what: 'the secret of another client',
      carrier,
      credentials: withSecret(foreign),
    });
    const { introspection, others = [], shortLived } = clients;
    const foreign = [...others, shortLived, introspection]
      .map((other) => other?.clientSecret)
      .find((other) => other !== undefined && other !== secret);

    const attempts: WrongCredentials[] = [
      { what: 'a secret with one character changed', carrier: cheap, credentials: withSecret(altered(secret)) },
      ...nearly(secret).map(({ what, wrong }) => ({ what, carrier: cheap, credentials: withSecret(wrong) })),
      { what: 'an empty secret', carrier: cheap, credentials: withSecret(''), isEmpty: true },
      {
        what: 'no secret',
        carrier: cheap,
        credentials: { headers: {}, parameters: { client_id: clientId } },
        isEmpty: true,
      },
      ...(foreign === undefined ? [] : [ofAnother(cheap, foreign)]),
    ];
    // The token endpoint may look at secrets in one place for codes, and in another for refresh tokens.
    if (cheap !== code) {
      attempts.push(
        { what: 'a secret with one character changed', carrier: code, credentials: withSecret(altered(secret)) },
        { what: 'an empty secret', carrier: code, credentials: withSecret(''), isEmpty: true },
        ...(foreign === undefined ? [] : [ofAnother(code, foreign)]),
      );
    }
    if (methodOf(client) === 'client_secret_basic') {
      const methods = stringsIn(smartConfiguration.document.token_endpoint_auth_methods_supported);
      const answer = await cheap.send(inBody(clientId, secret));
      const listed = methods.includes('client_secret_post') ? 'is listed' : 'is not listed';
      const message = `the right secret in the body, where client_secret_post ${listed}: ${answerInWords(answer)}`;
      info('client-symmetric/wrong-secret-refused', { message, because: answer.exchange });
      const empty = inBody(clientId, '');
      attempts.push({ what: 'an empty secret in the body', carrier: cheap, credentials: empty, isEmpty: true });
      const wrong = inBody(clientId, altered(secret));
      const isTaken = answer.kind === 'granted';
      if (isTaken) attempts.push({ what: 'a wrong secret in the body', carrier: cheap, credentials: wrong });
    }

    for (const { what, carrier, credentials, isEmpty } of attempts) {
      const answer = await carrier.send(credentials);
      // A client that has been locked meanwhile, or a server that counts, would refuse anything.
      const control = await cheap.send(withSecret(secret));
      const because = [accepted, answer.exchange, control.exchange];
      const actual = answerInWords(answer);
      const expected = `${what} to be refused as invalid_client (${carrier.grantType})`;
      if (answer.kind === 'granted') {
        must('client-symmetric/wrong-secret-refused', false, { expected, actual, because });
        continue;
      }
      if (control.kind !== 'granted') {
        const message = `after ${what} (${actual}) the right secret is not accepted any more: ${answerInWords(control)}`;
        undecided('client-symmetric/wrong-secret-refused', { message, because });
        return;
      }
      if (isEmpty) {
        // What has no secret at all may be called incomplete as well as wrong.
        const isNamed = answer.kind === 'refused' && ['invalid_client', 'invalid_request'].includes(answer.error);
        should('client-symmetric/wrong-secret-refused', isNamed, { expected, actual, because });
        continue;
      }
      if (answer.kind === 'refused' && laterErrors.includes(answer.error)) {
        const message = `${what} was answered ${actual}, which is said of what is looked at after authentication`;
        undecided('client-symmetric/wrong-secret-refused', { message, because });
      } else {
        must('client-symmetric/wrong-secret-refused', true, { expected, actual, because });
      }
      if (!('authorization' in credentials.headers)) continue;
      must('client-symmetric/failed-basic-challenged', isChallenged(answer), {
        expected: `${what} to be answered 401 invalid_client with WWW-Authenticate: Basic (${carrier.grantType})`,
        actual: `${actual}, ${challengeOf(answer)}`,
        because,
      });
    }
  },
});

/** Secrets that a careless comparison takes for the right one; those alone that another comparison does not. */
function nearly(secret: string): readonly { readonly what: string; readonly wrong: string }[] {
  const [longer, shorter] = [`${secret}x`, secret.slice(0, -1)];
  // Usual hashes of passwords read no further than 72 bytes.
  const isSeen = (wrong: string) => Buffer.byteLength(wrong) <= 72;
  const all = [
    { what: 'the secret with its letters in the other case', wrong: caseSwapped(secret) },
    ...(isSeen(longer) ? [{ what: 'the secret with more behind it', wrong: longer }] : []),
    ...(isSeen(secret) ? [{ what: 'the secret without its end', wrong: shorter }] : []),
  ];
  return all.filter(({ wrong }) => wrong !== secret && wrong !== '');
}

/** Another character in the middle. */
function altered(secret: string): string {
  const at = Math.floor(secret.length / 2);
  return secret.slice(0, at) + (secret[at] === 'A' ? 'B' : 'A') + secret.slice(at + 1);
}

function isChallenged(answer: CarriedAnswer): boolean {
  const { response } = answer.exchange;
  const challenges = readChallenges(response?.headers['www-authenticate'] ?? '') ?? [];
  const isNamed = answer.kind === 'refused' && answer.error === 'invalid_client';
  return isNamed && response?.status === 401 && challenges.some(({ scheme }) => scheme === 'basic');
}

function challengeOf({ exchange: { response } }: CarriedAnswer): string {
  const header = response?.headers['www-authenticate'];
  return header === undefined ? 'without WWW-Authenticate' : `with WWW-Authenticate: ${header}`;
}

const notForServices = test({
  id: 'client-symmetric/backend-not-intended',
  title: 'A client with a secret is no backend service',
  requirements: ['client-symmetric/backend-not-intended'],
  needs: [provenSecret, tokenClient, smartConfiguration, capabilities],
  async run({ provenSecret, tokenClient, smartConfiguration, capabilities, should }) {
    const { client, secret, accepted, withSecret } = provenSecret;
    const grantTypes = smartConfiguration.document.grant_types_supported;
    if (Array.isArray(grantTypes) && !grantTypes.includes('client_credentials')) {
      throw new Skip('not-advertised', 'client_credentials is not among grant_types_supported');
    }
    const scope = capabilities.includes('permission-v2') ? 'system/*.rs' : 'system/*.read';
    const answer = await tokenClient.request({
      client,
      credentials: withSecret(secret),
      parameters: { grant_type: 'client_credentials', scope },
    });
    should('client-symmetric/backend-not-intended', answer.kind !== 'granted', {
      expected: `client credentials for ${scope} to be refused to ${client.clientId}, which authenticates with a secret`,
      actual: answerInWords(answer),
      because: [accepted, answer.exchange],
    });
  },
});

export const secretTests = [basicAccepted, formEncodedSecret, wrongSecret, notForServices];

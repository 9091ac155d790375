import { answered } from '../../src/artifacts/document.ts';
import { registrar, registration } from '../../src/artifacts/registration.ts';
import { jsonObjectIn } from '../../src/http/json-object-in.ts';
import { describe, Skip, test } from '../../src/kit/index.ts';

/** Errors of RFC 7591 section 3.2.2. */
const registrationErrors = [
  'invalid_redirect_uri',
  'invalid_client_metadata',
  'invalid_software_statement',
  'unapproved_software_statement',
];

const answers201 = test({
  id: 'client-asymmetric/registration-answers-201',
  title: 'A registration is answered 201 with a client_id, or refused as RFC 7591 has it',
  requirements: ['client-asymmetric/registration-answers-201'],
  needs: [registration],
  run({ registration: { exchange }, must }) {
    const { client_id: clientId, error } = jsonObjectIn(exchange) ?? {};
    const status = exchange.response?.status ?? 0;
    const isRegistered = status === 201 && typeof clientId === 'string' && clientId !== '';
    const isRefused = status === 400 && registrationErrors.includes(String(error));
    must('client-asymmetric/registration-answers-201', isRegistered || isRefused || [401, 403].includes(status), {
      expected: '201 with a client_id, or 400 with an error of RFC 7591 section 3.2.2, or 401 or 403',
      actual: `${answered(exchange)}, client_id ${describe(clientId)}, error ${describe(error)}`,
      because: exchange,
    });
  },
});

const repeatsMetadata = test({
  id: 'client-asymmetric/registration-repeats-metadata',
  title: 'The answer to a registration repeats what was registered',
  requirements: ['client-asymmetric/registration-repeats-metadata'],
  needs: [registration],
  run({ registration: { metadata, exchange }, must }) {
    const requirement = 'client-asymmetric/registration-repeats-metadata';
    const answer = jsonObjectIn(exchange);
    if (exchange.response?.status !== 201 || !answer) {
      throw new Skip('undecided', `the registration was not accepted: ${answered(exchange)}`);
    }
    // The server may put other values in their place.
    const missing = Object.keys(metadata).filter(
      (name) => !(name in answer) && !(name === 'jwks' && 'jwks_uri' in answer),
    );
    must(requirement, missing.length === 0, {
      expected: 'all registered metadata in the answer (RFC 7591 section 3.2.1)',
      actual: missing.length === 0 ? 'all there' : `no ${missing.join(', ')}`,
      because: exchange,
    });
    must(requirement, !('jwks' in answer && 'jwks_uri' in answer), {
      expected: 'jwks or jwks_uri, and not both (RFC 7591 section 2)',
      actual: 'jwks' in answer && 'jwks_uri' in answer ? 'both' : 'not both',
      because: exchange,
    });
    if (answer.client_secret === undefined) return;
    must(requirement, Number.isInteger(answer.client_secret_expires_at), {
      expected: 'client_secret_expires_at, an integer, beside client_secret',
      actual: describe(answer.client_secret_expires_at),
      because: exchange,
    });
  },
});

const errorForm = test({
  id: 'client-asymmetric/registration-error-form',
  title: 'A registration that no server can take is answered 400 with an error in JSON',
  requirements: ['client-asymmetric/registration-error-form'],
  needs: [registrar],
  async run({ registrar, must, undecided }) {
    const requirement = 'client-asymmetric/registration-error-form';
    const { exchange } = await registrar.register({
      redirect_uris: ['not a uri#x'],
      token_endpoint_auth_method: 'private_key_jwt',
    });
    const status = exchange.response?.status ?? 0;
    if ([201, 401, 403, 429].includes(status)) {
      const message = `a registration with a redirect URI that is none, and without keys, was answered ${answered(exchange)}`;
      return undecided(requirement, { message, because: exchange });
    }
    const error = jsonObjectIn(exchange)?.error;
    must(requirement, status === 400 && typeof error === 'string', {
      expected: '400 with an error in JSON (RFC 7591 section 3.2.2)',
      actual: `${answered(exchange)}, error ${describe(error)}`,
      because: exchange,
    });
  },
});

export const registrationTests = [answers201, repeatsMetadata, errorForm];

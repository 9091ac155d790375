import { metadataDocument } from '../../src/artifacts/capability-statement.ts';
import { allowsOrigin, anyOrigin, registeredOrigin } from '../../src/artifacts/cross-origin.ts';
import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { protectedRead } from '../../src/artifacts/protected-read.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { jsonObjectIn } from '../../src/http/json-object-in.ts';
import { configuration, Skip, test } from '../../src/kit/index.ts';
import { belowBase } from '../../src/smart/well-known.ts';

const cors = test({
  id: 'scopes/cors-fhir-responses',
  title: 'The app\u2019s pages may read what the FHIR API answers',
  requirements: ['scopes/cors-fhir-responses'],
  needs: [protectedRead, registeredOrigin],
  async run({ protectedRead: { send, launch }, registeredOrigin: origin, must, info }) {
    const authorization = `Bearer ${launch.tokens.accessToken}`;
    const [own, other] = await Promise.all([
      send({ authorization, origin }),
      send({ authorization, origin: anyOrigin }),
    ]);
    must('scopes/cors-fhir-responses', isSuccess(own) && allowsOrigin(own, origin), {
      expected: `Access-Control-Allow-Origin * or ${origin}`,
      actual: `${answered(own)}, Access-Control-Allow-Origin ${own.response?.headers['access-control-allow-origin'] ?? 'absent'}`,
      because: own,
    });
    if (allowsOrigin(other, anyOrigin)) {
      info('scopes/cors-fhir-responses', { message: 'any other origin may read them too', because: other });
    }
  },
});

const errors = test({
  id: 'scopes/errors-operation-outcome',
  title: 'Errors of the FHIR API carry an OperationOutcome',
  requirements: ['scopes/errors-operation-outcome'],
  needs: [protectedRead, fhirBaseUrl],
  async run({ protectedRead: { send, launch }, fhirBaseUrl, should }) {
    const missing = belowBase(fhirBaseUrl, 'Patient/smart-check-no-such-patient');
    const answers = await Promise.all([
      send({}),
      send({ authorization: `Bearer ${launch.tokens.accessToken}` }, missing),
    ]);
    const refused = answers.filter((answer) => !isSuccess(answer));
    if (refused.length === 0) throw new Skip('undecided', 'neither request was answered with an error');
    for (const exchange of refused) {
      const type = jsonObjectIn(exchange)?.resourceType;
      should('scopes/errors-operation-outcome', type === 'OperationOutcome', {
        expected: 'an OperationOutcome in the body of an error',
        actual: `${answered(exchange)}${typeof type === 'string' ? `, a ${type}` : ''}`,
        because: exchange,
      });
    }
  },
});

const metadataOpen = test({
  id: 'scopes/metadata-open',
  title: '/metadata is open to anyone',
  requirements: ['scopes/metadata-open'],
  needs: [configuration, metadataDocument],
  run({ configuration: { clients }, metadataDocument, must, should }) {
    const { exchange, kind } = metadataDocument;
    const status = exchange.response?.status;
    const isClosed = status === 401 || status === 403;
    if (!isClosed && kind !== 'object') {
      throw new Skip('undecided', `/metadata is not served at all: ${metadataDocument.instead}`);
    }
    const demand = isClosed && !clients.public?.origin ? should : must;
    demand('scopes/metadata-open', !isClosed, {
      expected: 'the CapabilityStatement, without a token',
      actual: answered(exchange),
      because: exchange,
    });
  },
});

export const fhirApiTests = [cors, errors, metadataOpen];

import type { Endpoint, RequestContext } from '../endpoint.ts';
import { operationOutcome } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** The FHIR API. It has issued no token yet, so it serves nobody (RFC 6750 section 3). */
export function fhirEndpoint({ fhirVersion }: Setup): Endpoint {
  const answer = ({ req }: RequestContext): Response => {
    // `/fhir` itself and `/fhir/` are where searches of everything, batches and transactions go.
    const [first = ''] = req.path
      .slice(req.path.indexOf('/fhir') + 1)
      .split('/')
      .slice(1);
    if (!/^([A-Z][A-Za-z]*|[_$][A-Za-z-]+)?$/.test(first)) {
      return refuse(404, 'not-found', `there is nothing at ${req.path}`);
    }
    return /^bearer +\S/i.test(req.header('authorization') ?? '')
      ? refuse(401, 'login', 'the access token is not one of this server', 'Bearer realm="fhir", error="invalid_token"')
      : refuse(401, 'login', 'an access token is needed', 'Bearer realm="fhir"');
  };
  const refuse = (status: number, code: string, text: string, challenge?: string) =>
    operationOutcome(fhirVersion, code, text, {
      status,
      headers: challenge === undefined ? {} : { 'www-authenticate': challenge },
    });
  return {
    name: 'fhir',
    paths: ['/fhir', '/fhir/*'],
    methods: { GET: answer, POST: answer, PUT: answer, PATCH: answer, DELETE: answer },
    refuse: (status, text) => refuse(status, 'not-supported', text),
  };
}

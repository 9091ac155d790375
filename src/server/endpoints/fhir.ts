import type { AccessGrant } from '../access.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Endpoint, RequestContext } from '../endpoint.ts';
import { acceptsJson, isOf, jsonMediaTypes, mediaType } from '../fhir/accept.ts';
import type { Refusal } from '../fhir/bearer.ts';
import { bearerOutcome } from '../fhir/bearer-outcome.ts';
import { type Call, type FhirAnswer, type FhirService, InsufficientScope } from '../fhir/call.ts';
import { dispatch } from '../fhir/dispatch.ts';
import { FhirProblem } from '../fhir/fhir-problem.ts';
import { parseBody } from '../fhir/parse-body.ts';
import { resourceTypes } from '../fhir/resource-types.ts';
import { createStore } from '../fhir/store.ts';
import { syntheticRecord } from '../record/synthetic-record.ts';
import { fhirJson, operationOutcome } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** The FHIR API: it serves those whose access token lets them (RFC 6750). */
export function fhirEndpoint(setup: Setup, behaviour: Behaviour): Endpoint {
  const { fhirVersion } = setup;
  const service: FhirService = {
    setup,
    store: createStore(syntheticRecord(fhirVersion), setup.startedAt),
    types: new Map(resourceTypes(fhirVersion).map((type) => [type.type, type])),
    access: behaviour.fhirAccess,
  };

  const answer = async (context: RequestContext): Promise<Response> => {
    const path = pathBelowBase(context, setup);
    if (!path) return refuse(404, 'not-found', `there is nothing at ${context.req.path}`);
    const request = context.req.raw;
    const authorization = bearerOutcome(request, behaviour);
    if (authorization.kind !== 'granted') return refuseToken(authorization);
    try {
      return respond(dispatch(await callOf(service, request, path, authorization.grant)));
    } catch (error) {
      if (error instanceof InsufficientScope) {
        return refuseToken({ kind: 'insufficient-scope', description: error.message, scope: error.scope });
      }
      if (error instanceof FhirProblem) return refuse(error.status, error.code, error.message, error.headers);
      throw error;
    }
  };

  const respond = ({ status, headers = {}, resource }: FhirAnswer) =>
    resource ? fhirJson(resource, fhirVersion, { status, headers }) : new Response(null, { status, headers });
  const refuse = (status: number, code: string, text: string, headers: Readonly<Record<string, string>> = {}) =>
    operationOutcome(fhirVersion, code, text, { status, headers });
  const refuseToken = (refusal: Refusal) => {
    const { status, challenge } = behaviour.bearer.refusal(refusal);
    const text = refusal.kind === 'no-token' ? 'an access token is needed' : refusal.description;
    const headers = challenge === null ? undefined : { 'www-authenticate': challenge };
    return refuse(status, issueTypes[refusal.kind], text, headers);
  };

  return {
    name: 'fhir',
    paths: ['/fhir', '/fhir/*'],
    methods: { GET: answer, POST: answer, PUT: answer, PATCH: answer, DELETE: answer },
    refuse: (status, text) => refuse(status, 'not-supported', text),
  };
}

const issueTypes = {
  'no-token': 'login',
  'invalid-request': 'invalid',
  'invalid-token': 'login',
  'insufficient-scope': 'forbidden',
} as const satisfies Record<Refusal['kind'], string>;

/** The segments below the base URL, of which there are none in searches of everything, batches and transactions. */
function pathBelowBase({ req }: RequestContext, { site }: Setup): readonly string[] | null {
  // A proxy may have cut off what stands before /fhir.
  const published = new URL(site.fhir).pathname;
  const base = `${req.path}/`.startsWith(`${published}/`) ? published : '/fhir';
  const segments = req.path
    .slice(base.length)
    .split('/')
    .filter((segment) => segment !== '');
  const [first = ''] = segments;
  return /^([A-Z][A-Za-z]*|[_$][A-Za-z-]+)?$/.test(first) ? segments : null;
}

async function callOf(
  service: FhirService,
  request: Request,
  path: readonly string[],
  grant: AccessGrant,
): Promise<Call> {
  const { method, headers } = request;
  const contentType = headers.get('content-type') ?? '';
  const type = mediaType(contentType);
  const { fhirVersion } = service.setup;
  const text = method === 'GET' || method === 'HEAD' ? '' : await request.text();
  const parameters = new URL(request.url).searchParams;
  if (method === 'POST' && path.at(-1) === '_search') addForm(parameters, text, type);
  if (!acceptsJson(headers.get('accept'), parameters.get('_format'), fhirVersion)) {
    throw new FhirProblem(406, 'not-supported', `only JSON of FHIR ${fhirVersion} is served here`);
  }
  return {
    service,
    grant,
    method: method === 'HEAD' ? 'GET' : method,
    path,
    parameters,
    header: (name) => headers.get(name),
    body(kind) {
      if (isOf(fhirVersion, contentType)) return parseBody(text, type, bodyTypes[kind]);
      throw new FhirProblem(415, 'not-supported', `the body must be of FHIR ${fhirVersion}`);
    },
    entryOf: null,
  };
}

function addForm(parameters: URLSearchParams, text: string, type: string): void {
  if (text !== '' && type !== 'application/x-www-form-urlencoded') {
    throw new FhirProblem(415, 'not-supported', 'a search by POST sends application/x-www-form-urlencoded');
  }
  for (const [name, value] of new URLSearchParams(text)) parameters.append(name, value);
}

const bodyTypes: Readonly<Record<'resource' | 'patch', readonly string[]>> = {
  resource: jsonMediaTypes,
  patch: ['application/json-patch+json'],
};

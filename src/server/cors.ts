import type { EndpointName } from './endpoint.ts';
import type { Setup } from './setup.ts';

/** Who may read an endpoint's answers from a page, and how (https://fetch.spec.whatwg.org/#http-cors-protocol). */
export interface CorsPolicy {
  /** The value of Access-Control-Allow-Origin for a page of `origin`; null forbids. */
  allowOrigin(origin: string): string | null;
  /** Whether the value above depends on the origin, and Vary says so. */
  readonly varies: boolean;
  readonly credentials: boolean;
  /** Whether pages may read answers with statuses from 400 as well. */
  readonly errorsToo: boolean;
  /** Of preflights; without one it is refused, at statuses from 400. */
  readonly preflightStatus: number;
  readonly methods: readonly string[];
  readonly requestHeaders: readonly string[];
  readonly exposedHeaders: readonly string[];
}

const requestHeaders = ['authorization', 'content-type', 'if-match', 'if-none-match', 'prefer', 'accept'];

const closed: CorsPolicy = {
  allowOrigin: () => null,
  varies: false,
  credentials: false,
  errorsToo: true,
  preflightStatus: 204,
  methods: [],
  requestHeaders: [],
  exposedHeaders: [],
};

const anyOrigin: CorsPolicy = { ...closed, allowOrigin: () => '*', methods: ['GET', 'HEAD'], requestHeaders };

/** What the guide asks for: documents for any origin, the token endpoint and the FHIR API for registered ones. */
export function conformantCors({ clients }: Setup): (endpoint: EndpointName) => CorsPolicy {
  const origins = new Set(clients.flatMap(({ origin }) => origin ?? []));
  const registeredOrigins: CorsPolicy = {
    ...closed,
    allowOrigin: (origin) => (origins.has(origin) ? origin : null),
    varies: true,
    methods: ['POST'],
    requestHeaders,
    exposedHeaders: ['www-authenticate'],
  };
  const fhir: CorsPolicy = {
    ...registeredOrigins,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['etag', 'location', 'content-location', 'link', 'last-modified', 'www-authenticate'],
  };
  const policies: Readonly<Record<EndpointName, CorsPolicy>> = {
    'smart-configuration': anyOrigin,
    metadata: anyOrigin,
    versions: anyOrigin,
    'openid-configuration': anyOrigin,
    jwks: anyOrigin,
    brands: { ...anyOrigin, exposedHeaders: ['etag'] },
    'brand-logos': anyOrigin,
    'smart-style': anyOrigin,
    token: registeredOrigins,
    userinfo: { ...registeredOrigins, methods: ['GET', 'HEAD', 'POST'] },
    introspect: registeredOrigins,
    revoke: registeredOrigins,
    fhir,
    'app-state': fhir,
    authorize: closed,
    interaction: closed,
    'end-session': closed,
    ehr: closed,
    manage: closed,
    elsewhere: closed,
  };
  return (endpoint) => policies[endpoint];
}

/** Whether a browser asks here what a page may do. */
export function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');
}

/** The answer to a preflight. A policy that allows the origin nothing names neither methods nor headers. */
export function answerPreflight(policy: CorsPolicy, request: Request): Response {
  const answer = new Response(null, { status: policy.preflightStatus });
  if (policy.preflightStatus >= 400) return answer;
  if (allowOrigin(answer.headers, policy, request)) {
    answer.headers.set('access-control-allow-methods', policy.methods.join(', '));
    answer.headers.set('access-control-allow-headers', policy.requestHeaders.join(', '));
    answer.headers.set('access-control-max-age', '600');
  }
  return answer;
}

/** Lets pages read an answer, as far as the policy goes. */
export function letPagesRead(answer: Response, policy: CorsPolicy, request: Request): void {
  if (answer.status >= 400 && !policy.errorsToo) return;
  if (allowOrigin(answer.headers, policy, request) && policy.exposedHeaders.length > 0) {
    answer.headers.set('access-control-expose-headers', policy.exposedHeaders.join(', '));
  }
}

function allowOrigin(headers: Headers, policy: CorsPolicy, request: Request): boolean {
  if (policy.varies) headers.append('vary', 'Origin');
  const origin = request.headers.get('origin');
  const allowed = origin === null ? null : policy.allowOrigin(origin);
  if (allowed === null) return false;
  headers.set('access-control-allow-origin', allowed);
  if (policy.credentials) headers.set('access-control-allow-credentials', 'true');
  return true;
}

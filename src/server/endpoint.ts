import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** A request as handlers and faults see it; `env` holds Node's own request and response. */
export type RequestContext = Context<{ Bindings: HttpBindings }>;

export type EndpointName =
  | 'smart-configuration'
  | 'metadata'
  | 'versions'
  | 'openid-configuration'
  | 'jwks'
  | 'authorize'
  | 'interaction'
  | 'token'
  | 'userinfo'
  | 'end-session'
  | 'introspect'
  | 'revoke'
  | 'manage'
  | 'brands'
  | 'brand-logos'
  | 'ehr'
  | 'smart-style'
  | 'fhir'
  | 'app-state'
  /** Whatever is none of these. */
  | 'elsewhere';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One address of the server. HEAD and OPTIONS follow from the methods it has. */
export interface Endpoint {
  readonly name: EndpointName;
  /** Below the base URL, in hono's notation. */
  readonly paths: readonly string[];
  readonly methods: Readonly<Partial<Record<Method, (context: RequestContext) => Response | Promise<Response>>>>;
  /** An error in the form that callers of this endpoint read. */
  refuse(status: number, text: string): Response;
}

/** The methods a client may use, for Allow and Access-Control-Allow-Methods. */
export function allowedMethods({ methods }: Pick<Endpoint, 'methods'>): string {
  const names = Object.keys(methods);
  return [...names, ...(names.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
}

import { type HttpClient, type HttpRequest, Skip } from '../kit/index.ts';

export interface WriteGuard {
  readonly allowWrites: boolean;
  readonly fhirBaseUrl: string | null;
}

/**
 * The one place that keeps a run from writing: unless writes are allowed, no request that could change what a server
 * stores gets past it, whoever made it. Of the FHIR API only GET, HEAD and OPTIONS are left, so that searches by POST
 * and batches, which may be harmless, are asked for permission, too.
 *
 * `send` of the client returned throws Skip where a request writes and may not.
 */
export function guardWrites<Client extends HttpClient>(
  client: Client,
  { allowWrites, fhirBaseUrl }: WriteGuard,
): Client {
  if (allowWrites) return client;
  return {
    ...client,
    async send(request) {
      if (!mayWrite(request, fhirBaseUrl)) return client.send(request);
      const { method, url } = request;
      throw new Skip(
        'not-allowed',
        `${method} ${String(url)} is no mere reading: allowWrites (or --allow-writes) permits it`,
      );
    },
  };
}

const reading = ['GET', 'HEAD', 'OPTIONS'];
const fhirBody = /\bfhir\b|json-patch/i;

/** Forms go to OAuth endpoints, which may live below the FHIR base URL; what FHIR writes is never one. */
function mayWrite({ method = 'GET', url, headers = {}, body }: HttpRequest, fhirBaseUrl: string | null): boolean {
  if (reading.includes(method)) return false;
  if (method !== 'POST') return true;
  const target = new URL(url);
  const types = Object.entries(headers).filter(([name]) => name.toLowerCase() === 'content-type');
  if (types.some(([, type]) => fhirBody.test(type)) || /\/_search\/?$/.test(target.pathname)) return true;
  return !(body instanceof URLSearchParams) && fhirBaseUrl !== null && isBelow(target, new URL(fhirBaseUrl));
}

function isBelow(url: URL, base: URL): boolean {
  const folder = base.pathname.replace(/\/*$/, '/');
  return url.origin === base.origin && `${url.pathname}/`.startsWith(folder);
}

import { isIn } from './fhir/span.ts';
import type { JsonObject } from './json.ts';
import type { FhirVersion } from './options.ts';

/** The media type of FHIR's JSON, which had another name in DSTU2. */
export function fhirMediaType(version: FhirVersion): string {
  return version === '1.0.2' ? 'application/json+fhir' : 'application/fhir+json';
}

interface Extra {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export function json(document: unknown, { status = 200, headers = {} }: Extra = {}): Response {
  return new Response(JSON.stringify(document), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

export function fhirJson(resource: JsonObject, version: FhirVersion, { status = 200, headers = {} }: Extra = {}) {
  return json(resource, {
    status,
    headers: { 'content-type': `${fhirMediaType(version)}; charset=utf-8`, ...headers },
  });
}

/** An error below the FHIR base URL; `code` is one of FHIR's issue types. */
export function operationOutcome(version: FhirVersion, code: string, diagnostics: string, extra: Extra): Response {
  return fhirJson(outcome(version, code, diagnostics), version, extra);
}

/** The resource in it. */
export function outcome(version: FhirVersion, code: string, diagnostics: string): JsonObject {
  // R4 tells what was deleted from what never was.
  const known = code === 'deleted' && isIn(version, { until: '3.0.2' }) ? 'not-found' : code;
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: known, diagnostics }] };
}

/** An error of an OAuth endpoint (RFC 6749 section 5.2). */
export function oauthError(error: string, description: string, { status = 400, headers = {} }: Extra = {}): Response {
  return json({ error, error_description: description }, { status, headers: { ...notStored, ...headers } });
}

/** RFC 6749 section 5.1 asks for both. */
export const notStored = { 'cache-control': 'no-store', pragma: 'no-cache' };

/** What a browser is shown instead of what it asked for; `text` is HTML. */
export function refusalPage(status: number, text: string): Response {
  return page('This request cannot be served', `<p>${text}</p>`, { status });
}

/** A small page; `body` is HTML and the caller's care. */
export function page(title: string, body: string, { status = 200, headers = {} }: Extra = {}): Response {
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body><h1>${title}</h1>
${body}
</body>
</html>
`;
  return new Response(html, { status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers } });
}

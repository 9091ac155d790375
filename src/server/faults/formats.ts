/** Data that come out in another format than FHIR's JSON, or in the body of an answer that refuses them. */
import type { Override } from '../behaviour.ts';
import { resourceXml } from '../fhir/xml.ts';
import { isJsonObject } from '../json.ts';
import type { Setup } from '../setup.ts';
import { together } from '../together.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers, listing, plus } from './overrides.ts';

/** How XML was asked for. */
type Asking = 'accept' | 'format';

const mediaTypes: readonly string[] = ['application/fhir+xml', 'application/xml+fhir', 'application/xml', 'text/xml'];

/** The FHIR API in XML beside JSON; `change` alters the headers of the requests for it. */
export function speaksXml(change: (headers: Headers, asking: Asking, setup: Setup) => void = () => {}): Override {
  return together(
    (usual) => ({ capabilityStatement: () => listing('format', plus('xml'))(usual.capabilityStatement()) }),
    changesAnswers('fhir', async (answer, { request, context }, _usual, setup) => {
      const asking = asksForXml(request);
      if (asking === null) return answer();
      const url = new URL(request.url);
      url.searchParams.delete('_format');
      const headers = new Headers(request.headers);
      headers.set('accept', 'application/json');
      change(headers, asking, setup);
      context.req.raw = new Request(new Request(url, request), { headers });
      return inXml(await answer());
    }),
  );
}

function asksForXml({ url, headers }: Request): Asking | null {
  const format = new URL(url).searchParams.get('_format')?.replace(' ', '+');
  if (format !== undefined) return ['xml', ...mediaTypes].includes(format) ? 'format' : null;
  const [first = ''] = (headers.get('accept') ?? '').split(',');
  return mediaTypes.includes(first.split(';')[0]?.trim() ?? '') ? 'accept' : null;
}

async function inXml(answer: Response): Promise<Response> {
  const text = await answer.text();
  const resource: unknown = text === '' ? null : JSON.parse(text);
  const headers = new Headers(answer.headers);
  headers.set('content-type', 'application/fhir+xml; charset=utf-8');
  const { status } = answer;
  return isJsonObject(resource)
    ? new Response(resourceXml(resource), { status, headers })
    : new Response(null, { status, headers: answer.headers });
}

/** A token that is good for everything; null before there is any. */
export function almighty({ vault }: Setup): string | null {
  const issued = [...vault.accessTokens.values()].at(-1);
  if (!issued) return null;
  vault.accessTokens.set('almighty', { ...issued, scopes: ['system/*.cruds'] });
  return 'almighty';
}

/** Nobody looks at the token of requests for XML of this kind, where it is such a one. */
function openInXml(kind: Asking, isSuch: (authorization: string | null, setup: Setup) => boolean): Override {
  return speaksXml((headers, asking, setup) => {
    if (asking !== kind || !isSuch(headers.get('authorization'), setup)) return;
    headers.set('authorization', `Bearer ${almighty(setup) ?? ''}`);
  });
}

/** Whether it is a token of the server. */
export function isIssued(authorization: string | null, { vault }: Setup): boolean {
  return vault.accessTokens.has(authorization?.replace(/^bearer /i, '') ?? '');
}

/** Reads that are refused with such a status carry what was asked for all the same. */
function refusesBeside(...statuses: readonly number[]): Override {
  return changesAnswers('fhir', async (answer, { request, context }, _usual, setup) => {
    const refused = await answer();
    const token = almighty(setup);
    if (request.method !== 'GET' || !statuses.includes(refused.status) || token === null) return refused;
    const headers = new Headers(request.headers);
    headers.set('authorization', `Bearer ${token}`);
    context.req.raw = new Request(request.url, { headers });
    const told = await answer();
    return told.status === 200 ? new Response(await told.text(), refused) : refused;
  });
}

/** Errors are to carry an OperationOutcome, and nothing else. */
const errors = ['scopes/errors-operation-outcome'];
const openTo401 = [...errors, 'app-state/token-required', 'scopes/audience-enforced', 'scopes/expired-token-refused'];
const openTo403 = [
  ...errors,
  'backend-services/unauthorized-scope-refused',
  'scopes/read-scope',
  'scopes/search-scope',
];

const rows: readonly FaultRow[] = [
  {
    id: 'scopes/token-validated~body-of-401',
    level: 'fail',
    summary: 'Who comes without a token is answered 401, with what was asked for in the body',
    also: [...openTo401, 'backend-services/token-validated'],
    override: refusesBeside(401),
  },
  {
    id: 'scopes/scope-covers-request~body-of-403',
    level: 'fail',
    summary: 'What no scope is for is answered 403, with what was asked for in the body',
    also: [...openTo403, 'backend-services/requested-scopes-restrict'],
    override: refusesBeside(403),
  },
  {
    id: 'backend-services/requested-scopes-restrict~body-of-403',
    level: 'fail',
    summary: 'What a service has no scope for is answered 403, with what was asked for in the body',
    also: [...openTo403, 'scopes/scope-covers-request'],
    override: refusesBeside(403),
  },
  {
    id: 'backend-services/token-validated~body-of-401',
    level: 'fail',
    summary: 'Whose token is none of the server is answered 401, with what was asked for in the body',
    also: [...openTo401, 'scopes/token-validated'],
    override: refusesBeside(401),
  },
  {
    id: 'scopes/one-patient-only~body-of-404',
    level: 'fail',
    summary: 'Records of other patients are answered 404, with the record in the body',
    also: [...errors, 'scopes/granular-scope-filters', 'scopes/within-user-rights'],
    override: refusesBeside(404),
  },
  {
    id: 'scopes/token-validated~xml-by-accept',
    level: 'fail',
    summary: 'Requests that accept XML are served without a token',
    override: openInXml('accept', (authorization, setup) => !isIssued(authorization, setup)),
  },
  {
    id: 'scopes/token-validated~xml-by-format',
    level: 'fail',
    summary: 'Requests with _format=xml are served without a token',
    override: openInXml('format', (authorization, setup) => !isIssued(authorization, setup)),
  },
  {
    id: 'scopes/scope-covers-request~xml',
    level: 'fail',
    summary: 'Scopes are not looked at where XML is asked for',
    also: ['scopes/one-patient-only'],
    override: openInXml('accept', isIssued),
  },
  {
    id: 'scopes/one-patient-only~xml',
    level: 'fail',
    summary: 'With _format=xml, tokens for one patient bring the records of others',
    also: ['scopes/scope-covers-request'],
    override: openInXml('format', isIssued),
  },
];

export const formatFaults = faultsOf(rows);

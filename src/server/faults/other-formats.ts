/** Data that come out in formats other than JSON and XML, by GraphQL, or in the words of a refusal. */
import type { Asked, Override } from '../behaviour.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import type { Setup } from '../setup.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { almighty, isIssued } from './formats.ts';
import { changesAnswers, replaceRequest } from './overrides.ts';

type WhoseToken = (authorization: string | null, setup: Setup) => boolean;

const isNobodys: WhoseToken = (authorization, setup) => !isIssued(authorization, setup);

interface Format {
  readonly name: string;
  readonly mediaType: string;
  write(resource: JsonObject): string;
}

const turtle: Format = {
  name: 'ttl',
  mediaType: 'text/turtle',
  write: (resource) => `@prefix fhir: <http://hl7.org/fhir/> .\n[ ${predicates(resource)} ] .\n`,
};

const html: Format = {
  name: 'html',
  mediaType: 'text/html',
  write: (resource) => `<!doctype html><title>FHIR</title><pre>${escaped(JSON.stringify(resource, null, 2))}</pre>`,
};

function predicates(resource: JsonObject): string {
  const object = (value: unknown): string =>
    isJsonObject(value) ? `[ ${predicates(value)} ]` : JSON.stringify(String(value));
  return Object.entries(resource)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => `fhir:${name} ${object(one)}`))
    .join(' ; ');
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The FHIR API in one more format, where nobody looks at tokens such as these. */
function openIn({ name, mediaType, write }: Format, isSuch: WhoseToken): Override {
  return changesAnswers('fhir', async (answer, asked, _usual, setup) => {
    const { request } = asked;
    const url = new URL(request.url);
    const isAsked =
      url.searchParams.get('_format') === name || (request.headers.get('accept') ?? '').startsWith(mediaType);
    if (!isAsked || request.method !== 'GET') return answer();
    url.searchParams.delete('_format');
    const given = await answeredTo(asJson(request.headers, isSuch, setup), url, asked, answer);
    return given.resource
      ? new Response(write(given.resource), { ...given, headers: { 'content-type': mediaType } })
      : given.response;
  });
}

/** GraphQL, where nobody looks at tokens such as these. */
function openToGraphql(isSuch: WhoseToken): Override {
  return changesAnswers('fhir', async (answer, asked, _usual, setup) => {
    const { request } = asked;
    const url = new URL(request.url);
    if (!url.pathname.endsWith('/$graphql')) return answer();
    const [, type = '', id = ''] = /\{\s*(\w+)\s*\(id:\s*"([^"]+)"\)/.exec(url.searchParams.get('query') ?? '') ?? [];
    url.pathname = url.pathname.replace('$graphql', `${type}/${id}`);
    url.search = '';
    const given = await answeredTo(asJson(request.headers, isSuch, setup), url, asked, answer);
    return Response.json({ data: { [type]: given.status === 200 ? given.resource : null } });
  });
}

function asJson(asked: Headers, isSuch: WhoseToken, setup: Setup): Headers {
  const headers = new Headers(asked);
  headers.set('accept', 'application/json');
  if (isSuch(asked.get('authorization'), setup)) headers.set('authorization', `Bearer ${almighty(setup) ?? ''}`);
  return headers;
}

async function answeredTo(
  headers: Headers,
  url: URL,
  asked: Asked,
  answer: () => Promise<Response>,
): Promise<{ readonly status: number; readonly resource: JsonObject | null; readonly response: Response }> {
  replaceRequest(asked, url, { headers });
  const response = await answer();
  const resource: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return { status: response.status, resource: isJsonObject(resource) ? resource : null, response };
}

/** A refusal that says in words what it refuses. */
const refusesInWords = (...statuses: readonly number[]): Override =>
  changesAnswers('fhir', async (answer, { request, context }, _usual, setup) => {
    const refused = await answer();
    const token = almighty(setup);
    if (request.method !== 'GET' || !statuses.includes(refused.status) || token === null) return refused;
    context.req.raw = new Request(request.url, { headers: { authorization: `Bearer ${token}` } });
    const told = await answer();
    if (told.status !== 200) return refused;
    const diagnostics = `not for you: ${await told.text()}`;
    const issue = [{ severity: 'error', code: 'forbidden', diagnostics }];
    return new Response(JSON.stringify({ resourceType: 'OperationOutcome', issue }), refused);
  });

const consequences = [
  ...['scopes/one-patient-only', 'scopes/scope-covers-request', 'scopes/granular-scope-filters'],
  ...['scopes/within-user-rights', 'scopes/read-scope', 'scopes/search-scope'],
  ...['backend-services/requested-scopes-restrict', 'backend-services/unauthorized-scope-refused'],
];

const rows: readonly FaultRow[] = [
  ...[turtle, html].flatMap((format): readonly FaultRow[] => [
    {
      id: `scopes/token-validated~${format.name}`,
      level: 'fail',
      summary: `In ${format.mediaType} everything is served without a token`,
      override: openIn(format, isNobodys),
    },
    {
      id: `scopes/scope-covers-request~${format.name}`,
      level: 'fail',
      summary: `Scopes are not looked at where ${format.mediaType} is asked for`,
      also: consequences,
      override: openIn(format, isIssued),
    },
    {
      id: `scopes/one-patient-only~${format.name}`,
      level: 'fail',
      summary: `In ${format.mediaType}, tokens for one patient bring the records of others`,
      also: consequences,
      override: openIn(format, isIssued),
    },
  ]),
  {
    id: 'scopes/token-validated~graphql',
    level: 'fail',
    summary: 'GraphQL needs no token',
    override: openToGraphql(isNobodys),
  },
  {
    id: 'scopes/scope-covers-request~graphql',
    level: 'fail',
    summary: 'GraphQL does not look at scopes',
    also: consequences,
    override: openToGraphql(isIssued),
  },
  {
    id: 'scopes/one-patient-only~graphql',
    level: 'fail',
    summary: 'GraphQL brings the records of all patients',
    also: consequences,
    override: openToGraphql(isIssued),
  },
  {
    id: 'scopes/scope-covers-request~words-of-403',
    level: 'fail',
    summary: 'What no scope is for is answered 403, with what was asked for in the diagnostics',
    also: consequences,
    override: refusesInWords(403),
  },
  {
    id: 'scopes/one-patient-only~words-of-404',
    level: 'fail',
    summary: 'Records of other patients are answered 404, with the record in the diagnostics',
    also: consequences,
    override: refusesInWords(404),
  },
];

export const otherFormatFaults = faultsOf(rows);

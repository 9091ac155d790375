import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Override } from '../behaviour.ts';
import { json } from '../responses.ts';
import { together } from '../together.ts';
import { errorPage, loginPage, notFound, retold } from './answers.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers } from './overrides.ts';

/** Without the document nothing can be asked of it; what asks for it in other ways finds it missing as well. */
const missing = ['discovery/json-whatever-accept', 'discovery/media-type'];

const location: readonly FaultRow[] = [
  {
    id: 'discovery/location~not-found',
    level: 'fail',
    summary: 'There is no SMART configuration',
    also: missing,
    override: changesAnswers('smart-configuration', notFound),
  },
  {
    id: 'discovery/location~only-at-host-root',
    level: 'fail',
    summary: 'The SMART configuration is at the root of the host, not below the FHIR base URL',
    also: missing,
    override: together(
      changesAnswers('smart-configuration', notFound),
      elsewhere('/.well-known/smart-configuration', (usual) => json(usual.smartConfiguration())),
    ),
  },
  {
    id: 'discovery/location~redirects-to-login-page',
    level: 'fail',
    summary: 'The SMART configuration redirects to a page where a user would sign in',
    also: missing,
    override: together(
      changesAnswers('smart-configuration', () => new Response(null, { status: 302, headers: { location: '/login' } })),
      elsewhere('/login', loginPage),
    ),
  },
  {
    id: 'discovery/location~html',
    level: 'fail',
    summary: 'A page of HTML stands in place of the SMART configuration, with status 200',
    also: missing,
    override: changesAnswers('smart-configuration', loginPage),
  },
  {
    id: 'discovery/location~html-as-json',
    level: 'fail',
    summary: 'A page of HTML is sent as application/json',
    also: missing,
    override: changesAnswers('smart-configuration', async () => retold(loginPage(), { type: 'application/json' })),
  },
  {
    id: 'discovery/location~array',
    level: 'fail',
    summary: 'The SMART configuration is wrapped in a JSON array',
    also: missing,
    override: changesText((text) => `[${text}]`),
  },
  {
    id: 'discovery/location~string',
    level: 'fail',
    summary: 'The SMART configuration is JSON written into a JSON string',
    also: missing,
    override: changesText((text) => JSON.stringify(text)),
  },
  {
    id: 'discovery/location~null',
    level: 'fail',
    summary: 'The SMART configuration is the JSON value null',
    also: missing,
    override: changesText(() => 'null'),
  },
  {
    id: 'discovery/location~truncated',
    level: 'fail',
    summary: 'The SMART configuration breaks off in the middle',
    also: missing,
    override: changesText((text) => text.slice(0, text.length / 2)),
  },
  {
    id: 'discovery/location~trailing-comma',
    level: 'fail',
    summary: 'The SMART configuration ends in a comma that JSON does not allow',
    also: missing,
    override: changesText((text) => text.replace(/}$/, ',}')),
  },
  {
    id: 'discovery/location~empty',
    level: 'fail',
    summary: 'The SMART configuration is empty',
    also: missing,
    override: changesText(() => ''),
  },
  {
    id: 'discovery/location~utf-16',
    level: 'fail',
    summary: 'The SMART configuration is in UTF-16 (RFC 8259 section 8.1 asks for UTF-8)',
    also: missing,
    override: changesText((text) => Uint8Array.from(Buffer.from(text, 'utf16le'))),
  },
  {
    id: 'discovery/location~server-error',
    level: 'fail',
    summary: 'The SMART configuration is answered with 500',
    also: missing,
    override: changesAnswers('smart-configuration', () => errorPage(500)),
  },
  {
    id: 'discovery/location~status-404',
    level: 'fail',
    summary: 'The SMART configuration comes with status 404',
    also: missing,
    override: changesAnswers('smart-configuration', async (answer) => {
      const { body, headers } = await answer();
      return new Response(body, { status: 404, headers });
    }),
  },
];

const accept: readonly FaultRow[] = [
  {
    id: 'discovery/json-whatever-accept~html-not-acceptable',
    level: 'fail',
    summary: 'Accept: text/html is answered with 406',
    also: ['discovery/media-type'],
    override: answersAccept(/text\/html/, () => json({ error: 'not acceptable' }, { status: 406 })),
  },
  {
    id: 'discovery/json-whatever-accept~html-page',
    level: 'fail',
    summary: 'Accept: text/html is answered with a page that shows the document',
    also: ['discovery/media-type'],
    override: answersAccept(/text\/html/, loginPage),
  },
  {
    id: 'discovery/json-whatever-accept~fhir-xml',
    level: 'fail',
    summary: 'Accept: application/fhir+xml is answered with XML',
    also: ['discovery/media-type'],
    override: answersAccept(/application\/fhir\+xml/, xml),
  },
  {
    id: 'discovery/json-whatever-accept~fhir-json-not-acceptable',
    level: 'fail',
    summary: 'Accept: application/fhir+json is answered with 406, as only application/json is offered',
    also: ['discovery/media-type'],
    override: answersAccept(/application\/fhir\+json/, () => json({ error: 'not acceptable' }, { status: 406 })),
  },
  {
    id: 'discovery/json-whatever-accept~image-not-acceptable',
    level: 'fail',
    summary: 'Accept: image/png is answered with 406 and nothing',
    also: ['discovery/media-type'],
    override: answersAccept(/image\/png/, () => new Response(null, { status: 406 })),
  },
  {
    id: 'discovery/json-whatever-accept~nothing-acceptable',
    level: 'fail',
    summary: 'Accept: */*;q=0 is answered with 406',
    also: ['discovery/media-type'],
    override: answersAccept(/\*\/\* *; *q=0$/, () => json({ error: 'not acceptable' }, { status: 406 })),
  },
  {
    id: 'discovery/json-whatever-accept~other-endpoints',
    level: 'warn',
    summary: 'Who asks for FHIR\u2019s JSON is told of another token endpoint',
    override: answersAccept(/fhir\+json/, async (answer) =>
      json({ ...(await answer.json()), token_endpoint: 'https://node-2.smart-check.test/oauth/token' }),
    ),
  },
  {
    id: 'discovery/json-whatever-accept~needs-accept',
    level: 'fail',
    summary: 'A request without Accept is answered with 400',
    also: ['discovery/media-type'],
    override: changesAnswers('smart-configuration', (answer, { request }) =>
      request.headers.has('accept') ? answer() : json({ error: 'Accept is missing' }, { status: 400 }),
    ),
  },
];

const mediaType: readonly FaultRow[] = [
  ['fhir-json', 'application/fhir+json', 'The SMART configuration is sent as application/fhir+json'],
  ['text-html', 'text/html; charset=utf-8', 'The SMART configuration is sent as text/html'],
  ['text-plain', 'text/plain', 'The SMART configuration is sent as text/plain'],
  ['text-json', 'text/json', 'The SMART configuration is sent as text/json'],
  ['json-patch', 'application/json-patch+json', 'The SMART configuration is sent as application/json-patch+json'],
  ['octet-stream', 'application/octet-stream', 'The SMART configuration is sent as application/octet-stream'],
].map(([variant, type, summary = '']) => ({
  id: `discovery/media-type~${variant}`,
  level: 'fail',
  summary,
  override: changesAnswers('smart-configuration', async (answer) => retold(await answer(), { type })),
}));

const oddMediaType: readonly FaultRow[] = [
  {
    id: 'discovery/media-type~absent',
    level: 'fail',
    summary: 'The SMART configuration is sent without a Content-Type',
    override: changesAnswers('smart-configuration', (answer, { context }) => {
      sendWithoutContentType(context.env.outgoing);
      return answer();
    }),
  },
  {
    id: 'discovery/media-type~echoes-accept',
    level: 'fail',
    summary: 'The SMART configuration is JSON under whatever media type is asked for',
    override: changesAnswers('smart-configuration', async (answer, { request }) =>
      retold(await answer(), { type: request.headers.get('accept') ?? 'application/json' }),
    ),
  },
  {
    id: 'discovery/media-type~fhir-json-when-asked',
    level: 'fail',
    summary: 'Accept: application/fhir+json turns the media type into application/fhir+json',
    override: answersAccept(/application\/fhir\+json/, (answer) => retold(answer, { type: 'application/fhir+json' })),
  },
];

const anonymous: readonly FaultRow[] = [
  {
    id: 'discovery/anonymous~needs-token',
    level: 'fail',
    summary: 'The SMART configuration is 401 unless a bearer token is sent',
    also: ['discovery/location', ...missing],
    override: changesAnswers('smart-configuration', (answer, { request }) =>
      request.headers.has('authorization') ? answer() : unauthorized(),
    ),
  },
  {
    id: 'discovery/anonymous~forbidden',
    level: 'fail',
    summary: 'The SMART configuration is 403 to everyone',
    also: ['discovery/location', ...missing],
    override: changesAnswers('smart-configuration', () => json({ error: 'forbidden' }, { status: 403 })),
  },
  {
    id: 'discovery/anonymous~refuses-bad-token',
    level: 'warn',
    summary: 'The SMART configuration is public, but 401 to a request with a token that is not valid',
    override: changesAnswers('smart-configuration', (answer, { request }) =>
      request.headers.has('authorization') ? unauthorized() : answer(),
    ),
  },
];

const unambiguous: readonly FaultRow[] = [
  {
    id: 'discovery/json-unambiguous~duplicate-member',
    level: 'warn',
    summary: 'token_endpoint is there twice, with different values',
    override: changesText((text) => text.replace('{', '{"token_endpoint":"https://old.smart-check.test/token",')),
  },
  {
    id: 'discovery/json-unambiguous~duplicate-member-escaped',
    level: 'warn',
    summary: 'capabilities is there twice, once with an escaped letter',
    override: changesText((text) => text.replace('{', '{"\\u0063apabilities":["launch-ehr"],')),
  },
  {
    id: 'discovery/json-unambiguous~duplicate-member-inside',
    level: 'warn',
    summary: 'system is there twice in user_access_brand_identifier',
    override: changesText((text) => text.replace('"system":', '"system":"urn:ietf:rfc:3986","system":')),
  },
  {
    id: 'discovery/json-unambiguous~byte-order-mark',
    level: 'warn',
    summary: 'The SMART configuration starts with a byte order mark',
    override: changesText((text) => `\ufeff${text}`),
  },
  {
    id: 'discovery/json-unambiguous~deep',
    level: 'warn',
    summary: 'A member of the SMART configuration is nested 200 levels deep',
    override: changesText((text) => text.replace('{', `{"x-tenants":${'['.repeat(200)}${']'.repeat(200)},`)),
  },
];

/** How the SMART configuration is served. */
export const documentFaults = faultsOf([
  ...location,
  ...accept,
  ...mediaType,
  ...oddMediaType,
  ...anonymous,
  ...unambiguous,
]);

function elsewhere(path: string, answer: (usual: Parameters<Override>[0]) => Response): Override {
  return changesAnswers('elsewhere', (otherwise, { context }, usual) =>
    context.req.path === path ? answer(usual) : otherwise(),
  );
}

function changesText(change: (text: string) => string | Uint8Array<ArrayBuffer>): Override {
  return changesAnswers('smart-configuration', async (answer) => {
    const usual = await answer();
    return retold(usual, { text: change(await usual.text()) });
  });
}

function answersAccept(wanted: RegExp, change: (answer: Response) => Response | Promise<Response>): Override {
  return changesAnswers('smart-configuration', async (answer, { request }) =>
    wanted.test(request.headers.get('accept') ?? '') ? change(await answer()) : answer(),
  );
}

function xml(): Response {
  const body = '<SmartConfiguration><capabilities value="launch-ehr"/></SmartConfiguration>';
  return new Response(body, { headers: { 'content-type': 'application/fhir+xml' } });
}

function unauthorized(): Response {
  return json({ error: 'unauthorized' }, { status: 401, headers: { 'www-authenticate': 'Bearer' } });
}

/** The adapter between hono and Node adds a Content-Type where there is none; this takes it off again. */
function sendWithoutContentType(outgoing: { writeHead: ServerResponse['writeHead'] }): void {
  const writeHead = outgoing.writeHead.bind(outgoing);
  Object.assign(outgoing, {
    writeHead: (status: number, { 'content-type': _, ...headers }: OutgoingHttpHeaders) => writeHead(status, headers),
  });
}

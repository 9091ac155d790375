import { randomUUID } from 'node:crypto';
import type { Asked, Override } from '../behaviour.ts';
import { offersExport } from '../faults/exports.ts';
import { speaksXml } from '../faults/formats.ts';
import { offersLastn } from '../faults/operations.ts';
import { listing, plus } from '../faults/overrides.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { together } from '../together.ts';
import type { Variant } from './variant.ts';

/** Every answer, changed. */
function everyAnswer(change: (answer: Response, asked: Asked) => Response | Promise<Response>): Override {
  return (usual) => ({ respond: async (asked, answer) => change(await usual.respond(asked, answer), asked) });
}

/** Every JSON object that is sent, changed. */
function everyDocument(change: (document: JsonObject) => JsonObject): Override {
  return everyAnswer(async (answer) => {
    if (!/json/.test(answer.headers.get('content-type') ?? '')) return answer;
    const text = await answer.text();
    const document: unknown = text === '' ? null : JSON.parse(text);
    return new Response(isJsonObject(document) ? JSON.stringify(change(document)) : text, answer);
  });
}

function otherHeaders(change: (headers: Headers) => void): Override {
  return everyAnswer((answer) => {
    const copy = new Response(answer.body, answer);
    change(copy.headers);
    return copy;
  });
}

/** Headers that Node writes as they are given, in spite of what HTTP libraries agree on. */
const shouting = everyAnswer((answer, { context }) => {
  const { outgoing } = context.env;
  const usual = outgoing.writeHead.bind(outgoing);
  outgoing.writeHead = ((status: number, headers: Readonly<Record<string, string>> = {}) =>
    usual(
      status,
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value])),
    )) as typeof outgoing.writeHead;
  return answer;
});

/** How answers travel: what HTTP leaves to servers. */
export const answerVariants: readonly Variant[] = [
  {
    id: 'found-302',
    summary: 'Redirects with 302 instead of 303',
    override: everyAnswer((answer) =>
      answer.status === 303 ? new Response(null, { ...head(answer), status: 302 }) : answer,
    ),
  },
  {
    id: 'chunked-bodies',
    summary: 'Sends bodies in small chunks, without Content-Length',
    override: everyAnswer((answer) => (answer.body ? new Response(inPieces(answer.body), head(answer)) : answer)),
  },
  {
    id: 'charset-parameters',
    summary: 'Adds a charset parameter, quoted and in capitals, to every JSON media type',
    override: otherHeaders((headers) => {
      const type = headers.get('content-type');
      if (type && /json/.test(type)) headers.set('content-type', `${type.split(';')[0]};charset="UTF-8"`);
    }),
  },
  {
    id: 'header-case',
    summary: 'Writes the names of header fields in capitals',
    override: shouting,
  },
  {
    id: 'caching-directives',
    summary: 'Adds further directives to Cache-Control: no-store',
    override: otherHeaders((headers) => {
      if (headers.get('cache-control') === 'no-store') {
        headers.set('cache-control', 'private, No-Store, max-age=0, must-revalidate');
        headers.set('expires', '0');
      }
    }),
  },
  {
    id: 'extra-members',
    summary: 'Adds members of its own to every OAuth and SMART document',
    warned: ['introspection/inactive-says-no-more'],
    override: together(
      everyDocument((document) =>
        document.resourceType === undefined ? { ...document, x_vendor: { build: [1, null, ''] } } : document,
      ),
      (usual) => ({
        smartConfiguration: () =>
          listing('capabilities', plus('https://ehr.example.org/capability/notes'))(usual.smartConfiguration()),
      }),
    ),
  },
  {
    id: 'xml-spoken',
    summary: 'Speaks FHIR\u2019s XML beside JSON',
    override: speaksXml(),
  },
  {
    id: 'operations-offered',
    summary: 'Has operations that read beside searches, and looks at the token of both',
    override: offersLastn(),
  },
  {
    id: 'export-offered',
    summary: 'Exports what patients have, and refuses what no scope covers',
    override: offersExport('refused'),
  },
  {
    id: 'export-filtered',
    summary: 'Exports what patients have, and leaves out what no scope covers',
    override: offersExport('left-out'),
  },
  {
    id: 'errors-undescribed',
    summary: 'Sends OAuth errors with their code alone',
    warned: ['backend-services/errors-explained'],
    override: everyDocument(({ error_description: _, ...document }) => document),
  },
  {
    id: 'errors-traced',
    summary: 'Gives every OAuth error a number of its own, and names several ways to authenticate',
    override: together(
      everyDocument((document) =>
        typeof document.error === 'string' ? { ...document, error_uri: errorPage, trace_id: randomUUID() } : document,
      ),
      otherHeaders((headers) => {
        const challenge = headers.get('www-authenticate');
        if (challenge?.startsWith('Basic')) headers.set('www-authenticate', `Negotiate, ${challenge}, charset="UTF-8"`);
      }),
    ),
  },
];

const errorPage = 'https://ehr.example.org/errors';

function head({ status, headers }: Response) {
  return { status, headers };
}

function inPieces(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        const middle = Math.ceil(bytes.length / 2);
        controller.enqueue(bytes.subarray(0, middle));
        controller.enqueue(bytes.subarray(middle));
      },
    }),
  );
}

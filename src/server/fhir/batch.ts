import { randomUUID } from 'node:crypto';
import { isJsonObject, type JsonObject, objectsIn } from '../json.ts';
import { outcome } from '../responses.ts';
import type { Call, FhirAnswer } from './call.ts';
import { FhirProblem } from './fhir-problem.ts';

const mostEntries = 500;

/** Names of statuses as entries carry them. */
const phrases: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 204: 'No Content', 304: 'Not Modified' };

/** The order in which a transaction is done (FHIR, "Transaction Processing Rules"). */
const order = ['DELETE', 'POST', 'PUT', 'PATCH', 'GET'];

type Entry = Readonly<Record<string, unknown>>;
type Dispatch = (call: Call) => FhirAnswer;

/**
 * FHIR, "batch" and "transaction". Each entry is a request of its own, with the access token of the whole.
 *
 * @throws FhirProblem when the body is neither, or an entry of a transaction is refused: then nothing is done
 */
export function answerBundle(call: Call, dispatch: Dispatch): FhirAnswer {
  const bundle = call.body('resource');
  if (call.entryOf !== null || !isJsonObject(bundle) || bundle.resourceType !== 'Bundle') {
    throw new FhirProblem(400, 'invalid', 'a Bundle of type batch or transaction is expected');
  }
  const entries = objectsIn(bundle.entry);
  if (entries.length > mostEntries) throw new FhirProblem(413, 'too-costly', `at most ${mostEntries} entries`);
  if (bundle.type !== 'batch' && bundle.type !== 'transaction') {
    throw new FhirProblem(400, 'invalid', 'the Bundle is neither a batch nor a transaction');
  }
  const entry =
    bundle.type === 'batch'
      ? entries.map((request) => batchEntry(call, request, dispatch))
      : transaction(call, entries, dispatch);
  return { status: 200, resource: { resourceType: 'Bundle', type: `${bundle.type}-response`, entry } };
}

function batchEntry(call: Call, entry: Entry, dispatch: Dispatch): JsonObject {
  try {
    return answered(dispatch(entryCall(call, entry, 'batch')));
  } catch (error) {
    if (!(error instanceof FhirProblem)) throw error;
    const { fhirVersion } = call.service.setup;
    const problem = outcome(fhirVersion, error.code, error.message);
    const status = String(error.status);
    // DSTU2 has no place for it in the response.
    return fhirVersion === '1.0.2'
      ? { resource: problem, response: { status } }
      : { response: { status, outcome: problem } };
  }
}

function transaction(call: Call, entries: readonly Entry[], dispatch: Dispatch): readonly JsonObject[] {
  const reserved = new Map<Entry, string>();
  /** What a reference by fullUrl stands for when all is done. */
  const addresses = new Map<string, string>();
  for (const entry of entries) {
    const { method, url } = requestOf(entry);
    if (method !== 'POST') continue;
    const id = randomUUID();
    reserved.set(entry, id);
    if (typeof entry.fullUrl === 'string') addresses.set(entry.fullUrl, `${url}/${id}`);
  }
  const rollBack = call.service.store.checkpoint();
  const done = new Map<Entry, JsonObject>();
  const rank = (entry: Entry) => order.indexOf(requestOf(entry).method);
  try {
    for (const entry of entries.toSorted((one, other) => rank(one) - rank(other))) {
      const resolved = { ...entry, resource: withReferences(entry.resource, addresses) };
      done.set(entry, answered(dispatch(entryCall(call, resolved, 'transaction', reserved.get(entry)))));
    }
  } catch (error) {
    rollBack();
    throw error;
  }
  return entries.map((entry) => done.get(entry) ?? {});
}

function requestOf({ request }: Entry): { readonly method: string; readonly url: string } {
  const { method, url } = isJsonObject(request) ? request : {};
  if (typeof method !== 'string' || typeof url !== 'string') {
    throw new FhirProblem(400, 'required', 'an entry has no request with method and url');
  }
  return { method, url };
}

function entryCall(call: Call, entry: Entry, entryOf: 'batch' | 'transaction', reservedId?: string): Call {
  const { method, url } = requestOf(entry);
  const request = isJsonObject(entry.request) ? entry.request : {};
  if (request.ifNoneExist !== undefined) {
    throw new FhirProblem(400, 'not-supported', 'conditional create is not supported');
  }
  const base = `${call.service.setup.site.fhir}/`;
  const relative = url.startsWith(base) ? url.slice(base.length) : url.replace(/^\//, '');
  const [path = '', query = ''] = relative.split(/\?(.*)/s);
  const headers = { 'if-match': request.ifMatch, 'if-none-match': request.ifNoneMatch, prefer: call.header('prefer') };
  return {
    service: call.service,
    grant: call.grant,
    method,
    path: path.split('/').filter((segment) => segment !== ''),
    parameters: new URLSearchParams(query),
    header(name) {
      const value = headers[name];
      return typeof value === 'string' ? value : null;
    },
    body: (kind) => (kind === 'patch' ? patchIn(entry.resource) : entry.resource),
    entryOf,
    ...(reservedId !== undefined && { reservedId }),
  };
}

/** A JSON Patch in a Bundle travels as a Binary. */
function patchIn(resource: unknown): unknown {
  if (isJsonObject(resource) && resource.resourceType === 'Binary' && typeof resource.data === 'string') {
    try {
      return JSON.parse(Buffer.from(resource.data, 'base64').toString());
    } catch {
      // Said below.
    }
  }
  throw new FhirProblem(400, 'invalid', 'a patch in a Bundle is a Binary with a JSON Patch');
}

/** References to the fullUrl of an entry, with what they stand for. */
function withReferences(value: unknown, addresses: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withReferences(item, addresses));
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [
    name,
    name === 'reference' && typeof member === 'string'
      ? (addresses.get(member) ?? member)
      : withReferences(member, addresses),
  ]);
  return Object.fromEntries(members);
}

function answered({ status, headers = {}, resource }: FhirAnswer): JsonObject {
  const { location, etag } = headers;
  return {
    ...(resource && { resource }),
    response: {
      status: phrases[status] === undefined ? String(status) : `${status} ${phrases[status]}`,
      ...(location !== undefined && { location }),
      ...(etag !== undefined && { etag }),
      ...(resource && isJsonObject(resource.meta) && { lastModified: resource.meta.lastUpdated }),
    },
  };
}

import { isJsonObject } from '../json.ts';
import {
  attempt,
  type Call,
  demandAllowed,
  demandScope,
  type FhirAnswer,
  isAllowed,
  namesVersion,
  notFound,
  versionHeaders,
} from './call.ts';
import { FhirProblem } from './fhir-problem.ts';
import { applyPatch } from './json-patch.ts';
import type { Resource, ResourceContent } from './resource.ts';
import type { ElementForm } from './resource-types.ts';

/** FHIR, "create". */
export function create(call: Call, type: string): FhirAnswer {
  const creating = attempt(call, 'create', type);
  demandScope(call, creating);
  // The client's id counts for nothing, in the access rules too.
  const { id: _, ...content } = readContent(call.body('resource'), type, call);
  demandAllowed(call, creating, content);
  const resource = call.service.store.create(content, call.reservedId);
  return written(call, 201, resource);
}

/** FHIR, "update"; it does not create. */
export function update(call: Call, type: string, id: string): FhirAnswer {
  const updating = attempt(call, 'update', type);
  demandScope(call, updating);
  const content = readContent(call.body('resource'), type, call);
  if (content.id !== id) throw new FhirProblem(400, 'invalid', 'the id in the resource is not the id in the URL');
  demandAllowed(call, updating, content);
  const existing = writable(call, type, id);
  if (!existing || !isAllowed(call, updating, existing)) {
    throw new FhirProblem(405, 'not-supported', `there is no ${type}/${id} to update, and clients choose no ids here`);
  }
  checkVersion(call, existing);
  return written(call, 200, call.service.store.update(content, id));
}

/** FHIR, "patch", with a JSON Patch. */
export function patch(call: Call, type: string, id: string): FhirAnswer {
  const patching = attempt(call, 'patch', type);
  demandScope(call, patching);
  const operations = call.body('patch');
  const existing = writable(call, type, id);
  if (!existing || !isAllowed(call, patching, existing)) throw notFound(type, id);
  checkVersion(call, existing);
  const content = readContent(applyPatch(existing, operations), type, call);
  if (content.id !== id) throw new FhirProblem(400, 'invalid', 'a patch cannot change the id');
  demandAllowed(call, patching, content);
  return written(call, 200, call.service.store.update(content, id));
}

/** FHIR, "delete". */
export function remove(call: Call, type: string, id: string): FhirAnswer {
  const deleting = attempt(call, 'delete', type);
  demandScope(call, deleting);
  const newest = call.service.store.newest(type, id);
  if (!newest || !isAllowed(call, deleting, newest.resource)) throw notFound(type, id);
  if (newest.change === 'delete') throw new FhirProblem(410, 'deleted', `${type}/${id} was deleted before`);
  checkVersion(call, newest.resource);
  call.service.store.remove(type, id);
  return { status: 204, resource: null };
}

function writable({ service: { store } }: Call, type: string, id: string): Resource | null {
  const newest = store.newest(type, id);
  return newest && newest.change !== 'delete' ? newest.resource : null;
}

/** FHIR, "Managing Resource Contention". */
function checkVersion(call: Call, { resourceType, meta }: Resource): void {
  const expected = call.header('if-match');
  if (expected === null) {
    if (!call.service.types.get(resourceType)?.ifMatchRequired) return;
    throw new FhirProblem(400, 'required', `changes of ${resourceType} need If-Match with the current version`);
  }
  if (!namesVersion(expected, meta.versionId)) {
    throw new FhirProblem(412, 'conflict', `the current version is ${meta.versionId}, not ${expected}`);
  }
}

/** What is kept of a body: all but the version and time, which are the server's. */
function readContent(body: unknown, type: string, call: Call): ResourceContent {
  if (!isJsonObject(body) || body.resourceType !== type) {
    throw new FhirProblem(400, 'invalid', `the body is no resource of type ${type}`);
  }
  const { required, forms = {} } = call.service.types.get(type) ?? {};
  const missing = required?.find((element) => !isThere(body[element]));
  if (missing !== undefined) throw new FhirProblem(400, 'required', `${type}.${missing} is missing`);
  for (const [element, form] of Object.entries(forms)) {
    if (body[element] === undefined || hasForm(body[element], form)) continue;
    const { fhirVersion } = call.service.setup;
    throw new FhirProblem(400, 'structure', `${type}.${element} is ${form} in FHIR ${fhirVersion}`);
  }
  const { meta, ...elements } = body;
  if (!isJsonObject(meta)) return { ...elements, resourceType: type };
  const { versionId: _, lastUpdated: __, ...kept } = meta;
  return { ...elements, resourceType: type, meta: kept };
}

function hasForm(element: unknown, form: ElementForm): boolean {
  switch (form) {
    case 'absent':
      return false;
    case 'code':
      return typeof element === 'string';
    case 'object':
      return isJsonObject(element);
    case 'list':
      return Array.isArray(element);
  }
}

function isThere(element: unknown): boolean {
  if (Array.isArray(element)) return element.length > 0;
  return isJsonObject(element) ? Object.keys(element).length > 0 : element !== undefined && element !== null;
}

function written(call: Call, status: 200 | 201, resource: Resource): FhirAnswer {
  const { resourceType, id, meta } = resource;
  const location = `${call.service.setup.site.fhir}/${resourceType}/${id}/_history/${meta.versionId}`;
  const headers = { ...versionHeaders(resource), ...(status === 201 && { location }) };
  const minimal = /(^|[,;\s])return=minimal($|[,;\s])/i.test(call.header('prefer') ?? '');
  return { status, headers, resource: minimal ? null : resource };
}

import {
  attempt,
  type Call,
  demandScope,
  type FhirAnswer,
  isAllowed,
  namesVersion,
  notFound,
  versionHeaders,
} from './call.ts';
import { FhirProblem } from './fhir-problem.ts';
import type { Version } from './store.ts';

/** FHIR, "read". */
export function read(call: Call, type: string, id: string): FhirAnswer {
  const reading = attempt(call, 'read', type);
  demandScope(call, reading);
  const newest = call.service.store.newest(type, id);
  if (!newest || !isAllowed(call, reading, newest.resource)) throw notFound(type, id);
  return answer(call, newest);
}

/** FHIR, "vread". */
export function vread(call: Call, type: string, id: string, versionId: string): FhirAnswer {
  const reading = attempt(call, 'vread', type);
  demandScope(call, reading);
  const version = call.service.store.versions(type, id).find((candidate) => candidate.versionId === versionId);
  if (!version || !isAllowed(call, reading, version.resource)) throw notFound(type, `${id}/_history/${versionId}`);
  return answer(call, version);
}

function answer(call: Call, { resource, change, versionId }: Version): FhirAnswer {
  if (change === 'delete') throw new FhirProblem(410, 'deleted', `${resource.resourceType}/${resource.id} was deleted`);
  const known = call.header('if-none-match');
  const headers = versionHeaders(resource);
  return known !== null && namesVersion(known, versionId)
    ? { status: 304, headers, resource: null }
    : { status: 200, headers, resource };
}

import { page } from './bundle.ts';
import { attempt, type Call, demandScope, etag, type FhirAnswer, isAllowed, notFound } from './call.ts';
import { dateRange } from './date-range.ts';
import { FhirProblem } from './fhir-problem.ts';
import type { Version } from './store.ts';
import { typesOfSystem } from './system-types.ts';

/** FHIR, "history", of one resource: the versions that the client may read. */
export function instanceHistory(call: Call, type: string, id: string): FhirAnswer {
  const reading = attempt(call, 'history-instance', type);
  demandScope(call, reading);
  const versions = call.service.store.versions(type, id).filter(({ resource }) => isAllowed(call, reading, resource));
  if (versions.length === 0) throw notFound(type, id);
  return historyBundle(call, versions.toReversed());
}

/** Of a type, or of all when there is none. */
export function history(call: Call, type: string | null): FhirAnswer {
  const interaction = type === null ? 'history-system' : 'history-type';
  if (type !== null) demandScope(call, attempt(call, interaction, type));
  const types = type === null ? typesOfSystem(call, interaction) : [type];
  const versions = call.service.store
    .changes(types)
    .filter(({ resource }) => isAllowed(call, attempt(call, interaction, resource.resourceType), resource));
  return historyBundle(call, versions);
}

const methods = { create: 'POST', update: 'PUT', delete: 'DELETE' } as const;
const statuses = { create: '201', update: '200', delete: '204' } as const;

function historyBundle(call: Call, versions: readonly Version[]): FhirAnswer {
  const used = new URLSearchParams();
  const since = call.parameters.get('_since');
  if (since !== null) used.set('_since', since);
  const range = since === null ? null : dateRange(since);
  if (since !== null && !range) throw new FhirProblem(400, 'invalid', '_since is an instant');
  const wanted = versions.filter(({ lastUpdated }) => !range || Date.parse(lastUpdated) >= range.start);
  const { items, links } = page(call, wanted, used);
  const base = call.service.setup.site.fhir;
  const entry = items.map(({ resource, change, versionId, lastUpdated }) => {
    const address = `${resource.resourceType}/${resource.id}`;
    return {
      fullUrl: `${base}/${address}`,
      ...(change !== 'delete' && { resource }),
      request: { method: methods[change], url: change === 'create' ? resource.resourceType : address },
      response: { status: statuses[change], etag: etag(versionId), lastModified: lastUpdated },
    };
  });
  const bundle = { resourceType: 'Bundle', type: 'history', total: wanted.length, link: links };
  return { status: 200, resource: { ...bundle, ...(entry.length > 0 && { entry }) } };
}

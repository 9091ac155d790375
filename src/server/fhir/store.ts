import { randomUUID } from 'node:crypto';
import type { Resource, ResourceContent } from './resource.ts';

/** One state of a resource; after a deletion it holds what was deleted. */
export interface Version {
  readonly resource: Resource;
  readonly change: 'create' | 'update' | 'delete';
  readonly versionId: string;
  /** As FHIR writes instants. */
  readonly lastUpdated: string;
}

/** The resources of one server, with all their versions, in memory. */
export interface Store {
  /** The newest version, deleted or not. */
  newest(type: string, id: string): Version | null;
  /** All versions, oldest first. */
  versions(type: string, id: string): readonly Version[];
  /** What is not deleted, in the order of creation. */
  all(type: string): readonly Resource[];
  /** All versions of all resources of the types, newest first. */
  changes(types: readonly string[]): readonly Version[];
  /** Under an id of the server's own, unless one was reserved for it. */
  create(content: ResourceContent, id?: string): Resource;
  update(content: ResourceContent, id: string): Resource;
  remove(type: string, id: string): void;
  /** Remembers the state; the function returned goes back to it. */
  checkpoint(): () => void;
}

export function createStore(initial: readonly (ResourceContent & { readonly id: string })[], startedAt: Date): Store {
  /** By `Type/id`; the versions in it are never changed, only followed by others. */
  let histories: ReadonlyMap<string, readonly Version[]> = new Map();
  /** All versions in the order they came. */
  let journal: readonly Version[] = [];

  const versions = (type: string, id: string) => histories.get(`${type}/${id}`) ?? [];
  const append = (content: ResourceContent, id: string, change: Version['change'], at: Date): Resource => {
    const before = versions(content.resourceType, id);
    const versionId = String(before.length + 1);
    const lastUpdated = at.toISOString();
    const given = typeof content.meta === 'object' ? content.meta : {};
    const resource = { ...content, id, meta: { ...given, versionId, lastUpdated } };
    // What a deletion leaves behind is the last content, as it was.
    const last = before.at(-1)?.resource;
    const version = { resource: change === 'delete' && last ? last : resource, change, versionId, lastUpdated };
    histories = new Map(histories).set(`${content.resourceType}/${id}`, [...before, version]);
    journal = [...journal, version];
    return resource;
  };
  for (const resource of initial) append(resource, resource.id, 'create', startedAt);

  return {
    newest: (type, id) => versions(type, id).at(-1) ?? null,
    versions,
    all: (type) =>
      [...histories.values()].flatMap((history) => {
        const newest = history.at(-1);
        return newest?.resource.resourceType === type && newest.change !== 'delete' ? newest.resource : [];
      }),
    changes: (types) => journal.filter(({ resource }) => types.includes(resource.resourceType)).toReversed(),
    create: (content, id = randomUUID()) => append(content, id, 'create', new Date()),
    update: (content, id) => append(content, id, 'update', new Date()),
    remove(type, id) {
      append({ resourceType: type }, id, 'delete', new Date());
    },
    checkpoint() {
      const before = { histories, journal };
      return () => {
        ({ histories, journal } = before);
      };
    },
  };
}

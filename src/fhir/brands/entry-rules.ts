import { isRecord } from '../../kit/index.ts';
import type { See } from './defects.ts';
import { dataAbsentReason, type Json } from './json.ts';

const allowedReasons = ['asked-declined', 'asked-unknown'];

/** Finds every data-absent-reason in an element, and judges which reason it is; false where there is none. */
export function dataAbsentReasons(element: unknown, see: See): boolean {
  let found = false;
  const walk = (value: unknown, path: string) => {
    if (Array.isArray(value)) {
      for (const [at, item] of value.entries()) walk(item, `${path}[${at}]`);
    } else if (isRecord(value)) {
      if (value.url === dataAbsentReason) {
        found = true;
        const { valueCode: reason } = value;
        if (!allowedReasons.includes(String(reason))) {
          const what = `the reason is ${typeof reason === 'string' ? `"${reason.slice(0, 40)}"` : 'no valueCode'}`;
          see.wrong(what, path);
        }
      }
      for (const [name, member] of Object.entries(value)) {
        if (typeof member === 'object') walk(member, path === '' ? name : `${path}.${name}`);
      }
    }
  };
  walk(element, '');
  return found;
}

/** Whether a resource is marked as one that is not in use. */
export function activeOnly({ resourceType, active, status }: Json, see: See): undefined {
  if (resourceType === 'Organization' && active === false) see.note('a brand is not active', 'active');
  if (resourceType === 'Endpoint' && status !== undefined && status !== 'active') {
    see.note('an endpoint is not active', 'status', status);
  }
}

/** What contained resources and references to them must keep (dom-3, ref-1). */
export function containedResources({ contained, ...resource }: Json, see: See): undefined {
  const listed = Array.isArray(contained) ? contained.filter(isRecord) : [];
  const references = new Set<string>();
  const local = new Set<string>();
  const collect = (value: unknown) => {
    if (Array.isArray(value)) value.forEach(collect);
    else if (isRecord(value)) {
      for (const [name, member] of Object.entries(value)) {
        if (typeof member !== 'string') collect(member);
        else if (member.startsWith('#')) {
          // An address may refer, too; a name only looks like it.
          references.add(member);
          if (name === 'reference') local.add(member);
        }
      }
    }
  };
  collect(resource);
  const ofResource = new Set(local);
  collect(listed);
  const refersBack = (inner: Json) => JSON.stringify(inner).includes('"reference":"#"');
  for (const [at, inner] of listed.entries()) {
    const isReferred = references.has(`#${String(inner.id)}`) || refersBack(inner);
    if (!isReferred) see.wrong('dom-3: nothing refers to a contained resource by #id', `contained[${at}]`, inner.id);
  }
  const ids = new Set(listed.map(({ id }) => `#${String(id)}`));
  for (const reference of ofResource) {
    if (/^#./.test(reference) && !ids.has(reference)) {
      see.wrong('ref-1: a local reference has no contained resource', '', reference);
    }
  }
}

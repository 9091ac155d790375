import { isJsonObject } from '../json.ts';

/** A resource before the server has stored it. */
export interface ResourceContent {
  readonly resourceType: string;
  readonly [element: string]: unknown;
}

/** A resource as the server serves it. */
export interface Resource extends ResourceContent {
  readonly id: string;
  readonly meta: { readonly versionId: string; readonly lastUpdated: string; readonly [element: string]: unknown };
}

/** The values at a path such as `participant.individual`; lists are looked through. */
export function valuesAt(value: unknown, path: string): readonly unknown[] {
  let found: readonly unknown[] = [value];
  for (const name of path.split('.')) {
    found = found.flatMap((parent) => (isJsonObject(parent) && Object.hasOwn(parent, name) ? parent[name] : []));
  }
  return found.filter((item) => item !== undefined && item !== null);
}

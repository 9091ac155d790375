import type { Resource, ResourceContent } from '../fhir/resource.ts';
import { isJsonObject, type JsonObject, objectsIn } from '../json.ts';

/** What state belongs to (guide, "Managing app state"): one code, and at most one subject. */
export interface StateIdentity {
  /** `system|code`, as searches have it; empty when there is none. */
  readonly code: string;
  /** The reference as it was sent; null for global state. */
  readonly subject: string | null;
}

/** State that is stored, or was. */
export interface StoredState {
  readonly resource: Resource;
  readonly deleted: boolean;
}

export function identityOf(resource: ResourceContent): StateIdentity {
  const [first] = codingsOf(resource);
  const { subject } = resource;
  const reference = isJsonObject(subject) ? subject.reference : undefined;
  return {
    code: first ? `${String(first.system ?? '')}|${String(first.code ?? '')}` : '',
    subject: typeof reference === 'string' ? reference : null,
  };
}

export function codingsOf({ code }: ResourceContent): readonly JsonObject[] {
  return isJsonObject(code) ? objectsIn(code.coding) : [];
}

export function extensionsOf({ extension }: ResourceContent): readonly JsonObject[] {
  return objectsIn(extension);
}

import { isObject, type Resource, type ResourceContent } from '../fhir/resource.ts';

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
  const reference = isObject(subject) ? subject.reference : undefined;
  return {
    code: first ? `${String(first.system ?? '')}|${String(first.code ?? '')}` : '',
    subject: typeof reference === 'string' ? reference : null,
  };
}

export function codingsOf({ code }: ResourceContent): readonly Readonly<Record<string, unknown>>[] {
  return isObject(code) && Array.isArray(code.coding) ? code.coding.filter(isObject) : [];
}

export function extensionsOf({ extension }: ResourceContent): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(extension) ? extension.filter(isObject) : [];
}

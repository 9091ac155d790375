import { jsonObjectIn } from '../../http/json-object-in.ts';
import { type Exchange, isRecord } from '../../kit/index.ts';
import { isSuccess } from '../document.ts';
import type { StateCode } from './state-app.ts';

/** A Basic as it came from a server. */
export type Basic = Readonly<Record<string, unknown>>;

/** What state belongs to. */
export interface StateIdentity {
  readonly code: StateCode;
  /** An absolute reference; null for global state. */
  readonly subject: string | null;
}

/** By which state is known that smart-check wrote, and may delete. */
export const markerUrl = 'https://smart-check.test/fhir/app-state';
const marker = { url: markerUrl, valueString: 'Written by smart-check, which will delete it again.' };

/** State to be stored, as an app sends it ("Create"). */
export function newState(
  { code, subject }: StateIdentity,
  extensions: readonly Readonly<Record<string, unknown>>[] = [],
): Basic & { readonly extension: readonly unknown[] } {
  return {
    resourceType: 'Basic',
    ...(subject !== null && { subject: { reference: subject } }),
    code: { coding: [code.system === '' ? { code: code.code } : { system: code.system, code: code.code }] },
    extension: [marker, ...extensions],
  };
}

/** The Basic in an answer; null when there is none. */
export function basicIn(exchange: Exchange): Basic | null {
  const object = isSuccess(exchange) ? jsonObjectIn(exchange) : null;
  return object?.resourceType === 'Basic' ? object : null;
}

export function versionOf(basic: Basic | null): string | null {
  const version = isRecord(basic?.meta) ? basic.meta.versionId : undefined;
  return typeof version === 'string' && version !== '' ? version : null;
}

export function idOf(basic: Basic | null): string | null {
  return typeof basic?.id === 'string' && basic.id !== '' ? basic.id : null;
}

export function subjectOf(basic: Basic): string | null {
  const reference = isRecord(basic.subject) ? basic.subject.reference : undefined;
  return typeof reference === 'string' ? reference : null;
}

export function codingsOf(basic: Basic): readonly Readonly<Record<string, unknown>>[] {
  return isRecord(basic.code) && Array.isArray(basic.code.coding) ? basic.code.coding.filter(isRecord) : [];
}

export function extensionsOf(basic: Basic): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(basic.extension) ? basic.extension.filter(isRecord) : [];
}

/** Whether state is of this code and subject, a relative reference counting as the absolute one it stands for. */
export function belongsTo(basic: Basic, { code, subject }: StateIdentity): boolean {
  const isOfCode = codingsOf(basic).some(
    (coding) => (coding.system ?? '') === code.system && coding.code === code.code,
  );
  return isOfCode && isSameReference(subjectOf(basic), subject);
}

/** Whether one reference is the other, or the relative form of it. */
export function isSameReference(found: string | null, wanted: string | null): boolean {
  if (found === null || wanted === null) return found === wanted;
  return found === wanted || (/^[A-Z][A-Za-z]+\/[^/]+$/.test(found) && wanted.endsWith(`/${found}`));
}

/** An ETag's version, and whether it is a weak one; what servers that compress add to it is taken off. */
export function readEtag(header: string | undefined): { readonly version: string; readonly isWeak: boolean } | null {
  const [, weak, opaque] = /^(W\/)?"([^"]*)"$/.exec(header?.trim() ?? '') ?? [];
  if (opaque === undefined) return null;
  return { version: opaque.replace(/(-|--|;)(gzip|br|deflate|df)$/, ''), isWeak: weak !== undefined };
}

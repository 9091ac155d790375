import { createHash } from 'node:crypto';
import { isRecord } from '../kit/index.ts';
import type { JsonValue } from './read-json.ts';

/** Deeper than any document there is; beyond it a writer of JSON runs out of stack. */
const deepest = 1000;

/**
 * SHA-256 of a JSON value, whatever the order of its members and the blanks between them.
 *
 * @returns null when it is nested too deeply to tell
 */
export function jsonFingerprint({ value, depth }: JsonValue): string | null {
  if (depth > deepest) return null;
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('base64url');
}

/** With the members of each object as pairs, in the order of their names. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const names = Object.keys(value).sort();
  return { members: names.map((name) => [name, sorted(value[name])]) };
}

import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '../json.ts';
import { FhirProblem } from './fhir-problem.ts';

/**
 * Applies a JSON Patch (RFC 6902) to a copy of a document.
 *
 * @throws FhirProblem 400 for a malformed patch, 422 for one that does not fit the document
 */
export function applyPatch(document: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations) || operations.length > 1000) throw malformed('a JSON Patch is an array of operations');
  let patched: unknown = structuredClone(document);
  for (const operation of operations) {
    if (!isJsonObject(operation)) throw malformed('an operation is an object');
    const path = pointer(operation.path);
    switch (operation.op) {
      case 'test':
        if (!isDeepStrictEqual(valueAt(patched, path), givenValue(operation)))
          throw misfit('a test of the patch fails');
        break;
      case 'add':
        patched = added(patched, path, givenValue(operation));
        break;
      case 'replace':
        patched = added(removed(patched, path), path, givenValue(operation));
        break;
      case 'remove':
        patched = removed(patched, path);
        break;
      case 'copy':
        patched = added(patched, path, structuredClone(valueAt(patched, pointer(operation.from))));
        break;
      case 'move': {
        const from = pointer(operation.from);
        const value = valueAt(patched, from);
        patched = added(removed(patched, from), path, value);
        break;
      }
      default:
        throw malformed('op is add, remove, replace, move, copy or test');
    }
  }
  return patched;
}

/** The tokens of a JSON Pointer (RFC 6901). */
function pointer(text: unknown): readonly string[] {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) throw malformed('a path is a JSON Pointer');
  const tokens = text.split('/').slice(1);
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function givenValue(operation: Readonly<Record<string, unknown>>): unknown {
  if (!('value' in operation)) throw malformed('the operation has no value');
  return operation.value;
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((parent, token) => {
    if (Array.isArray(parent)) return parent[existingIndex(parent, token)];
    if (isJsonObject(parent) && Object.hasOwn(parent, token)) return parent[token];
    throw misfit('the patch names what is not there');
  }, document);
}

function added(document: unknown, path: readonly string[], value: unknown): unknown {
  return changed(
    document,
    path,
    (parent, token) => {
      if (!Array.isArray(parent)) return withMember(parent, token, value);
      return parent.toSpliced(token === '-' ? parent.length : index(token, parent.length), 0, value);
    },
    value,
  );
}

function removed(document: unknown, path: readonly string[]): unknown {
  valueAt(document, path);
  return changed(
    document,
    path,
    (parent, token) => {
      if (Array.isArray(parent)) return parent.toSpliced(existingIndex(parent, token), 1);
      return Object.fromEntries(Object.entries(parent).filter(([name]) => name !== token));
    },
    null,
  );
}

type Container = readonly unknown[] | Readonly<Record<string, unknown>>;

/** The document with the container of the path's last token changed; `whole` takes its place when the path is empty. */
function changed(
  document: unknown,
  [token, ...rest]: readonly string[],
  change: (parent: Container, token: string) => unknown,
  whole: unknown,
): unknown {
  if (token === undefined) return whole;
  if (!Array.isArray(document) && !isJsonObject(document)) throw misfit('the patch names what is not there');
  if (rest.length === 0) return change(document, token);
  const child = changed(valueAt(document, [token]), rest, change, whole);
  return Array.isArray(document)
    ? document.with(existingIndex(document, token), child)
    : withMember(document, token, child);
}

/** By definition, not assignment: `__proto__` is a name as any. */
function withMember(parent: object, name: string, value: unknown): unknown {
  return Object.fromEntries([...Object.entries(parent).filter(([other]) => other !== name), [name, value]]);
}

function existingIndex(list: readonly unknown[], token: string): number {
  return index(token, list.length - 1);
}

function index(token: string, last: number): number {
  if (!/^(0|[1-9]\d{0,8})$/.test(token) || Number(token) > last) throw misfit('the patch names what is not there');
  return Number(token);
}

function malformed(text: string): FhirProblem {
  return new FhirProblem(400, 'invalid', text);
}

function misfit(text: string): FhirProblem {
  return new FhirProblem(422, 'processing', text);
}

import type { ErrorObject } from 'ajv';
import { isRecord } from '../kit/index.ts';
import { nearest } from '../kit/nearest.ts';
import { meantFhirVersion } from './known-fhir-versions.ts';
import type { MistakeAt } from './mistake.ts';
import { nearestUrl, withoutUserinfo } from './nearest-url.ts';
import { follow, type Path, written } from './path.ts';
import { privateMembers } from './private-members.ts';
import { alternatives, named, namedType, quoted, suggestion } from './wording.ts';

const secretKeys = ['clientSecret', 'password', 'totpSecret', ...privateMembers];
const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};
/** Nobody reads more, and each is compared with the others. */
const mostExplained = 1000;

/**
 * Says in the words of those who write configurations what a schema found, one mistake for each value or key, without
 * those that only follow from another. Never shows a secret, nor what was filled in.
 *
 * @param source - of a scalar, as it stands in the file
 */
export function explain(
  errors: readonly ErrorObject[],
  root: unknown,
  source: (path: Path) => string | undefined = () => undefined,
): MistakeAt[] {
  const telling = errors
    .filter(({ schemaPath, propertyName }) => !/\/(anyOf|oneOf)\/\d/.test(schemaPath) && propertyName === undefined)
    .slice(0, mostExplained);
  const mistakes = new Map<string, MistakeAt>();
  for (const error of telling) {
    if (followsFromAnother(error, telling)) continue;
    const { subject, ...mistake } = explainOne(error, root, source);
    const key = JSON.stringify([mistake.path, subject]);
    if (!mistakes.has(key)) mistakes.set(key, mistake);
  }
  return [...mistakes.values()];
}

/** Whether a wrong type or an unknown key is why something seems to be missing, or too much. */
function followsFromAnother(
  { keyword, instancePath, params, schema }: ErrorObject,
  all: readonly ErrorObject[],
): boolean {
  const beside = (other: string) =>
    all.filter((error) => error.keyword === other && error.instancePath === instancePath);
  if (keyword !== 'type' && beside('type').length > 0) return true;
  const unknown = beside('additionalProperties');
  const meant = unknown.map(meantKey);
  switch (keyword) {
    case 'required':
      return meant.includes(String(params.missingProperty));
    case 'minProperties':
    case 'maxProperties':
      return unknown.length > 0;
    case 'anyOf':
    case 'oneOf':
      return beside('dependentRequired').length > 0 || keysOfBranches(schema).some((key) => meant.includes(key));
    default:
      return false;
  }
}

/** A mistake, and which key it is about where an object may have several. */
type Explained = MistakeAt & { readonly subject?: string };

function explainOne(error: ErrorObject, root: unknown, source: (path: Path) => string | undefined): Explained {
  const { path, value } = follow(error.instancePath, root);
  const { keyword, params } = error;
  const here = path.length > 0 ? ` in ${written(path)}` : '';
  const aboutKeys = (message: string, subject: string): Explained => ({ path, at: 'key', message, subject });

  switch (keyword) {
    case 'additionalProperties': {
      const key = String(params.additionalProperty);
      const meant = meantKey(error);
      const hint = `${suggestion(meant)}${belongsBelow(value)}` || `; expected ${alternatives(knownKeys(error))}`;
      return { path: [...path, key], at: 'key', message: `unknown key ${quoted(key)}${here}${hint}` };
    }
    case 'required': {
      const key = String(params.missingProperty);
      const title = titleOf(error, key);
      return aboutKeys(`missing key ${quoted(key)}${here}${title === undefined ? '' : ` (${title})`}`, key);
    }
    case 'dependentRequired': {
      const { property, missingProperty } = params;
      return aboutKeys(`${quoted(property)}${here} needs ${quoted(missingProperty)} beside it`, property);
    }
    case 'anyOf':
      return aboutKeys(
        `missing key${here}: expected ${alternatives(keysOfBranches(error.schema).map(quoted))}`,
        keyword,
      );
    case 'oneOf':
    case 'minProperties':
    case 'maxProperties': {
      const keys = keyword === 'oneOf' ? keysOfBranches(error.schema) : knownKeys(error);
      const present = keys.filter((key) => isRecord(value) && Object.hasOwn(value, key));
      const got = present.length === 0 ? 'none' : present.map(quoted).join(' and ');
      return aboutKeys(`${written(path)}: expected exactly one of ${keys.join(', ')}, got ${got}`, 'one of');
    }
    case 'not':
      return aboutKeys(`${keysOf(error.schema).map(quoted).join(' and ')}${here} exclude each other`, keyword);
    case 'propertyNames': {
      const key = String(params.propertyName);
      const expected = isRecord(error.schema) ? String(error.schema.title) : 'another key';
      return { path: [...path, key], at: 'key', message: `expected ${expected}${here}, got ${quoted(key)}` };
    }
    case 'false schema': {
      const message = `unexpected key ${quoted(String(path.at(-1)))} in ${written(path.slice(0, -1))}`;
      return { path, at: 'key', message };
    }
    case 'uniqueItems': {
      const twice = [...path, Number(params.i)];
      return {
        path: twice,
        at: 'value',
        message: `${written(path)}: ${named(itemOf(value, params.i))} is listed twice`,
      };
    }
    case 'minItems':
      return { path, at: 'value', message: `${written(path)}: expected at least one, got an empty list` };
    default:
      return { path, at: 'value', message: valueMessage(error, { path, value, source: source(path) }) };
  }
}

interface Found {
  readonly path: Path;
  readonly value: unknown;
  readonly source: string | undefined;
}

function valueMessage(error: ErrorObject, found: Found): string {
  const { path } = found;
  const where = path.length > 0 ? `${written(path)}: ` : '';
  return `${where}expected ${expectation(error)}, got ${gotten(error, found)}${hint(error, found)}`;
}

function expectation({ keyword, schema, parentSchema }: ErrorObject): string {
  if (keyword === 'enum') return alternatives(wordsOf(schema));
  if (typeof parentSchema?.title === 'string') return parentSchema.title;
  if (keyword === 'type') return typeNames[String(schema)] ?? String(schema);
  return keyword === 'minLength' ? 'a string that is not empty' : keyword;
}

function gotten(error: ErrorObject, { path, value, source }: Found): string {
  if (isSecret(path)) return namedType(value);
  if (isFilledIn(value, source)) return `${namedType(value)} (from ${quoted(source)})`;
  return named(isUrl(error) && typeof value === 'string' ? withoutUserinfo(value) : value);
}

function hint(error: ErrorObject, { path, value, source }: Found): string {
  const { keyword, schema, parentSchema } = error;
  if (keyword === 'type') {
    if (schema !== 'string' || (typeof value !== 'number' && typeof value !== 'boolean')) return '';
    if (source === undefined || !new RegExp(String(parentSchema?.pattern ?? ''), 'u').test(source)) return '';
    return isSecret(path) ? '; put it in quotes' : `; write ${quoted(source)}`;
  }
  if (typeof value !== 'string' || isSecret(path) || isFilledIn(value, source)) return '';
  if (keyword === 'enum') return suggestion(nearest(value, wordsOf(schema)));
  if (isUrl(error)) {
    const right = new RegExp(String(parentSchema?.pattern), 'u');
    return suggestion(nearestUrl(value, (url) => right.test(url) && URL.canParse(url)));
  }
  if (path.at(-1) === 'fhirVersion') return suggestion(meantFhirVersion(value));
  return '';
}

/** Header values and parameters are the vendor's own, and may be keys to an API. */
function isSecret(path: Path): boolean {
  return secretKeys.includes(String(path.at(-1))) || path.at(-2) === 'headers' || path.at(-2) === 'params';
}

function isFilledIn(value: unknown, source: string | undefined): source is string {
  return typeof value === 'string' && source !== undefined && source.includes('${');
}

function isUrl({ parentSchema }: ErrorObject): boolean {
  return parentSchema?.format === 'uri';
}

function knownKeys({ parentSchema }: ErrorObject): string[] {
  return isRecord(parentSchema?.properties)
    ? Object.keys(parentSchema.properties).filter((key) => key !== '$schema')
    : [];
}

function meantKey(unknown: ErrorObject): string | undefined {
  return nearest(String(unknown.params.additionalProperty), knownKeys(unknown));
}

/** Where a key belongs that stands beside its parent: below the one that holds nothing, were it indented. */
function belongsBelow(beside: unknown): string {
  const empty = isRecord(beside) ? Object.keys(beside).filter((key) => beside[key] === null) : [];
  return empty.length === 1 ? `; does it belong below ${quoted(empty.join())}? Indent it further` : '';
}

function titleOf({ parentSchema }: ErrorObject, key: string): string | undefined {
  const property: unknown = isRecord(parentSchema?.properties) ? parentSchema.properties[key] : undefined;
  return isRecord(property) && typeof property.title === 'string' ? property.title : undefined;
}

function keysOfBranches(branches: unknown): string[] {
  return Array.isArray(branches) ? branches.flatMap(keysOf) : [];
}

function keysOf(schema: unknown): string[] {
  return isRecord(schema) && Array.isArray(schema.required) ? schema.required.map(String) : [];
}

function wordsOf(schema: unknown): string[] {
  return Array.isArray(schema) ? schema.filter((word) => typeof word === 'string') : [];
}

function itemOf(list: unknown, index: unknown): unknown {
  return Array.isArray(list) ? list[Number(index)] : undefined;
}

/** Scopes as the guide writes them: the one grammar of the kit ("Scopes for requesting FHIR Resources"). */

/** Create, read, update, delete, search: which scope which interaction of FHIR's API takes. */
export const letters = ['c', 'r', 'u', 'd', 's'] as const;
export type Letter = (typeof letters)[number];

/** One `name=value` of a scope's suffix, percent-encoding undone. */
export type Parameter = readonly [name: string, value: string];

/** A scope that gives access to FHIR resources. */
export interface ResourceScope {
  readonly level: 'patient' | 'user' | 'system';
  /** `*` stands for all. */
  readonly type: string;
  /** In the order of `cruds`. */
  readonly permissions: readonly Letter[];
  /** A resource must match all of them; none without a suffix. */
  readonly parameters: readonly Parameter[];
  /** Of guide 1.0 (`.read`), or of those since (`.rs`). */
  readonly syntax: 'v1' | 'v2';
}

/** The words of version 1.0 in the letters that came after. */
const words: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/** Prefixes under which the same scopes may be written as URIs ("URI representation of scopes"). */
const prefixes = ['http://smarthealthit.org/fhir/scopes/', 'http://openid.net/specs/openid-connect-core-1_0#'];

/**
 * Scopes that say how a launch goes and who the user is, and give no access to data; `nonce`, a parameter of OpenID Connect,
 * is granted by servers that keep there what an ID token is to have.
 */
const formalities = /^(launch(\/.*)?|openid|fhirUser|profile|email|address|phone|nonce|online_access|offline_access)$/;

/** Reads a scope; null when it is none for FHIR resources, or none the guide defines: `patient/Observation.sr`. */
export function readResourceScope(scope: string): ResourceScope | null {
  const [, level, type, suffix = '', query] =
    /^(patient|user|system)\/([A-Z][A-Za-z]*|\*)\.([a-z]+|\*)(?:\?(.*))?$/.exec(bareScope(scope)) ?? [];
  if (!isLevel(level) || !type) return null;
  const word = Object.hasOwn(words, suffix) ? words[suffix] : undefined;
  // Search parameters came with the letters.
  if (word !== undefined && query !== undefined) return null;
  const permissions = inOrder(word ?? suffix);
  const parameters = query === undefined ? [] : readParameters(query);
  if (!permissions || !parameters) return null;
  return { level, type, permissions, parameters, syntax: word === undefined ? 'v2' : 'v1' };
}

/** Writes a scope as the guide has it. */
export function writeResourceScope({ level, type, permissions, parameters, syntax }: ResourceScope): string {
  const together = permissions.join('');
  const word = Object.entries(words).find(([, meaning]) => meaning === together)?.[0];
  const query = parameters.map(([name, value]) => `${escaped(name).replaceAll('=', '%3D')}=${escaped(value)}`);
  const suffix = syntax === 'v1' && word !== undefined ? word : together;
  return `${level}/${type}.${suffix}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

/** Whether a scope is meant for FHIR resources, and is none that the guide defines. */
export function isMalformed(scope: string): boolean {
  return /^(patient|user|system)\//.test(bareScope(scope)) && readResourceScope(scope) === null;
}

/** Whether a scope gives access to something. */
export function isPermission(scope: string): boolean {
  return !formalities.test(bareScope(scope));
}

/**
 * Those of several scopes that others do not amount to, by meaning: `.r` and `.s` make `.rs` in any order, `.read` is
 * `.rs`, and a narrower scope is within a wider one.
 */
export function scopesBeyond(granted: readonly string[], scopes: readonly string[]): readonly string[] {
  return scopes.filter((scope) => !covers(granted, scope));
}

/** Whether several scopes together allow what one of them allows. */
export function covers(granted: readonly string[], scope: string): boolean {
  if (granted.some((one) => bareScope(one) === bareScope(scope))) return true;
  const wanted = readResourceScope(scope);
  if (!wanted) return false;
  const having = readAll(granted).filter((have) => reaches(have, wanted));
  return wanted.permissions.every((letter) => having.some(({ permissions }) => permissions.includes(letter)));
}

/** Whether any of several scopes allows this with some resources of the type. */
export function allowsWith(granted: readonly string[], type: string, ...wanted: readonly Letter[]): boolean {
  return readAll(granted).some(
    (scope) =>
      (scope.type === '*' || scope.type === type) && wanted.some((letter) => scope.permissions.includes(letter)),
  );
}

/** Scopes of version 2 that could be written as one, group by group ("Scope Equivalence"). */
export function unfactored(scopes: readonly string[]): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  for (const text of new Set(scopes)) {
    const scope = readResourceScope(text);
    if (scope?.syntax !== 'v2') continue;
    const { level, type, parameters } = scope;
    const reach = JSON.stringify([level, type, parameters.map((pair) => pair.join('=')).sort()]);
    groups.set(reach, [...(groups.get(reach) ?? []), text]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** The resource scopes among several. */
export function readAll(scopes: readonly string[]): readonly ResourceScope[] {
  return scopes.flatMap((scope) => readResourceScope(scope) ?? []);
}

/** Whether one scope reaches the resources of another, whatever it allows with them. */
function reaches(have: ResourceScope, wanted: ResourceScope): boolean {
  const typeFits = have.type === '*' || have.type === wanted.type;
  return (
    have.level === wanted.level &&
    typeFits &&
    have.parameters.every((parameter) => wanted.parameters.some((other) => isNarrower(other, parameter)))
  );
}

/** Whether what matches one parameter matches another: `a` is within `a,b`. */
function isNarrower([name, value]: Parameter, [otherName, otherValue]: Parameter): boolean {
  const among = alternatives(otherValue);
  return name === otherName && alternatives(value).every((alternative) => among.includes(alternative));
}

/** A comma separates them, unless a backslash stands before it (FHIR, "Escaping Search Parameters"). */
function alternatives(value: string): readonly string[] {
  return value.match(/(?:\\.|[^,\\]|\\$)+/gsu) ?? [''];
}

function bareScope(scope: string): string {
  const prefix = prefixes.find((candidate) => scope.startsWith(candidate));
  return prefix === undefined ? scope : scope.slice(prefix.length);
}

function isLevel(text: string | undefined): text is ResourceScope['level'] {
  return text === 'patient' || text === 'user' || text === 'system';
}

/** Some of `cruds`, each once and in that order; null otherwise. */
function inOrder(suffix: string): readonly Letter[] | null {
  const found = letters.filter((letter) => suffix.includes(letter));
  return suffix !== '' && found.join('') === suffix ? found : null;
}

function readParameters(query: string): readonly Parameter[] | null {
  const parameters: Parameter[] = [];
  for (const item of query.split('&')) {
    const [, name, value] = /^([^=]+)=(.+)$/s.exec(item) ?? [];
    if (name === undefined || value === undefined) return null;
    try {
      parameters.push([decodeURIComponent(name), decodeURIComponent(value)]);
    } catch {
      return null;
    }
  }
  return parameters;
}

/** Percent-encodes what cannot stand in a scope (RFC 6749 section 3.3), or would be read as something else. */
function escaped(text: string): string {
  return text.replace(/[^!$'()*,\-./0-9:;<=>?@A-Z[\]^_`a-z{|}~]/gu, (character) => encodeURIComponent(character));
}

/** Whether scopes for data were asked for and not granted. */
export function lacksData(asked: string, granted: readonly string[]): boolean {
  return asked.split(' ').some((scope) => isPermission(scope) && !isMalformed(scope) && !covers(granted, scope));
}

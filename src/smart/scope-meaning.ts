/** What a scope for FHIR resources allows (scopes-and-launch-context, "Scopes for requesting FHIR Resources"). */
interface ResourceScope {
  readonly level: string;
  /** `*` stands for all. */
  readonly type: string;
  /** Some of `cruds`. */
  readonly permissions: string;
  /** The search parameters of the suffix, sorted; empty without one. */
  readonly conditions: string;
}

/** The words of version 1.0 in the letters that came after. */
const words: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/** Prefixes under which the same scopes may be written as URIs. */
const prefixes = ['http://smarthealthit.org/fhir/scopes/', 'http://openid.net/specs/openid-connect-core-1_0#'];

/** Scopes that say how a launch goes and who the user is, and give no access to data. */
const formalities = /^(launch(\/.*)?|openid|fhirUser|profile|email|online_access|offline_access)$/;

/**
 * Those of several scopes that others do not amount to, by meaning: `.r` and `.s` make `.rs` in any order, `.read` is
 * `.rs`, and a narrower scope is within a wider one.
 */
export function scopesBeyond(granted: readonly string[], scopes: readonly string[]): readonly string[] {
  return scopes.filter((scope) => !isWithin(granted, bareScope(scope)));
}

/** Whether a scope gives access to something. */
export function isPermission(scope: string): boolean {
  return !formalities.test(bareScope(scope));
}

function isWithin(granted: readonly string[], scope: string): boolean {
  const bare = granted.map(bareScope);
  if (bare.includes(scope)) return true;
  const wanted = readResourceScope(scope);
  if (!wanted) return false;
  const having = bare.flatMap((one) => readResourceScope(one) ?? []).filter((have) => covers(have, wanted));
  return [...wanted.permissions].every((letter) => having.some(({ permissions }) => permissions.includes(letter)));
}

/** Whether one scope reaches the resources of another, whatever it allows with them. */
function covers(have: ResourceScope, wanted: ResourceScope): boolean {
  const typeFits = have.type === '*' || have.type === wanted.type;
  return have.level === wanted.level && typeFits && (have.conditions === '' || have.conditions === wanted.conditions);
}

function bareScope(scope: string): string {
  const prefix = prefixes.find((candidate) => scope.startsWith(candidate));
  return prefix === undefined ? scope : scope.slice(prefix.length);
}

function readResourceScope(scope: string): ResourceScope | null {
  const [, level, type, suffix, query = ''] =
    /^(patient|user|system)\/([A-Za-z]+|\*)\.(read|write|\*|[cruds]+)(?:\?(.*))?$/.exec(scope) ?? [];
  if (!level || !type || !suffix) return null;
  const conditions = [...new URLSearchParams(query)].map((pair) => pair.join('=')).sort();
  return { level, type, permissions: words[suffix] ?? suffix, conditions: conditions.join('&') };
}

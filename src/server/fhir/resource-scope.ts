/** What a scope lets a client do with resources: create, read, update, delete, search. */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

/** A scope for FHIR resources (guide, "Scopes for requesting FHIR Resources"). */
export interface ResourceScope {
  readonly level: 'patient' | 'user' | 'system';
  /** `*` stands for all. */
  readonly type: string;
  readonly permissions: ReadonlySet<Permission>;
  /** Search parameters that a resource must match, all of them; none without a suffix. */
  readonly conditions: readonly (readonly [name: string, value: string])[];
}

const shape = /^(patient|user|system)\/([A-Z][A-Za-z]*|\*)\.([a-z]+|\*)(?:\?(.+))?$/;

/** The words of guide 1.0 in the letters of today. */
const words: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/** Reads a resource scope; null when it is none, or none that the guide defines, such as `patient/Observation.sr`. */
export function readResourceScope(scope: string): ResourceScope | null {
  const [, level, type, suffix = '', query] = shape.exec(scope) ?? [];
  if (!isLevel(level) || !type) return null;
  const word = Object.hasOwn(words, suffix) ? words[suffix] : undefined;
  // Conditions came with the letters.
  if (word !== undefined && query !== undefined) return null;
  const letters = lettersOf(word ?? suffix);
  const conditions = query === undefined ? [] : conditionsIn(query);
  return letters && conditions ? { level, type, permissions: new Set(letters), conditions } : null;
}

function isLevel(text: string | undefined): text is ResourceScope['level'] {
  return text === 'patient' || text === 'user' || text === 'system';
}

/** Each letter once and in the order of `cruds`; null otherwise. */
function lettersOf(suffix: string): readonly Permission[] | null {
  const inOrder = (['c', 'r', 'u', 'd', 's'] as const).filter((letter) => suffix.includes(letter));
  return suffix !== '' && inOrder.join('') === suffix ? inOrder : null;
}

/** `name=value`, joined by `&`; percent-encoding is undone, and a plus sign is one. */
function conditionsIn(query: string): ResourceScope['conditions'] | null {
  const conditions: (readonly [string, string])[] = [];
  for (const item of query.split('&')) {
    const separator = item.indexOf('=');
    if (separator < 1 || separator === item.length - 1) return null;
    try {
      conditions.push([item.slice(0, separator), decodeURIComponent(item.slice(separator + 1))]);
    } catch {
      return null;
    }
  }
  return conditions;
}

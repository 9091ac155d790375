import { isJsonObject } from '../json.ts';
import { dateTest, elementRange } from './date-range.ts';
import { FhirProblem } from './fhir-problem.ts';
import { localReference } from './local-reference.ts';
import { type Resource, type ResourceContent, valuesAt } from './resource.ts';
import type { SearchParameter } from './resource-types.ts';

type Test = (element: unknown) => boolean;

/**
 * What one `name=value` of a search asks of a resource.
 *
 * @param modifier - what stood behind a colon: `missing`, or for references one of the parameter's types
 * @throws FhirProblem 400 for a modifier or a value that the parameter does not have
 */
export function criterion(
  parameter: SearchParameter,
  modifier: string | null,
  value: string,
  fhirBase: string,
): (resource: Resource | ResourceContent) => boolean {
  const elementsOf = (resource: ResourceContent) => parameter.paths.flatMap((path) => valuesAt(resource, path));
  if (modifier === 'missing') {
    if (value !== 'true' && value !== 'false') throw new FhirProblem(400, 'invalid', ':missing is true or false');
    return (resource) => (elementsOf(resource).length === 0) === (value === 'true');
  }
  const targets = parameter.targets ?? [];
  if (modifier !== null && !targets.includes(modifier)) {
    throw new FhirProblem(400, 'not-supported', `the modifier :${modifier} is not supported here`);
  }
  const accepted = modifier === null ? targets : [modifier];
  const test = (alternative: string) => alternativeTest(parameter.kind, alternative, accepted, fhirBase);
  const tests = splitUnescaped(value, ',').map(test);
  return (resource) => elementsOf(resource).some((element) => tests.some((holds) => holds(element)));
}

function alternativeTest(
  kind: SearchParameter['kind'],
  asked: string,
  targets: readonly string[],
  fhirBase: string,
): Test {
  switch (kind) {
    case 'token':
      return tokenTest(asked);
    case 'reference':
      return referenceTest(unescaped(asked), targets, fhirBase);
    case 'date':
      return dateElementTest(asked);
    case 'string':
      return stringTest(unescaped(asked));
  }
}

/** `code`, `system|code`, `|code` (without a system) or `system|` (any code of it). */
function tokenTest(asked: string): Test {
  const [first = '', ...rest] = splitUnescaped(asked, '|').map(unescaped);
  const system = rest.length > 0 ? first : null;
  const code = rest.length > 0 ? rest.join('|') : first;
  return (element) =>
    codingsIn(element).some(
      (coding) => (system === null || coding.system === system) && (coding.code === code || (code === '' && !!system)),
    );
}

/** A code, Coding, CodeableConcept, Identifier or boolean as codings; `system` is empty where there is none. */
function codingsIn(element: unknown): readonly { readonly system: string; readonly code: string }[] {
  if (typeof element === 'string' || typeof element === 'boolean') return [{ system: '', code: String(element) }];
  if (!isJsonObject(element)) return [];
  if (Array.isArray(element.coding)) return element.coding.flatMap(codingsIn);
  const code = element.code ?? element.value;
  return typeof code === 'string' ? [{ system: typeof element.system === 'string' ? element.system : '', code }] : [];
}

/** An id, `Type/id`, or a URL. */
function referenceTest(asked: string, targets: readonly string[], fhirBase: string): Test {
  const wanted = localReference(asked, fhirBase);
  return (element) => {
    const found = localReference(element, fhirBase);
    if (!found) return isJsonObject(element) && element.reference === asked;
    const isAsked = wanted ? wanted.type === found.type && wanted.id === found.id : found.id === asked;
    return isAsked && targets.includes(found.type);
  };
}

function dateElementTest(asked: string): Test {
  const holds = dateTest(asked);
  if (!holds) throw new FhirProblem(400, 'invalid', `${asked} is no date to search for`);
  return (element) => {
    const range = elementRange(element);
    return range !== null && holds(range);
  };
}

/** The beginning of a string, or of any part of a name; case and accents do not count. */
function stringTest(asked: string): Test {
  const start = folded(asked);
  const begins = (element: unknown): boolean => {
    if (typeof element === 'string') return folded(element).startsWith(start);
    return isJsonObject(element) && ['text', 'family', 'given'].some((part) => valuesAt(element, part).some(begins));
  };
  return begins;
}

function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** A backslash before `,`, `|`, `$` or itself takes its meaning (FHIR, "Escaping Search Parameters"). */
function splitUnescaped(text: string, separator: ',' | '|'): readonly string[] {
  const pieces = [''];
  for (const [piece] of text.matchAll(/\\.|[^\\]|\\$/gsu)) {
    if (piece === separator) pieces.push('');
    else pieces.push((pieces.pop() ?? '') + piece);
  }
  return pieces;
}

function unescaped(text: string): string {
  return text.replace(/\\([,|$\\])/g, '$1');
}

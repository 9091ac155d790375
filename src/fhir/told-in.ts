import { type Exchange, isRecord } from '../kit/index.ts';
import { type Resource, resourcesGivenAway } from './served.ts';

/** Below that a text stands in many places by chance. */
const shortest = 5;
/** How many texts of a resource are to be found before it is taken for told: an error may well name one of them. */
const enough = 2;

/**
 * Which of some resources an answer tells of that is no FHIR JSON: one in another format, of a language for queries, or in
 * the words of a refusal. Known by their texts, less those that the request has named or that others have as well.
 *
 * @param others - whatever may stand there
 */
export function toldIn(
  exchange: Exchange,
  candidates: readonly Resource[],
  others: readonly Resource[] = [],
): readonly Resource[] {
  const { request, response } = exchange;
  if (!response || response.body === '' || resourcesGivenAway(exchange).length > 0) return [];
  const asked = `${decoded(request.url)} ${decoded(request.body ?? '')}`;
  const known = new Set(others.flatMap(textsOf));
  const isTold = (text: string) => !known.has(text) && !asked.includes(text) && response.body.includes(text);
  return candidates.filter(({ name, ...rest }) => {
    // A page may well greet whoever is signed in: all parts of a name count once.
    const isNamed = textsOf(name).some(isTold);
    return new Set(textsOf(rest).filter(isTold)).size + (isNamed ? 1 : 0) >= enough;
  });
}

/** The texts that may be a resource's own: no codes in plain letters, nothing of the vocabulary of all, nor when it was loaded. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') {
    return value.length < shortest || /^[a-z-]+$|^(https?:|urn:)/.test(value) ? [] : [value];
  }
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    ['resourceType', 'meta', 'div', 'display'].includes(name) ? [] : textsOf(member),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

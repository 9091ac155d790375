import { distance } from 'fastest-levenshtein';

/**
 * The candidate that a mistyped word most likely meant, letter case aside; undefined when none is near. Of very short words
 * only the case may be wrong: everything is near them. Of two equally near it is the one that the word begins with.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const folded = word.toLowerCase();
  let best: string | undefined;
  let fewest = (word.length < 4 ? 0 : Math.max(2, Math.floor(word.length / 3))) + 0.25;
  for (const candidate of candidates) {
    const edits = distance(folded, candidate.toLowerCase()) - (word.startsWith(candidate) ? 0.5 : 0);
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

/** `; did you mean "discovery"?` where a candidate is near or begins with the word, and nothing otherwise. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates) ?? candidates.find((candidate) => word !== '' && candidate.startsWith(word));
  return meant === undefined ? '' : `; did you mean "${meant}"?`;
}

import { UsageError } from '../kit/index.ts';
import type { Path } from './path.ts';

/** Something wrong in the configuration file, for the person who must mend it. */
export interface Mistake {
  /** Unless it is about the file as a whole. */
  readonly place?: Place;
  readonly message: string;
}

/** Both count from 1. */
export interface Place {
  readonly line: number;
  readonly col: number;
}

/** A mistake whose place is known by what it is about. */
export interface MistakeAt {
  readonly path: Path;
  /** Whether the last key of the path is wrong, or what it holds. */
  readonly at: 'key' | 'value';
  readonly message: string;
}

const mostListed = 10;

/** One line for each mistake, in the order of the file; the first ten of many. */
export function mistakesIn(file: string, mistakes: readonly Mistake[]): UsageError {
  const lines = mistakes
    .toSorted((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.col ?? 0) - (b.place?.col ?? 0))
    .map(({ place, message }) => `${place ? `${file}:${place.line}:${place.col}` : file}: ${message}`);
  const unlisted = lines.length - mostListed;
  const rest = unlisted > 0 ? [`${file}: and ${unlisted} more`] : [];
  return new UsageError([...lines.slice(0, mostListed), ...rest].join('\n'));
}

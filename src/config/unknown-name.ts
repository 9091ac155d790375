import { nearest } from '../kit/nearest.ts';
import type { MistakeAt } from './mistake.ts';
import { type Path, written } from './path.ts';
import { quoted, suggestion } from './wording.ts';

/** The mistake of naming what the catalogue does not have. */
export function unknownName(path: Path, what: string, name: string, known: readonly string[]): MistakeAt {
  const hint = suggestion(nearest(name, known)) || '; "smart-check list" shows what there is';
  return { path, at: 'value', message: `${written(path)}: there is no ${what} ${quoted(name)}${hint}` };
}

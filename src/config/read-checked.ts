import { validator } from '../../schemas/validator.ts';
import { isRecord } from '../kit/index.ts';
import { explain } from './explain.ts';
import type { MistakeAt } from './mistake.ts';
import { readDocument } from './read-document.ts';
import { namedType } from './wording.ts';

/**
 * Reads a file of the user's (YAML or JSON), held against one of our schemas.
 *
 * @param name - of the schema: `profile`
 * @param wrong - what the schema cannot see
 * @throws UsageError that lists the mistakes, each with its place
 */
export async function readChecked<Value extends object>(
  file: string,
  name: 'baseline' | 'profile',
  wrong: (value: Value) => readonly MistakeAt[],
): Promise<Value> {
  const document = await readDocument(file, {});
  const { value, unfilled } = document;
  if (!isRecord(value))
    throw document.wrong([{ path: [], at: 'value', message: `expected a ${name}, got ${namedType(value)}` }]);
  const isRight = await validator<Value>(name);
  if (!isRight(value)) throw document.wrong([...unfilled, ...explain(isRight.errors ?? [], value, document.source)]);
  const mistakes = [...unfilled, ...wrong(value)];
  if (mistakes.length > 0) throw document.wrong(mistakes);
  return value;
}

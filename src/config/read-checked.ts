import type { AnySchema, ValidateFunction } from 'ajv';
import { schema } from '../../schemas/index.ts';
import { isRecord } from '../kit/index.ts';
import { decodeText } from './decode-text.ts';
import { explain } from './explain.ts';
import { type MistakeAt, mistakesIn } from './mistake.ts';
import { parseDocument } from './parse-document.ts';
import { readBytes } from './read-bytes.ts';
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
  name: string,
  wrong: (value: Value) => readonly MistakeAt[],
): Promise<Value> {
  const read = await readBytes(file);
  const decoded = 'bytes' in read ? decodeText(read.bytes) : read;
  if ('problem' in decoded) throw mistakesIn(file, [{ message: decoded.problem }]);
  const document = await parseDocument(file, decoded.text, {});
  const fail = (mistakes: readonly MistakeAt[]) =>
    mistakesIn(
      file,
      mistakes.map(({ path, at, message }) => ({ place: document.placeOf(path, at), message })),
    );
  const { value, unfilled } = document;
  if (!isRecord(value)) throw fail([{ path: [], at: 'value', message: `expected a ${name}, got ${namedType(value)}` }]);
  const isRight = await validatorOf<Value>(name);
  if (!isRight(value)) throw fail([...unfilled, ...explain(isRight.errors ?? [], value, document.source)]);
  const mistakes = [...unfilled, ...wrong(value)];
  if (mistakes.length > 0) throw fail(mistakes);
  return value;
}

async function validatorOf<Value>(name: string): Promise<ValidateFunction<Value>> {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const ajv = new Ajv2020({ allErrors: true, verbose: true, strictTypes: false, validateSchema: false });
  ajv.addFormat('uri', (text: string) => URL.canParse(text));
  return ajv.compile<Value>(schema(name) satisfies AnySchema);
}

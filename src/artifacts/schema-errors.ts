import type { ValidateFunction } from 'ajv';
import { createAjv } from '../../schemas/create-ajv.ts';
import { schema } from '../../schemas/index.ts';

const compiled = new Map<string, Promise<ValidateFunction>>();

/**
 * What one of our schemas, or a part of it, objects to in a document: where, and what should be there.
 *
 * @param name - as `schema` takes it
 * @param part - of its `$defs`; the whole unless given
 */
export async function schemaErrors(name: string, document: unknown, part?: string): Promise<readonly string[]> {
  const reference = `${schema(name).$id}${part === undefined ? '' : `#/$defs/${part}`}`;
  const validate = compiled.get(reference) ?? compile(name, reference);
  compiled.set(reference, validate);
  const holds = await validate;
  if (holds(document)) return [];
  return (holds.errors ?? []).map(({ instancePath, message }) => `${instancePath || 'the resource'} ${message ?? ''}`);
}

async function compile(name: string, reference: string): Promise<ValidateFunction> {
  const ajv = await createAjv({});
  ajv.addSchema(schema(name));
  return ajv.compile({ $ref: reference });
}

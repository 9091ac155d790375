import type { ValidateFunction } from 'ajv';
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
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  // The schemas are checked by a test of their own.
  const ajv = new Ajv2020({ strictTypes: false, validateSchema: false });
  ajv.addSchema(schema(name));
  return ajv.compile({ $ref: reference });
}

import type { Ajv2020 } from 'ajv/dist/2020.js';
import { createAjv as createCompiler } from '../../schemas/create-ajv.ts';

/** A compiler of our own schemas, which says all that `explain` puts into words. */
export async function createAjv(): Promise<Ajv2020> {
  const ajv = await createCompiler({ allErrors: true, verbose: true });
  ajv.addFormat('uri', (text: string) => URL.canParse(text));
  return ajv;
}

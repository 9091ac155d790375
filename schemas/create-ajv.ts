import type { Ajv2020, Options } from 'ajv/dist/2020.js';

/** A compiler of our schemas, loaded when first asked for; the options are added to those that all of them want. */
export async function createAjv(options: Options): Promise<Ajv2020> {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  return new Ajv2020({
    strictTypes: false,
    // The schemas are checked by a test of their own, and what is compiled is as fast: either halves the time here.
    validateSchema: false,
    code: { optimize: false },
    ...options,
  });
}

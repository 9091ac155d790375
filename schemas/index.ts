/** The JSON Schemas (2020-12) of this folder, for those who check documents with them. Read when first asked for. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export type JsonSchema = Readonly<Record<string, unknown>> & { readonly $id: string };

/**
 * @param name - of the file without `.schema.json`, such as `config`
 * @throws Error when there is no such schema
 */
export function schema(name: string): JsonSchema {
  return require(`#schemas/${name}.schema.json`);
}

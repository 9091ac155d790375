import type { CheckName } from '../../schemas/compile.ts';
import { validator } from '../../schemas/validator.ts';

/** What one of our schemas objects to in a document: where, and what should be there. */
export async function schemaErrors(name: CheckName, document: unknown): Promise<readonly string[]> {
  const holds = await validator(name);
  if (holds(document)) return [];
  return (holds.errors ?? []).map(({ instancePath, message }) => `${instancePath || 'the resource'} ${message ?? ''}`);
}

import type { ValidateFunction } from 'ajv';
import type { CheckName } from './compile.ts';

const compiled = new Map<CheckName, Promise<ValidateFunction>>();

/** A function that holds documents against one of our schemas, loaded when first asked for; its errors say all that is wrong. */
export function validator<Value = unknown>(name: CheckName): Promise<ValidateFunction<Value>> {
  const validate = compiled.get(name) ?? import('./compile.ts').then(({ compile }) => compile(name));
  compiled.set(name, validate);
  // What the schema describes, only whoever names it can say.
  return validate as Promise<ValidateFunction<Value>>;
}

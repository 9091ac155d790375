import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import { formats } from './formats.ts';
import { schema } from './index.ts';

/** What documents are held against: a schema, or a part of its `$defs` after `#`. */
export const checks = [
  'baseline',
  'profile',
  'report',
  'config',
  'config#keyFile',
  'user-access-brand#Organization',
  'user-access-endpoint#Endpoint',
  'task-ehr-launch#task',
  'task-ehr-launch#code',
  'task-ehr-launch#application',
  'task-ehr-launch#appContext',
  'task-standalone-launch#task',
  'task-standalone-launch#code',
  'task-standalone-launch#application',
  'task-standalone-launch#appContext',
] as const;

export type CheckName = (typeof checks)[number];

/** Compiles a check, here and now. The package has them compiled: its build puts functions in the place of this module. */
export function compile(name: CheckName): ValidateFunction {
  return compileWith({ code: { optimize: false } }, name).validate;
}

/** @param options - beside those that all checks want */
export function compileWith(options: Options, name: CheckName): { ajv: Ajv2020; validate: ValidateFunction } {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    inlineRefs: false,
    // The schemas are checked by a test of their own; not to do it again halves the time here.
    validateSchema: false,
    formats,
    ...options,
  });
  const [file, part] = name.split('#');
  const document = schema(file ?? name);
  ajv.addSchema(document);
  return { ajv, validate: ajv.compile({ $ref: part === undefined ? document.$id : `${document.$id}#/$defs/${part}` }) };
}

import type { ValidateFunction } from 'ajv';
import { schema } from '../../schemas/index.ts';
import type { JsonWebKeySet } from '../kit/index.ts';
import type { ConfigurationFile } from './configuration-file.ts';
import { createAjv } from './create-ajv.ts';

export interface Validators {
  readonly file: ValidateFunction<ConfigurationFile>;
  /** Of a private JWK Set in a file of its own. */
  readonly jwkSet: ValidateFunction<JsonWebKeySet>;
}

let compiled: Promise<Validators> | undefined;

/** The configuration's schema, compiled when first asked for. */
export function validators(): Promise<Validators> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<Validators> {
  const ajv = await createAjv();
  const configuration = schema('config');
  return {
    file: ajv.compile<ConfigurationFile>(configuration),
    jwkSet: ajv.compile<JsonWebKeySet>({ type: 'object', $ref: `${configuration.$id}#/$defs/jwkSet` }),
  };
}

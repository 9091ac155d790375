import type { ValidateFunction } from 'ajv';
import type { JsonWebKeySet } from '../kit/index.ts';
import { explain } from './explain.ts';
import { readText } from './read-text.ts';

type Keys = { readonly keys: JsonWebKeySet } | { readonly problem: string };

/** The private JWK Set (RFC 7517) in a file, or in words why it is none. */
export async function readKeys(path: string, isJwkSet: ValidateFunction<JsonWebKeySet>): Promise<Keys> {
  const read = await readText(path);
  return 'text' in read ? parseKeys(read.text, isJwkSet) : read;
}

/** The same from its JSON text. */
export function parseKeys(text: string, isJwkSet: ValidateFunction<JsonWebKeySet>): Keys {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message would show a piece of the key.
    const got = text.trimStart().startsWith('-----BEGIN') ? ' but PEM' : '';
    return { problem: `is not JSON${got}; expected a private JWK Set` };
  }
  if (isJwkSet(value)) return { keys: value };
  const [mistake] = explain(isJwkSet.errors ?? [], value);
  return { problem: `is not a private JWK Set: ${mistake?.message}` };
}

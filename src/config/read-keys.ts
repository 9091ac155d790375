import { validator } from '../../schemas/validator.ts';
import type { JsonWebKeySet } from '../kit/index.ts';
import { explain } from './explain.ts';
import { type KeyMistake, keyMistake } from './key-mistake.ts';
import { readText } from './read-text.ts';
import { quoted } from './wording.ts';

type Keys = { readonly keys: JsonWebKeySet } | { readonly problem: string };

/** The private JWK Set (RFC 7517) in a file, or in words why it is none. */
export async function readKeys(path: string): Promise<Keys> {
  const read = await readText(path);
  return 'text' in read ? parseKeys(read.text) : read;
}

/** The same from its JSON text. */
export async function parseKeys(text: string): Promise<Keys> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message would show a piece of the key.
    const got = text.trimStart().startsWith('-----BEGIN') ? ' but PEM' : '';
    return { problem: `is not JSON${got}; expected a private JWK Set` };
  }
  const isJwkSet = await validator<JsonWebKeySet>('config#keyFile');
  if (isJwkSet(value)) {
    const mistake = await keyMistake(value);
    return mistake ? { problem: inWords(mistake, value) } : { keys: value };
  }
  const [mistake] = explain(isJwkSet.errors ?? [], value);
  return { problem: `is not a private JWK Set: ${mistake?.message}` };
}

function inWords({ index, message }: KeyMistake, { keys }: JsonWebKeySet): string {
  if (index === null) return message;
  const kid = keys[index]?.kid;
  return `keys[${index}]${typeof kid === 'string' ? ` (kid ${quoted(kid)})` : ''}: ${message}`;
}

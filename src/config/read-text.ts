import { readBytes } from './read-bytes.ts';

type Text = { readonly text: string } | { readonly problem: string };

/** The text of a file in UTF-8, without its byte order mark, or in words why it cannot be had. Never rejects. */
export async function readText(path: string): Promise<Text> {
  const read = await readBytes(path);
  return 'bytes' in read ? decoded(read.bytes) : read;
}

function decoded(bytes: Uint8Array): Text {
  const [first, second] = bytes;
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // Without a byte order mark, the ASCII that such a file begins with has a zero in every other byte.
  if (utf16 || first === 0 || second === 0) return { problem: 'is in UTF-16; save it as UTF-8' };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? { problem: 'is not a text file' } : { text };
  } catch {
    return { problem: 'is not a text file in UTF-8' };
  }
}

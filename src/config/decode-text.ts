/** The text of a file in UTF-8, without its byte order mark, or in words why it is none. */
export function decodeText(bytes: Uint8Array): { readonly text: string } | { readonly problem: string } {
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

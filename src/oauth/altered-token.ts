/** Has the looks of a token, and nobody has issued it. */
export const madeUpToken = 'b7cbfddc3a5b4e0d9c2f6a1e8d7c5b4a';

/**
 * A token with one character changed in the middle of its last part: the signature of a JWT, an authentication tag, or
 * the middle of what has no parts. The last character of base64url may decode alike, one in the middle never does.
 */
export function alteredToken(token: string): string {
  return alteredBetween(token, token.lastIndexOf('.') + 1, token.length);
}

/**
 * A token with more at its end. Of base64 it is three bytes more, by any reader: a lone character may be dropped, and so
 * may be what stands after the padding.
 */
export function lengthenedToken(token: string): string {
  return token.replace(/=*$/, (padding) => `AAAA${padding}`);
}

/** A signed JWT whose claims have one character changed; null for what is none. */
export function alteredClaims(token: string): string | null {
  const [header = '', claims, ...rest] = token.split('.');
  if (claims === undefined || rest.length !== 1) return null;
  const start = header.length + 1;
  return alteredBetween(token, start, start + claims.length);
}

/** A signed JWT that says of itself that it is unsigned (RFC 7519 section 6), and is; null for what is none. */
export function unsignedToken(token: string): string | null {
  const [header, claims, ...rest] = token.split('.');
  if (header === undefined || claims === undefined || rest.length !== 1) return null;
  try {
    const members: unknown = JSON.parse(Buffer.from(header, 'base64url').toString());
    if (typeof members !== 'object' || members === null) return null;
    return `${Buffer.from(JSON.stringify({ ...members, alg: 'none' })).toString('base64url')}.${claims}.`;
  } catch {
    return null;
  }
}

function alteredBetween(token: string, start: number, end: number): string {
  const at = start + Math.floor((end - start) / 2);
  // In base 16 and 32 the case says nothing: A for a would be the same token.
  const other = token[at]?.toUpperCase() === 'A' ? 'B' : 'A';
  return `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
}

/** The text with its letters in the other case. */
export function caseSwapped(text: string): string {
  return [...text].map((one) => (one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase())).join('');
}

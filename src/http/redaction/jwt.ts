import type { Span } from './span.ts';

/** Finds what looks like a JWS or JWE in compact form (RFC 7515 section 7.1, RFC 7516 section 7.1), anywhere in a text. */
export function jwtSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(/(?<![\w.-])[\w.-]{20,}/g)) {
    const parts = match[0].split('.');
    let at = match.index;
    let skip = 0;
    for (const [index, part] of parts.entries()) {
      // A prefix may touch the header: `%3DeyJ…`.
      const lead = part.indexOf('eyJ');
      const from = lead >= 0 ? lead : 0;
      const next = parts[index + 1];
      if (skip === 0 && next !== undefined && parts.length >= index + 3) {
        const isJwt = (lead >= 0 && next.startsWith('eyJ')) || headerOf(part.slice(from)) !== null;
        if (isJwt) {
          const isJwe = parts.length >= index + 5 && !next.startsWith('eyJ');
          skip = isJwe ? 5 : 3;
          const value = [part.slice(from), ...parts.slice(index + 1, index + skip)].join('.');
          const start = at + from;
          spans.push({ start, end: start + value.length, kind: 'jwt', value });
        }
      }
      skip = Math.max(skip - 1, 0);
      at += part.length + 1;
    }
  }
  return spans;
}

/** Whether a text is one JWT and nothing else. */
export function isJwt(text: string): boolean {
  const [span] = jwtSpans(text);
  return span !== undefined && span.start === 0 && span.end === text.length;
}

/** The texts of a JWT's header and claims; claims are null where they are encrypted. */
export function jwtTexts(jwt: string): { header: string; claims: string | null } {
  const [header = '', claims = '', , ...more] = jwt.split('.');
  return { header: decode(header), claims: more.length > 0 ? null : decode(claims) };
}

function headerOf(part: string): object | null {
  // `{` and a blank or a quote
  if (!/^e[wy]/.test(part) || part.length > 20_000) {
    return null;
  }
  try {
    const header: unknown = JSON.parse(decode(part));
    return typeof header === 'object' && header !== null && 'alg' in header ? header : null;
  } catch {
    return null;
  }
}

function decode(part: string): string {
  return Buffer.from(part, 'base64url').toString('utf8');
}

import { expect, test } from 'vitest';
import { alteredClaims, alteredToken } from './altered-token.ts';

const decoded = (part: string | undefined) => Buffer.from(part ?? '', 'base64url').toString('hex');

test('the signature of a JWT is changed where every decoder sees it, and nothing else', () => {
  const jwt = ['eyJhbGciOiJSUzI1NiJ9', 'eyJzdWIiOiJhIn0', 'AAAAAAAAAAAAAAAA'];
  const [header, claims, signature] = alteredToken(jwt.join('.')).split('.');
  expect([header, claims]).toEqual(jwt.slice(0, 2));
  expect(signature).toHaveLength(16);
  expect(decoded(signature)).not.toBe(decoded(jwt[2]));
});

test('the claims of a JWT are changed, and its signature is kept', () => {
  const jwt = ['eyJhbGciOiJSUzI1NiJ9', 'eyJzdWIiOiJhIn0', 'c2ln'];
  const [header, claims, signature] = alteredClaims(jwt.join('.'))?.split('.') ?? [];
  expect([header, signature]).toEqual([jwt[0], jwt[2]]);
  expect(decoded(claims)).not.toBe(decoded(jwt[1]));
});

test.each(['opaque', 'two.parts', 'five.parts.of.a.jwe'])('%s has no claims to change', (token) => {
  expect(alteredClaims(token)).toBeNull();
});

test('a token without parts is changed in its middle', () => {
  expect(alteredToken('abcdef')).toBe('abcAef');
  expect(alteredToken('abcAef')).toBe('abcBef');
});

test('it is another one, too, where the case of letters says nothing', () => {
  expect(alteredToken('abcaef').toLowerCase()).not.toBe('abcaef');
});

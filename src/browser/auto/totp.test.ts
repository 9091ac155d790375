import { expect, test } from 'vitest';
import { oneTimePassword } from './totp.ts';

/** RFC 6238 appendix B, the last six digits; the secret is the ASCII text 12345678901234567890. */
test.each([
  [59, '287082'],
  [1111111109, '081804'],
  [1234567890, '005924'],
  [20000000000, '353130'],
])('at %i s', (seconds, code) => {
  expect(oneTimePassword('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', seconds * 1000)).toBe(code);
  expect(oneTimePassword('gezd gnbv gy3t qojq gezd gnbv gy3t qojq', seconds * 1000)).toBe(code);
});

import { expect, test } from 'vitest';
import { atHash } from './at-hash.ts';

test('is that of the example in OpenID Connect Core appendix A.3', () => {
  expect(atHash('jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y', 'RS256')).toBe('77QmUPtjPfzWtF2AnpK9RQ');
});

test('is half of the hash that the algorithm uses', () => {
  expect(Buffer.from(atHash('token', 'ES384') ?? '', 'base64url')).toHaveLength(24);
  expect(Buffer.from(atHash('token', 'RS512') ?? '', 'base64url')).toHaveLength(32);
  expect(atHash('token', 'none')).toBeNull();
});

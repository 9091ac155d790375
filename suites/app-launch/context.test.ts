import { expect, test } from 'vitest';
import { mayBeRefused } from './context.ts';

test.each([
  [401, 'patient/Patient.rs', false],
  [401, 'user/Patient.rs', true],
  [403, 'user/*.rs', true],
  [404, 'user/Patient.rs', false],
  [404, 'openid', true],
  [500, 'openid', false],
])('that a read is answered %d says nothing of the id where %s was granted: %s', (status, scope, isSo) => {
  expect(mayBeRefused(status, 'Patient', [scope])).toBe(isSo);
});

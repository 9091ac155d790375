import { expect, test } from 'vitest';
import type { SpecVersion } from '../kit/index.ts';
import { readSuffix } from './read-suffix.ts';
import { readCapabilities } from './smart-configuration.ts';

test.each<[readonly string[], SpecVersion, string]>([
  [['permission-v1', 'permission-v2'], '2.2', 'rs'],
  [['permission-v2'], '1.0', 'rs'],
  [['permission-v1'], '2.2', 'read'],
  [[], '2.0', 'rs'],
  [[], '1.0', 'read'],
])('a server of %j and guide %s is asked for .%s', (capabilities, specVersion, suffix) => {
  const read = readCapabilities(capabilities);
  expect(read && readSuffix(read, specVersion)).toBe(suffix);
});

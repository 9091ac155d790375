import { expect, test } from 'vitest';
import { versionsIn } from './served-versions.ts';

const parameters = (...parameter: unknown[]) => ({ resourceType: 'Parameters', parameter });
const version = (name: string, valueString: string) => ({ name, valueString });

test.each<[string, Record<string, unknown>, unknown]>([
  [
    'Parameters',
    parameters(version('version', '3.0'), version('version', '4.0'), version('default', '4.0')),
    { versions: ['3.0', '4.0'], preset: '4.0' },
  ],
  ['codes', parameters({ name: 'version', valueCode: '4.0' }), { versions: ['4.0'], preset: null }],
  ['plain JSON', { versions: ['3.0', '4.0'], default: '3.0' }, { versions: ['3.0', '4.0'], preset: '3.0' }],
  ['an error', { resourceType: 'OperationOutcome' }, null],
  ['nothing of use', { versions: '4.0' }, null],
  ['numbers', parameters({ name: 'version', valueDecimal: 4 }), null],
])('%s', (_, document, expected) => {
  expect(versionsIn(document)).toEqual(expected);
});

import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { coveragePage } from '../src/cli/coverage-page.ts';

it('docs/coverage.md is what "npm run docs" makes of the catalogue today', async () => {
  expect(await readFile(new URL('../docs/coverage.md', import.meta.url), 'utf8')).toBe(coveragePage());
});

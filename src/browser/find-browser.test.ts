import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrowser } from './find-browser.ts';

let folder: string;
let other: string;
beforeAll(async () => {
  [folder, other] = [await mkdtemp(join(tmpdir(), 'browsers-')), await mkdtemp(join(tmpdir(), 'browsers-'))];
  await writeFile(join(folder, 'chromium'), '', { mode: 0o755 });
  await writeFile(join(folder, 'google-chrome'), '', { mode: 0o644 });
  await writeFile(join(other, 'chromium-headless-shell'), '', { mode: 0o755 });
});
afterAll(() => Promise.all([folder, other].map((path) => rm(path, { recursive: true }))));

const path = () => ({ PATH: [folder, other].join(delimiter) });

test('finds an installed browser that can be run', async () => {
  expect(await findBrowser(path())).toEqual({ path: join(folder, 'chromium'), source: 'installed' });
});

test('takes a headless shell first where one will do', async () => {
  expect(await findBrowser(path(), true)).toMatchObject({ path: join(other, 'chromium-headless-shell') });
  expect(await findBrowser({ PATH: folder }, true)).toMatchObject({ path: join(folder, 'chromium') });
});

test('SMART_CHECK_BROWSER wins, and is not passed over where it cannot be run', async () => {
  const named = join(folder, 'chromium');
  expect(await findBrowser({ ...path(), SMART_CHECK_BROWSER: named }, true)).toMatchObject({ path: named });
  expect(await findBrowser({ ...path(), SMART_CHECK_BROWSER: join(folder, 'google-chrome') })).toBeNull();
});

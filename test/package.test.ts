/** The package as a user gets it: packed, unpacked into an empty folder, with its own dependencies and no others. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CannedServer, serveCanned, smallServer, smartConfigurationOf } from './fixtures/canned-server.ts';
import { temporaryFolder } from './fixtures/command-line.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const folder = temporaryFolder();
const modules = join(folder, 'node_modules');
const installed = join(modules, 'smart-check');

let server: CannedServer;
beforeAll(async () => {
  server = await serveCanned(smallServer((origin) => JSON.stringify(smartConfigurationOf(origin))));
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: root,
  });
  const [{ filename }] = JSON.parse(stdout);
  mkdirSync(join(modules, '.bin'), { recursive: true });
  mkdirSync(installed);
  await run('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1']);
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  for (const [path, { dev, devOptional }] of Object.entries<{ dev?: boolean; devOptional?: boolean }>(lock.packages)) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    if (name === undefined || dev || devOptional || name === 'smart-check') continue;
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, path), join(modules, name));
  }
  const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  chmodSync(join(installed, bin['smart-check']), 0o755);
  symlinkSync(join(installed, bin['smart-check']), join(modules, '.bin', 'smart-check'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }');
});
afterAll(() => server.close());

it('holds what it needs and nothing of its making', () => {
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
  expect(
    files.filter((file) => /\.test\.|\/testing\/|\.tsbuildinfo$|^(?:src|reports|test|bench|docs)\b/.test(file)),
  ).toEqual([]);
  const data = /^suites$|^suites\/profiles$|^suites\/profiles\/[\w-]+\.json$|^suites\/recipes\.json$/;
  expect(files.filter((file) => file.startsWith('suites') && !data.test(file))).toEqual([]);
  expect(files.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining([
      'bin/smart-check.js',
      'dist/index.js',
      'dist/types/src/index.d.ts',
      'schemas/config.schema.json',
      'README.md',
    ]),
  );
});

it('npx smart-check runs, and every command is there', async () => {
  const npx = (...args: string[]) => run('npx', ['--no-install', 'smart-check', ...args], { cwd: folder });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect((await npx('--version')).stdout.trim()).toBe(version);
  expect((await npx('explain', 'discovery/media-type')).stdout).toContain('To see it by hand');
  const { stdout } = await npx('run', server.fhirBaseUrl, '--suite', 'discovery', '--no-color');
  expect(stdout).toContain('report: ');
  expect(readdirSync(join(folder, 'smart-check-report')).sort()).toEqual(['junit.xml', 'report.html', 'results.json']);
});

it('is typed: what docs/library.md shows compiles in strict mode, and runs', async () => {
  const page = readFileSync(join(root, 'docs/library.md'), 'utf8');
  const [example = ''] = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
  writeFileSync(join(folder, 'example.ts'), example);
  const options = {
    strict: true,
    module: 'nodenext',
    target: 'es2023',
    outDir: 'out',
    types: ['node'],
    skipLibCheck: true,
    noUncheckedIndexedAccess: true,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['example.ts'] }));
  symlinkSync(join(root, 'node_modules', '@types'), join(modules, '@types'));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout: complaints } = await run(process.execPath, [compiler, '-p', folder], { cwd: folder }).catch(
    (error) => error,
  );
  expect(complaints).toBe('');
  const env = { ...process.env, FHIR_BASE_URL: server.fhirBaseUrl };
  const { stdout } = await run(process.execPath, [join(folder, 'out', 'example.js')], { cwd: folder, env });
  expect(stdout).toMatch(/^holds \d+, violated \d+$/m);
}, 120_000);

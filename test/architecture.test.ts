import { execFile } from 'node:child_process';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryFolder } from './fixtures/command-line.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const execute = promisify(execFile);

const sources = ['src', 'suites', 'reports', 'schemas', 'test', 'package.json', 'tsconfig.json'];

/** Runs the tool that checks imports over a copy of the sources with some files more. */
async function cruiseWith(files: readonly (readonly [name: string, text: string])[]): Promise<string> {
  const folder = temporaryFolder();
  for (const name of [...sources, '.dependency-cruiser.json']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  const cruiser = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const args = [cruiser, '--config', '.dependency-cruiser.json', 'src', 'suites', 'reports', 'schemas'];
  return execute(process.execPath, args, { cwd: folder }).then(
    ({ stdout }) => stdout,
    ({ stdout }) => stdout,
  );
}

it('a forbidden import turns the check of the stairs red', async () => {
  const strays = [
    ['src/kit/stray.ts', "import '../http/read-json.ts';", 'kit-imports-only-what-is-below'],
    ['src/server/stray.ts', "import '../kit/index.ts';", 'server-imports-only-what-is-below'],
    ['src/runner/stray.ts', "import '../../suites/index.ts';", 'runner-imports-only-what-is-below'],
    ['reports/stray.ts', "import '../src/index.ts';", 'reports-imports-only-what-is-below'],
    ['suites/stray.ts', "import '../src/cli/list.ts';", 'nobody-above-the-command-line'],
    ['src/http/stray.ts', "import './nowhere.ts';", 'no-unresolvable'],
    ['src/config/stray.ts', "import 'vitest';", 'only-what-is-declared'],
    ['suites/circle.ts', "import { there } from './there.ts';\nexport const here = there;", 'no-circles'],
  ] as const;
  const files = strays.map(([name, text]) => [name, text] as const);
  const wayBack = ['suites/there.ts', "import { here } from './circle.ts';\nexport const there = here;"] as const;
  const complaints = await cruiseWith([...files, wayBack]);
  for (const [name, , rule] of strays) expect(complaints).toContain(`error ${rule}: ${name}`);
});

it('and nothing else does', async () => {
  const complaints = await cruiseWith([['suites/fine.ts', "import '../src/kit/index.ts';"]]);
  expect(complaints).toContain('no dependency violations found');
});

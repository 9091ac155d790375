import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faults, type RunningServer, startServer } from '../src/server/index.ts';
import { serveCanned } from './fixtures/canned-server.ts';
import { type Finished, finished, smartCheck, temporaryFiles } from './fixtures/command-line.ts';

const { folder, fresh, written } = temporaryFiles();
const executable = fileURLToPath(new URL('../bin/smart-check.js', import.meta.url));
const hasScript = spawnSync('script', ['--version']).status === 0;
let good: RunningServer;
let faulty: RunningServer;
beforeAll(async () => {
  good = await startServer({});
  faulty = await startServer({
    faults: faults.filter(({ id }) => /media-type~fhir-json$|absolute-urls~one-slash/.test(id)),
  });
  await smartCheck(['run', good.fhirBaseUrl, '--suite', 'discovery', '-o', join(folder, 'good')]);
  await smartCheck(['run', faulty.fhirBaseUrl, '--suite', 'discovery', '-o', join(folder, 'faulty')]);
});
afterAll(() => Promise.all([good.close(), faulty.close()]));

/** In a pseudo terminal of 80 columns. */
async function onTerminal(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Finished> {
  const command = [process.execPath, executable, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const { FORCE_COLOR, NO_COLOR, ...inherited } = process.env;
  const ended = await finished(
    spawn('script', ['-qec', `stty cols 80 rows 40; ${command}`, '/dev/null'], {
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  return { ...ended, stdout: ended.stdout.replaceAll('\r\n', '\n') };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what steers a terminal is what is looked for
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** What must stay whole, however long: what a reader copies, the verdict, and what reads as code. */
const whole =
  /https?:\/\/|smart-check (?:run|explain|serve|self-test|init) |^(?:PASSED|FAILED|BLOCKED) {2}| {6}\S|openssl |report: \//;

function tooLong(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.length > 80 && !whole.test(line));
}

const commands: readonly (readonly string[])[] = [
  ['--help'],
  ['run', '--help'],
  ['report', 'merge', '--help'],
  ['list', 'requirements'],
  ['list', 'profiles'],
  ...['app-launch/code-single-use', 'discovery/media-type~fhir-json', 'onc-g10-hti1'].map((id) => [
    'explain',
    id,
    '--report',
    join(folder, 'faulty', 'results.json'),
  ]),
  ['explain', 'nope/nope'],
  ['report', 'show', join(folder, 'faulty', 'results.json')],
  ['report', 'diff', join(folder, 'good', 'results.json'), join(folder, 'faulty', 'results.json')],
  ['doctor'],
  ['run', 'http://127.0.0.1:9/fhir', '--suite', 'discvery'],
  ['run', '--timeout', 'soon'],
];

/** Lists are for grep: a line a row when piped, however long. */
const isList = (args: readonly string[]) => args[0] === 'list';

describe('piped', () => {
  it.each(commands.map((args) => [args.join(' '), args] as const))('%s', async (_, args) => {
    const { stdout, stderr } = await smartCheck(args);
    expect(stdout + stderr).not.toMatch(control);
    if (!isList(args)) expect(tooLong(stdout)).toEqual([]);
    expect(stdout + stderr).not.toContain('[]');
  });

  it('a run prints a line a test, and a summary of 80 columns', async () => {
    const { stdout } = await smartCheck(['run', faulty.fhirBaseUrl, '-o', fresh('out'), '--suite', 'discovery']);
    expect(stdout).not.toMatch(control);
    const [lines = '', summary = ''] = stdout.split('\nreport: ');
    expect(lines.split('\n').slice(1)).toSatisfy((all: readonly string[]) =>
      all.every((line) => /^[✓✗○!■] /.test(line) || line === ''),
    );
    expect(tooLong(`report: ${summary}`)).toEqual([]);
  });
});

describe.skipIf(!hasScript)('on a terminal of 80 columns', () => {
  it.each(commands.map((args) => [args.join(' '), args] as const))('%s', async (_, args) => {
    const { stdout } = await onTerminal(args, { TERM: 'dumb' });
    expect(stdout).not.toMatch(control);
    expect(tooLong(stdout)).toEqual([]);
  });

  it('that is dumb, a run redraws nothing and breaks no word', async () => {
    const args = ['run', faulty.fhirBaseUrl, '-o', fresh('out')];
    const { stdout, code } = await onTerminal(args, { TERM: 'dumb' });
    expect(code).toBe(1);
    expect(stdout).not.toMatch(control);
    expect(tooLong(stdout)).toEqual([]);
  });

  it('a run redraws its list; without colour where none is wanted', async () => {
    const args = ['run', faulty.fhirBaseUrl, '-o', fresh('out'), '--suite', 'discovery'];
    const plain = await onTerminal(args, { TERM: 'xterm', NO_COLOR: '1' });
    expect(plain.stdout).toContain('\u001b[2K');
    expect(plain.stdout).not.toContain('\u001b[31m');
    const colored = await onTerminal(args, { TERM: 'xterm' });
    expect(colored.stdout).toContain('\u001b[31m');
  });
});

it('of a page that led nowhere the terminal shows a line, and where the rest is', async () => {
  const server = await serveCanned(({ url = '', headers }, response) => {
    const origin = `http://${headers.host}`;
    response.setHeader('content-type', 'application/json');
    if (url.startsWith('/auth')) {
      response.setHeader('content-type', 'text/html');
      response.end('<h1>Select your plan</h1><button type=button>Gold</button>');
    } else if (url.endsWith('/.well-known/smart-configuration')) {
      response.end(
        JSON.stringify({
          authorization_endpoint: `${origin}/auth`,
          token_endpoint: `${origin}/token`,
          grant_types_supported: ['authorization_code'],
          capabilities: ['launch-standalone', 'client-public', 'permission-v2'],
          code_challenge_methods_supported: ['S256'],
        }),
      );
    } else response.writeHead(404).end('{}');
  });
  const config = written(
    'stuck.json',
    JSON.stringify({
      fhirBaseUrl: server.fhirBaseUrl,
      clients: { public: { clientId: 'app', redirectUri: 'https://app.example.org/callback' } },
      users: { patient: { username: 'ann', password: 'not-told' } },
    }),
  );
  const args = ['run', '-c', config, '-o', fresh('out'), '--test', 'app-launch/standalone-launch-completes'];
  const { stdout } = await smartCheck(args);
  expect(stdout).toContain('comes back after this:\n     press "Gold"\n     (the rest of it: report.html)\n');
  expect(stdout).toContain('   ○ 1 test blocked, as said above\n');
  expect(stdout).not.toContain('drive: steps');
  expect(tooLong(stdout.split('\nreport: ')[1] ?? '')).toEqual([]);
  await server.close();
}, 60_000);

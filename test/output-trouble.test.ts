/** What a run does where its reports cannot be written, or not by it alone. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reporters } from '../reports/index.ts';
import { type CannedServer, serveSmallAndSlow } from './fixtures/canned-server.ts';
import { finished, smartCheck, start, temporaryFiles } from './fixtures/command-line.ts';
import { sampleReport } from './fixtures/sample-report.ts';

const { fresh } = temporaryFiles();
const executable = fileURLToPath(new URL('../bin/smart-check.js', import.meta.url));
let server: CannedServer;
let slowServer: CannedServer;
beforeAll(async () => {
  ({ server, slowServer } = await serveSmallAndSlow());
});
afterAll(() => Promise.all([server.close(), slowServer.close()]));

const discovery = (output: string) => ['run', server.fhirBaseUrl, '--suite', 'discovery', '-o', output];
/** A run that is under way until it is told to end. */
const endless = (output: string) => ['run', slowServer.fhirBaseUrl, '--timeout', '60', '-o', output];

describe('a report that cannot be written', () => {
  it('is named with the reason, spares the others, and is an error of our own where nothing else was found', async () => {
    const output = fresh('out');
    const command = [process.execPath, executable, ...discovery(output), '-r', 'terminal,json,markdown']
      .map((word) => `'${word}'`)
      .join(' ');
    // 56 KiB (it counts in 512 bytes): too little for results.json, enough for report.md.
    const limited = await finished(spawn('sh', ['-c', `ulimit -f 112; ${command}`]));
    expect(limited.stderr).toMatch(/^smart-check: \S+results\.json cannot be written: .*too large/m);
    expect(limited.stderr).not.toMatch(/please report it|^\s+at /m);
    expect(limited.stdout.trimEnd().split('\n').at(-1)).toMatch(/^PASSED/);
    expect(limited.code).toBe(4);
    expect(existsSync(join(output, 'report.md'))).toBe(true);
    expect(readdirSync(output).filter((name) => name.startsWith('.') || name.endsWith('.tmp'))).toEqual([]);
  });

  it('is refused before anything is asked, where a folder has its name', async () => {
    const output = fresh('out');
    mkdirSync(join(output, 'report.html'), { recursive: true });
    const { code, stdout, stderr } = await smartCheck(discovery(output));
    expect(stderr).toMatch(/^smart-check: --output: cannot write to \S+report\.html: it is a folder\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.runIf(existsSync('/dev/full'))('on a terminal that takes nothing, leaves the files and says so', async () => {
    const output = fresh('out');
    const full = openSync('/dev/full', 'w');
    const run = await finished(
      spawn(process.execPath, [executable, ...discovery(output)], { stdio: ['ignore', full, 'pipe'] }),
    );
    closeSync(full);
    expect(run.stderr).toBe('smart-check: standard output cannot be written: ENOSPC: no space left on device, write\n');
    expect(run.code).toBe(4);
    expect(JSON.parse(readFileSync(join(output, 'results.json'), 'utf8')).exitCode).toBe(0);
  });
});

describe('a folder that another run writes to', () => {
  it('is refused, and free again when that run has ended, however it did', async () => {
    const output = fresh('out');
    const first = start(endless(output));
    const ended = finished(first);
    await new Promise((resolve) => first.stdout?.once('data', resolve));
    const second = await smartCheck(discovery(output));
    expect(second.stderr.replace(/\s+/g, ' ')).toMatch(
      /^smart-check: --output: another run \(process \d+\) writes to \S+out; give this one a folder of its own, or delete \.smart-check\.lock there if that run is over $/,
    );
    expect(second.code).toBe(2);
    first.kill('SIGKILL');
    await ended;
    const third = await smartCheck(discovery(output));
    expect(third).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(output).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('is taken where the run was on another machine, or what it left says nothing', async () => {
    const output = fresh('out');
    mkdirSync(output);
    for (const left of ['', '{"pid":1', JSON.stringify({ pid: process.pid, host: `not-${hostname()}` })]) {
      writeFileSync(join(output, '.smart-check.lock'), left);
      expect(await smartCheck(discovery(output))).toMatchObject({ code: 0, stderr: '' });
    }
  });
});

it('ends with its report when the terminal is closed', async () => {
  const output = fresh('out');
  const child = start(endless(output));
  const ended = finished(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  child.kill('SIGHUP');
  expect((await ended).code).toBe(130);
  expect(JSON.parse(readFileSync(join(output, 'results.json'), 'utf8')).exitCode).toBe(130);
});

it('shown again in another folder, a report keeps its pictures', async () => {
  const [from, to] = [fresh('from'), fresh('to')];
  mkdirSync(join(from, 'attachments'), { recursive: true });
  writeFileSync(join(from, 'attachments', 'page-0001.jpg'), 'a picture');
  writeFileSync(join(from, 'results.json'), [...(await reporters.json(terminal)).render(sampleReport())].join(''));
  const shown = await smartCheck(['report', 'show', join(from, 'results.json'), '-r', 'html', '-o', to]);
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(to, 'attachments', 'page-0001.jpg'), 'utf8')).toBe('a picture');
  expect(readdirSync(join(to, 'attachments'))).toEqual(['page-0001.jpg']);
  const again = await smartCheck(['report', 'show', join(from, 'results.json'), '-r', 'html', '-o', from]);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(from, 'attachments', 'page-0001.jpg'), 'utf8')).toBe('a picture');
});

const terminal = { color: false, columns: 80, dumb: false, quiet: false, wholeIn: null };

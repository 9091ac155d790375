import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../src/kit/index.ts';
import {
  type CannedServer,
  serveCanned,
  serveSmallAndSlow,
  smallServer,
  smartConfigurationOf,
} from './fixtures/canned-server.ts';
import { finished, smartCheck, start, temporaryFolder } from './fixtures/command-line.ts';

const folder = temporaryFolder();
let counter = 0;
function freshFolder(): string {
  counter += 1;
  return join(folder, `report-${counter}`);
}

function readReport(output: string): Omit<Report, 'exchanges'> & { exchanges: unknown[] } {
  return JSON.parse(readFileSync(join(output, 'results.json'), 'utf8'));
}

let server: CannedServer;
let slowServer: CannedServer;
beforeAll(async () => {
  ({ server, slowServer } = await serveSmallAndSlow());
});
afterAll(() => Promise.all([server.close(), slowServer.close()]));

describe('run', () => {
  it('goes on when nobody reads its output any more, and writes its reports', async () => {
    const output = freshFolder();
    const child = start(['run', server.fhirBaseUrl, '-o', output]);
    child.stdout?.destroy();
    const { code, stderr } = await finished(child);
    expect(stderr).toBe('');
    expect(code).toBe(readReport(output).exitCode);
    expect(readdirSync(output).sort()).toEqual(['junit.xml', 'report.html', 'results.json']);
  });

  it('with --test, runs one test and asks for no more than that test needs', async () => {
    const asked: string[] = [];
    const small = smallServer((origin) => JSON.stringify(smartConfigurationOf(origin)));
    const counting = await serveCanned((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      small(request, response);
    });
    const only = async (test: string) => {
      asked.length = 0;
      const output = freshFolder();
      await smartCheck(['run', counting.fhirBaseUrl, '-o', output, '-r', 'json', '--test', test]);
      expect(readReport(output).tests.map(({ id }) => id)).toEqual([test]);
      return [...asked];
    };
    const document = 'GET /fhir/.well-known/smart-configuration';
    expect(await only('discovery/capability-set')).toEqual([document]);
    expect(await only('discovery/endpoints-answer')).toEqual(expect.arrayContaining([document]));
    expect(asked.filter((line) => line === document)).toHaveLength(1);
    expect(asked.filter((line) => /metadata|jwks|openid|brands/.test(line) && !/GET \/brands/.test(line))).toEqual([]);
    await counting.close();
  });

  it('checks a server, writes the reports and says at the end what was not tested', async () => {
    const output = freshFolder();
    const { code, stdout } = await smartCheck(['run', server.fhirBaseUrl, '-o', output, '--no-color']);
    expect(code).toBe(0);
    expect(readdirSync(output).sort()).toEqual(['junit.xml', 'report.html', 'results.json']);
    const report = readReport(output);
    expect(report).toMatchObject({
      exitCode: 0,
      suites: expect.arrayContaining(['discovery']),
      target: { fhirVersion: '4.0.1' },
    });
    expect(report.exchanges.length).toBeGreaterThan(10);
    expect(stdout).toContain('app-launch');
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain(`report: ${join(output, 'report.html')}`);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^PASSED .* not tested: .*not configured: needs clients\.public/,
    );
  });

  it('does only what is asked for by --test, and what that needs', async () => {
    const output = freshFolder();
    await smartCheck(['run', server.fhirBaseUrl, '-o', output, '--test', 'discovery/pkce-*', '-r', 'json']);
    const report = readReport(output);
    expect(report.tests.map(({ id }) => id)).toEqual(['discovery/pkce-methods']);
    expect(report.exchanges).toHaveLength(1);
    expect(readdirSync(output)).toEqual(['results.json']);
  });

  it('exits with 1 on a failure, and on a warning with --fail-on warn', async () => {
    const odd = await serveCanned(
      smallServer((origin) => JSON.stringify({ ...smartConfigurationOf(origin), capabilities: ['acme-extra'] })),
    );
    const args = ['run', odd.fhirBaseUrl, '-o', freshFolder(), '--test', 'discovery/capabilities'];
    expect((await smartCheck(args)).code).toBe(0);
    expect((await smartCheck([...args, '--fail-on', 'warn'])).code).toBe(1);
    expect((await smartCheck([...args, '--spec-version', '2.0', '--require', 'discovery'])).code).toBe(0);
    await odd.close();
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'on %s writes the report of what was done and exits with 130',
    async (signal) => {
      const output = freshFolder();
      const child = start(['run', slowServer.fhirBaseUrl, '-o', output]);
      const end = finished(child);
      await partialReport(output, ({ tests }) => tests.some(({ outcome }) => outcome === 'passed'));
      child.kill(signal);
      const { code } = await end;
      expect(code).toBe(130);
      const report = readReport(output);
      expect(report.exitCode).toBe(130);
      expect(report.summary.passed).toBeGreaterThan(0);
      expect(report.tests.filter(({ reason }) => reason === 'the run was interrupted').length).toBeGreaterThan(0);
      expect(existsSync(join(output, 'report.html'))).toBe(true);
    },
  );

  it('leaves a readable partial results.json when it is killed', async () => {
    const output = freshFolder();
    const child = start(['run', slowServer.fhirBaseUrl, '-o', output]);
    const end = finished(child);
    const seen = await partialReport(output, ({ tests }) => tests.some(({ outcome }) => outcome === 'passed'));
    child.kill('SIGKILL');
    await end;
    expect(seen.exitCode).toBeNull();
    const report = readReport(output);
    expect(report).toMatchObject({ exitCode: null, finishedAt: null });
    expect(report.exchanges.length).toBeGreaterThan(0);
  });

  it('ends at its deadline, with what was done', async () => {
    const output = freshFolder();
    const { code } = await smartCheck(['run', slowServer.fhirBaseUrl, '-o', output, '--deadline', '2']);
    expect(code).toBe(3);
    const report = readReport(output);
    expect(report.tests.some(({ reason }) => reason === "the run's deadline of 2 s had passed")).toBe(true);
    expect(report.summary.passed).toBeGreaterThan(10);
  });
});

async function partialReport(output: string, enough: (report: ReturnType<typeof readReport>) => boolean) {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (existsSync(join(output, 'results.json'))) {
      const report = readReport(output);
      if (enough(report)) return report;
    }
    await sleep(50);
  }
  throw new Error('no partial report within 10 s');
}

describe('wrong usage exits with 2 and one clear line', () => {
  const readOnly = join(folder, 'file-not-folder');
  writeFileSync(readOnly, '');
  const folderOfReport = join(folder, 'a-report');
  mkdirSync(folderOfReport);
  writeFileSync(join(folderOfReport, 'results.json'), '{}');
  const cases: readonly [readonly string[], RegExp][] = [
    [['run'], /which server\?/],
    [
      ['run', 'http://127.0.0.1:9/fhir', '--suite', 'discvery'],
      /there is no suite "discvery"; did you mean "discovery"\?/,
    ],
    [['run', 'http://127.0.0.1:9/fhir', '--test', 'discovery/pkce'], /no test matches "discovery\/pkce"/],
    [
      ['run', 'http://127.0.0.1:9/fhir', '--require', 'discvery'],
      /there is no suite "discvery"; did you mean "discovery"\?/,
    ],
    [['run', 'http://127.0.0.1:9/fhir', '-r', 'htm'], /there is no reporter "htm"; did you mean "html"\?/],
    [['run', 'http://127.0.0.1:9/fhir', '-o', readOnly], /--output: cannot write to /],
    [['run', 'http://127.0.0.1:9/fhir', '-o', '/proc/report'], /--output: cannot write to /],
    [['run', 'http://127.0.0.1:9/fhir', '--timeout', 'soon'], /It must be a number above zero/],
    [['run', 'http://127.0.0.1:9/fhir', '--concurrency', '0'], /It must be a whole number above zero/],
    [['run', 'http://127.0.0.1:9/fhir', '--spec-version', '3.0'], /Allowed choices are 1\.0, 2\.0, 2\.1, 2\.2/],
    [['run', 'http://127.0.0.1:9/fhir', '--frobnicate'], /unknown option '--frobnicate'/],
    [['run', 'http://127.0.0.1:9/fhir', 'another'], /too many arguments/],
    [['run', 'http://127.0.0.1:9/fhir', '--suite', 'discovery', 'brands'], /given with commas: --suite a,b/],
    [['run', 'ehr.yaml'], /expected one, got a file; a configuration is given so: run -c ehr\.yaml/],
    [['run', '-c', 'http://127.0.0.1:9/fhir'], /got a URL; a FHIR base URL is given so: run http:/],
    [['run', 'http://127.0.0.1:9/fhir/metadata'], /did you mean "http:\/\/127\.0\.0\.1:9\/fhir"\?/],
    [['http://127.0.0.1:9/fhir'], /to check that server: smart-check run http:/],
    [['ehr.yaml'], /with that configuration: smart-check run -c ehr\.yaml/],
    [['serve', '--variant', 'nope'], /there is no variant "nope"; there are found-302, /],
    [['report', 'show', 'nope.json'], /cannot read nope\.json: no such file/],
    [['report', 'show', folderOfReport], /is a folder; expected a file: .*results\.json/],
    [['run', 'ehr.example.org/fhir'], /https:\/\/ehr\.example\.org\/fhir/],
    [['run', '-c', join(folder, 'missing.yaml')], /missing\.yaml/],
    [['rnu'], /unknown command 'rnu'/],
    [['list', 'requirement'], /did you mean "requirements"\?/],
    [['explain', 'discovery/pkce-s265'], /did you mean "discovery\/pkce-s256"\?/],
    [['serve', '--fault', 'discovery/media-type~fhirjson'], /did you mean "discovery\/media-type~/],
    [['serve', '--port', '99999'], /It must be a port number/],
    [['run', 'http://127.0.0.1:1/fhir', '--state', 'package.json'], /--state "package.json": this is no state file/],
    [['self-test', '--faults', 'nope*'], /no fault matches "nope\*"/],
    [['self-test', '--variants', 'backend-only+nope'], /no variant matches "backend-only\+nope"/],
    [['self-test', '--together', '3'], /--together goes with --variants/],
  ];
  it.each(cases)('%j', async (args, message) => {
    const { code, stdout, stderr } = await smartCheck(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
  });

  it('does so before anything is asked of the server', async () => {
    let asked = 0;
    const counting = await serveCanned((_, response) => {
      asked += 1;
      response.end();
    });
    await smartCheck(['run', counting.fhirBaseUrl, '-o', readOnly]);
    await smartCheck(['run', counting.fhirBaseUrl, '--suite', 'discvery', '-o', freshFolder()]);
    expect(asked).toBe(0);
    await counting.close();
  });

  it.skipIf(process.getuid?.() === 0)('for a folder that may not be written', async () => {
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    const { code, stderr } = await smartCheck(['run', server.fhirBaseUrl, '-o', join(locked, 'report')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--output: cannot write to .*EACCES/);
  });
});

it('self-test says where it cannot write temporary files, and ends', async () => {
  const nowhere = join(folder, 'nowhere');
  const { code, stderr } = await smartCheck(['self-test', '-o', join(folder, 'no-temporary-files')], {
    TMPDIR: nowhere,
  });
  expect(stderr).toContain(`temporary files cannot be written to ${nowhere}`);
  expect(code).toBe(2);
});

describe('self-test --faults', () => {
  it('proves faults in threads, and writes the matrix', async () => {
    const output = freshFolder();
    const { code, stdout } = await smartCheck(['self-test', '--faults', 'discovery/absolute-urls*', '-o', output]);
    const proof = JSON.parse(readFileSync(join(output, 'faults.json'), 'utf8'));
    expect(code).toBe(0);
    expect(proof.summary).toEqual({ caught: proof.runs.length, missed: 0, unjust: 0, errored: 0 });
    expect(proof.runs.length).toBeGreaterThan(8);
    expect(stdout).toContain(`${proof.runs.length} faults: ${proof.runs.length} caught, 0 missed`);
    expect(readFileSync(join(output, 'faults.html'), 'utf8')).toContain('discovery/absolute-urls~');
  });
});

describe('serve', () => {
  it('prints the FHIR base URL alone on its first line, writes a configuration that run takes, and ends on SIGTERM', async () => {
    const file = join(folder, 'reference.yaml');
    const child = start(['serve', '--https', '--write-config', file]);
    const end = finished(child);
    const firstLine = await new Promise<string>((resolve) =>
      child.stdout?.once('data', (data) => resolve(String(data))),
    );
    expect(firstLine).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/fhir\n$/);
    for (let attempt = 0; attempt < 100 && !existsSync(file); attempt++) await sleep(50);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const run = await smartCheck([
      'run',
      '-c',
      file,
      '-o',
      freshFolder(),
      '--fail-on',
      'warn',
      // Without a browser: self-test drives one through all suites.
      '--suite',
      'discovery,backend-services',
      '--require',
      'discovery,backend-services',
    ]);
    expect(run.stdout).toContain(firstLine.trim());
    expect(run.code, run.stdout).toBe(0);
    child.kill('SIGTERM');
    expect((await end).code).toBe(0);
  }, 120_000);

  it('says so when the port is taken', async () => {
    const port = new URL(server.origin).port;
    const { code, stderr } = await smartCheck(['serve', '--port', port]);
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`cannot listen at 127\\.0\\.0\\.1, port ${port}`));
  });
});

describe('list, explain and doctor', () => {
  it.each([
    ['tests', ['id', 'suite', 'title', 'requirements', 'needs']],
    ['requirements', ['id', 'ref', 'verb', 'guide', 'versions', 'condition', 'summary', 'tests', 'untestable']],
    ['faults', ['id', 'requirement', 'level', 'summary']],
    ['suites', ['id', 'title', 'tests']],
  ])('list %s --json prints an array', async (what, members) => {
    const { code, stdout } = await smartCheck(['list', what, '--json']);
    const rows: Record<string, unknown>[] = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows) expect(Object.keys(row)).toEqual(members);
  });

  it('explain says what a fault breaks and how to see it', async () => {
    const { stdout } = await smartCheck(['explain', 'discovery/pkce-s256']);
    expect(stdout).toContain('Requirement discovery/pkce-s256 (SHALL)');
    expect(stdout).toContain('https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#metadata');
    expect(stdout).toMatch(/fault {6}discovery\/pkce-s256~/);
  });

  it('doctor names a proxy that cannot be reached, or is none, and exits with 3', async () => {
    const dead = await smartCheck(['doctor'], { HTTP_PROXY: 'http://ann:sesame@127.0.0.1:1', https_proxy: '' });
    expect(dead.stdout).toMatch(
      /missing {2}proxy {5}HTTP_PROXY names 127\.0\.0\.1 port 1, which cannot be reached: .*ECONNREFUSED/,
    );
    expect(dead.stdout).toContain('correct or unset HTTP_PROXY');
    expect(dead.stdout).not.toContain('sesame');
    expect(dead.code).toBe(3);
    const none = await smartCheck(['doctor'], { HTTPS_PROXY: 'socks5://127.0.0.1:1' });
    expect(none.stdout).toMatch(/missing {2}proxy {5}HTTPS_PROXY: a proxy of kind socks5: is not supported/);
    const alive = await smartCheck(['doctor'], { HTTP_PROXY: new URL(server.fhirBaseUrl).origin });
    expect(alive.stdout).toMatch(/ok {7}proxy {5}HTTP_PROXY names 127\.0\.0\.1 port \d+, which accepts connections/);
  });

  it('doctor names a browser that cannot be run, and exits with 3', async () => {
    const { code, stdout } = await smartCheck(['doctor'], { SMART_CHECK_BROWSER: '/nowhere/chrome' });
    expect(code).toBe(3);
    expect(stdout).toMatch(/missing {2}browser {3}SMART_CHECK_BROWSER names \/nowhere\/chrome, which cannot be run/);
    expect(stdout).toMatch(/ok {7}Node/);
  });
});

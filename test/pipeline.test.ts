import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readReport } from '../reports/read-report.ts';
import { readBaseline } from '../src/index.ts';
import type { Report } from '../src/kit/index.ts';
import { type CannedServer, serveCanned, smallServer, smartConfigurationOf } from './fixtures/canned-server.ts';
import { finished, smartCheck, temporaryFiles } from './fixtures/command-line.ts';

const { folder, fresh, written } = temporaryFiles();

const servers: CannedServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.close())));

async function serving(listener: RequestListener): Promise<CannedServer> {
  const server = await serveCanned(listener);
  servers.push(server);
  return server;
}

function servingWith(changes: Record<string, unknown>): Promise<CannedServer> {
  return serving(smallServer((origin) => JSON.stringify({ ...smartConfigurationOf(origin), ...changes })));
}

const reporters = ['-r', 'terminal,json,html,markdown,junit', '--no-color'];

async function run(server: CannedServer, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const output = fresh('report');
  const all = ['run', server.fhirBaseUrl, '-o', output, ...reporters, ...args];
  const { code, stdout, stderr } = await smartCheck(all, { GITHUB_ACTIONS: '', ...env });
  return { code, stdout, stderr, output, text: (name: string) => readFileSync(join(output, name), 'utf8') };
}

function reportIn(output: string): Promise<Report> {
  return readReport(readFileSync(join(output, 'results.json'), 'utf8'));
}

const pkce = ['--test', 'discovery/pkce-*'];
const day = (offset: number) => new Date(Date.now() + offset * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);

let plain: CannedServer;
let fine: CannedServer;
beforeAll(async () => {
  plain = await servingWith({ code_challenge_methods_supported: ['plain'] });
  fine = await servingWith({});
});

describe('run --baseline', () => {
  const known = (requirement: string, expires: string, more = '') =>
    `  - { requirement: ${requirement}, test: discovery/pkce-methods, reason: "EHR-123", expires: ${expires}${more} }\n`;
  const both = (expires: string) =>
    `findings:\n${known('discovery/pkce-s256', expires)}${known('discovery/pkce-no-plain', expires)}`;

  it('bears known findings until their day, and says so everywhere', async () => {
    expect((await run(plain, pkce)).code).toBe(1);
    const file = written('baseline.yaml', both(day(1)));
    const { code, stdout, output, text } = await run(plain, [...pkce, '--baseline', file]);
    expect(code).toBe(0);
    const report = await reportIn(output);
    expect(report.exitCode).toBe(0);
    expect(report.tests[0]?.outcome).toBe('failed');
    expect(report.baseline?.findings.map(({ status }) => status)).toEqual(['known', 'known']);
    expect(report.tests[0]?.findings.find(({ level }) => level === 'fail')?.baseline).toEqual({
      reason: 'EHR-123',
      expires: day(1),
      expired: false,
    });
    expect(stdout).toContain(`borne until ${day(1)}: EHR-123`);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^NOTHING NEW {2}2 of 3 tested requirements do not hold, and all of them are known/,
    );
    expect(text('report.md')).toContain('2 known:');
    expect(text('report.html')).toContain('What was known before');
    expect(text('junit.xml')).toMatch(/<skipped message="known: discovery\/pkce-/);
    expect(text('junit.xml')).not.toMatch(/<failure|<error/);
  });

  it('is borne on its last day, and no longer', async () => {
    expect((await run(plain, [...pkce, '--baseline', written('b.yaml', both(day(0)))])).code).toBe(0);
    const { code, output, stdout } = await run(plain, [...pkce, '--baseline', written('b.yaml', both(day(-1)))]);
    expect(code).toBe(1);
    expect((await reportIn(output)).baseline?.findings.map(({ status }) => status)).toEqual(['expired', 'expired']);
    expect(stdout).toContain('2 expired, so that they fail');
  });

  it('fails what is new beside what is known', async () => {
    const file = written('b.yaml', `findings:\n${known('discovery/pkce-s256', day(9))}`);
    const { code, text } = await run(plain, [...pkce, '--baseline', file]);
    expect(code).toBe(1);
    expect(text('junit.xml')).toMatch(/<failure/);
  });

  it('names what is cured, and what nobody saw', async () => {
    const file = written(
      'b.yaml',
      `${both(day(9))}  - { requirement: discovery/media-type, reason: later, expires: ${day(9)} }\n`,
    );
    const { code, output, stdout } = await run(fine, [...pkce, '--baseline', file]);
    expect(code).toBe(0);
    expect((await reportIn(output)).baseline?.findings.map(({ status }) => status)).toEqual([
      'cured',
      'cured',
      'unseen',
    ]);
    expect(stdout).toContain('2 cured: take them out of the baseline');
    expect(stdout).toContain('1 not seen, as their tests came to no verdict');
  });

  it('bears warnings, too, but no failure for a warning', async () => {
    const odd = await servingWith({ revocation_endpoint: undefined });
    const args = ['--test', 'discovery/revocation-endpoint', '--fail-on', 'warn'];
    expect((await run(odd, args)).code).toBe(1);
    const warned = `findings:\n  - { requirement: discovery/revocation-endpoint, level: warn, reason: R, expires: ${day(1)} }\n`;
    expect((await run(odd, [...args, '--baseline', written('b.yaml', warned)])).code).toBe(0);
    const failed = `findings:\n${known('discovery/pkce-s256', day(1), ', level: warn')}${known('discovery/pkce-no-plain', day(1), ', level: warn')}`;
    expect((await run(plain, [...pkce, '--baseline', written('b.yaml', failed)])).code).toBe(1);
  });

  it('is written from a first run, and keeps its reasons when it is written anew', async () => {
    const first = await run(plain, pkce);
    const args = ['--reason', 'Ticket EHR-7', '--expires', day(5)];
    const { code, stdout } = await smartCheck(['report', 'baseline', join(first.output, 'results.json'), ...args]);
    expect(code).toBe(0);
    const file = written('first.yaml', stdout);
    const second = await run(plain, [...pkce, '--baseline', file]);
    expect(second.code).toBe(0);
    const anew = ['--reason', 'another', '--expires', day(50)];
    const again = await smartCheck(['report', 'baseline', join(second.output, 'results.json'), ...anew]);
    expect(again.stdout).toBe(stdout);
    const none = await run(fine, pkce);
    const empty = await smartCheck(['report', 'baseline', join(none.output, 'results.json'), ...args]);
    expect(empty.stdout).toMatch(/\nfindings: \[\]\n$/);
  });

  it('reads as docs/baselines.md shows', async () => {
    const page = readFileSync(new URL('../docs/baselines.md', import.meta.url), 'utf8');
    const [, example = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
    expect((await readBaseline(written('example.yaml', example))).findings).toHaveLength(1);
  });

  it.each([
    [
      'an unknown requirement',
      'findings:\n  - { requirement: discovery/pkce-s265, reason: R, expires: 2030-01-01 }',
      /:2:20: findings\[0\]\.requirement: there is no requirement "discovery\/pkce-s265"; did you mean "discovery\/pkce-s256"\?/,
    ],
    [
      'an unknown test',
      'findings:\n  - { requirement: discovery/pkce-s256, test: discovery/pkce-method, reason: R, expires: 2030-01-01 }',
      /findings\[0\]\.test: there is no test "discovery\/pkce-method"; did you mean "discovery\/pkce-methods"\?/,
    ],
    [
      'no reason',
      'findings:\n  - { requirement: discovery/pkce-s256, expires: 2030-01-01 }',
      /:2:5: missing key "reason" in findings\[0\] \(why it is borne\)/,
    ],
    [
      'no day',
      'findings:\n  - { requirement: discovery/pkce-s256, reason: R }',
      /missing key "expires" in findings\[0\]/,
    ],
    [
      'a day that is none',
      'findings:\n  - { requirement: discovery/pkce-s256, reason: R, expires: 2030-02-30 }',
      /there is no such day: "2030-02-30"/,
    ],
    [
      'for ever',
      'findings:\n  - { requirement: discovery/pkce-s256, reason: R, expires: never }',
      /expected the last day on which it is borne, such as 2027-03-31, got "never"/,
    ],
    [
      'a wrong level',
      'findings:\n  - { requirement: discovery/pkce-s256, reason: R, expires: 2030-01-01, level: error }',
      /expected fail or warn, got "error"/,
    ],
    [
      'the same twice',
      'findings:\n  - { requirement: discovery/pkce-s256, reason: R, expires: 2030-01-01 }\n  - { requirement: discovery/pkce-s256, reason: S, expires: 2030-01-01 }',
      /:3:5: findings\[1\]: the same finding stands at findings\[0\]/,
    ],
    ['another key', 'finding: []', /:1:1: unknown key "finding"; did you mean "findings"\?/],
    ['nothing', '', /expected a baseline, got nothing/],
  ])('with %s in it is exit code 2, with place and nearest name', async (_, text, message) => {
    const file = written('baseline.yaml', text);
    const { code, stdout, stderr } = await run(fine, ['--baseline', file]);
    expect(stderr).toMatch(message);
    expect(stderr).toContain(file);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([code, stdout]).toEqual([2, '']);
  });
});

describe('run --shard, and report merge', () => {
  const whole = ['--suite', 'discovery,brands', '--require', 'discovery', '--profile', 'ipa'];

  function comparable({
    tests,
    requirements,
    summary,
    exitCode,
    suites,
    notTested,
    profile,
    baseline,
    target,
  }: Report) {
    const outcomes = tests.map(({ id, outcome, why, findings }) => [
      id,
      outcome,
      why,
      findings.map(({ requirement, level }) => [requirement, level]),
    ]);
    return { outcomes, requirements, summary, exitCode, suites, notTested, profile, baseline, target };
  }

  it.each([
    ['a conformant server', () => fine],
    ['a faulty one', () => plain],
  ])('come to what the whole run comes to: %s', async (_, server) => {
    const baseline = written(
      'b.yaml',
      `findings:\n  - { requirement: discovery/pkce-s256, reason: R, expires: ${day(1)} }\n`,
    );
    const args = [...whole, '--baseline', baseline];
    const one = await run(server(), args);
    const parts = await Promise.all(['1/3', '2/3', '3/3'].map((shard) => run(server(), [...args, '--shard', shard])));
    for (const { output } of parts) expect((await reportIn(output)).tests.length).toBeGreaterThan(10);
    const output = fresh('merged');
    const files = parts.map((part) => join(part.output, 'results.json')).reverse();
    const merged = await smartCheck(['report', 'merge', ...files, '-o', output, ...reporters], { GITHUB_ACTIONS: '' });
    expect(merged.code).toBe(one.code);
    expect(comparable(await reportIn(output))).toEqual(comparable(await reportIn(one.output)));
    expect(await reportIn(output)).not.toHaveProperty('shard');
  });

  it('has the tests of a profile in the order of its clauses', async () => {
    const clauses = ['gamma', 'alpha', 'beta'].map((id) => ({
      id,
      cite: id,
      summary: id,
      advertises: { issuer: true },
    }));
    const sources = [{ title: 'T', url: 'https://t.example.org' }];
    const profile = written('p.json', JSON.stringify({ id: 'p', title: 'P', dated: '2026-11-25', sources, clauses }));
    const args = [...pkce, '--profile', profile];
    const one = await run(fine, args);
    const parts = await Promise.all(
      ['1/4', '2/4', '3/4', '4/4'].map((shard) => run(fine, [...args, '--shard', shard])),
    );
    const output = fresh('merged');
    await smartCheck(['report', 'merge', ...parts.map((part) => join(part.output, 'results.json')), '-o', output]);
    expect(comparable(await reportIn(output))).toEqual(comparable(await reportIn(one.output)));
  });

  it('a shard answers for its own tests alone', async () => {
    const { code, output, stdout } = await run(fine, [...whole, '--shard', '1/3']);
    expect(code).toBe(0);
    expect((await reportIn(output)).shard).toEqual({ index: 1, of: 3, planned: expect.any(Number) });
    expect(stdout).toContain('shard 1 of 3');
  });

  it('refuse what is not one whole run', async () => {
    const [first, second] = await Promise.all(['1/2', '2/2'].map((shard) => run(fine, [...pkce, '--shard', shard])));
    const other = await run(fine, [...pkce, '--shard', '1/3']);
    const strict = await run(fine, [...pkce, '--shard', '2/2', '--fail-on', 'warn']);
    const fewer = await run(fine, ['--test', 'discovery/pkce-*,discovery/media-type', '--shard', '2/2']);
    const merge = (...parts: readonly ({ output: string } | undefined)[]) =>
      smartCheck([
        'report',
        'merge',
        ...parts.map((part) => join(part?.output ?? '', 'results.json')),
        '-o',
        fresh('m'),
      ]);
    for (const [parts, message] of [
      [[first], /the run is not whole: shard 2 of 2 is missing/],
      [[first, first, second], /several hold the test discovery\/pkce-methods/],
      [[first, other], /not shards of the same number of parts/],
      [[first, strict], /--fail-on or --require was not the same for each/],
      [[first, fewer], /--suite or --test was not the same for each/],
    ] as const) {
      const { code, stderr } = await merge(...parts);
      expect(stderr).toMatch(message);
      expect(code).toBe(2);
    }
    expect((await merge(first, second)).code).toBe(0);
  });

  it.each(['0/2', '3/2', 'one', '1/2,2/2'])('--shard %s is exit code 2', async (shard) => {
    const { code, stderr } = await run(fine, ['--shard', shard]);
    expect(stderr).toMatch(/--shard: expected which of how many, such as 1\/3, got/);
    expect(code).toBe(2);
  });
});

describe('run --retry', () => {
  /** Breaks off the first connections that ask for the SMART configuration. */
  function flaky(failures: number): Promise<CannedServer> {
    let count = 0;
    const small = smallServer((origin) => JSON.stringify(smartConfigurationOf(origin)));
    return serving((request, response) => {
      if (request.url?.endsWith('/smart-configuration') && ++count <= failures) request.socket.destroy();
      else small(request, response);
    });
  }

  it('tries again what met with trouble on the way, and says that the server is flaky', async () => {
    expect((await run(await flaky(2), pkce)).code).toBe(3);
    const { code, output, stdout, text } = await run(await flaky(2), [...pkce, '--retry', '2']);
    expect(code).toBe(0);
    const { tests, exchanges } = await reportIn(output);
    expect(tests.map(({ outcome, retried }) => [outcome, retried])).toEqual([['passed', ['x1', 'x2', 'x3']]]);
    expect(tests[0]?.findings[0]?.exchanges).toEqual(['x1', 'x2', 'x3']);
    expect(exchanges.get('x1')?.error?.kind).toBe('connection');
    expect(exchanges.get('x3')?.retryOf).toEqual(['x1', 'x2']);
    const heading = 'Sent more than once, for transport trouble';
    for (const document of [stdout, text('report.md'), text('report.html')]) expect(document).toContain(heading);
  });

  it('calls nothing flaky where nobody ever answers', async () => {
    const down = await serving((request) => request.socket.destroy());
    const { code, output } = await run(down, [...pkce, '--retry', '1']);
    expect(code).toBe(3);
    const { tests, exchanges } = await reportIn(output);
    expect(tests.map(({ outcome, retried }) => [outcome, retried])).toEqual([['blocked', undefined]]);
    expect(tests[0]?.exchanges).toEqual(['x1', 'x2']);
    expect(exchanges.get('x2')?.retryOf).toEqual(['x1']);
  });

  it('hides no verdict: what a server answers is its answer', async () => {
    let asked = 0;
    const broken = await serving((_, response) => {
      asked += 1;
      response.writeHead(500).end();
    });
    const args = ['--test', 'discovery/location'];
    expect((await run(broken, args)).code).toBe(1);
    const once = asked;
    expect((await run(broken, [...args, '--retry', '3'])).code).toBe(1);
    expect(asked).toBe(2 * once);
  });

  it.each(['-1', '6', 'often'])('--retry %s is exit code 2', async (number) => {
    const { code, stderr } = await run(fine, [`--retry=${number}`]);
    expect(stderr).toMatch(/It must be a whole number from 0 to 5/);
    expect(code).toBe(2);
  });
});

describe('on GitHub', () => {
  const hostile = '::set-output name=token::stolen\n::stop-commands::x\r\n##[add-mask]x %0A::error::pwned';
  const onGithub = (summary: string) => ({ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary });
  const commands = (text: string) => text.split(/\r\n|\n|\r/).filter((line) => line.trimStart().startsWith('::'));

  it('annotates what failed, and writes the summary of the step', async () => {
    const summary = written('summary.md', '# Before\n');
    const { code, stdout } = await run(plain, pkce, onGithub(summary));
    expect(code).toBe(1);
    expect(commands(stdout)).toEqual([
      expect.stringMatching(/^::error title=discovery\/pkce-s256::.*https:%?/),
      expect.stringMatching(/^::error title=discovery\/pkce-no-plain::/),
      expect.stringMatching(/^::notice title=smart-check%3A FAILED::2 of 3 tested requirements do not hold/),
    ]);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^FAILED /);
    expect(readFileSync(summary, 'utf8')).toMatch(/^# Before\n# smart-check: FAILED\n/);
  });

  it('gives a server no way to give commands', async () => {
    const server = await servingWith({
      code_challenge_methods_supported: [hostile, 'plain'],
      capabilities: [hostile, '::error::x'],
      scopes_supported: hostile,
    });
    const summary = written('summary.md', '');
    const { stdout, stderr } = await run(server, ['--suite', 'discovery'], onGithub(summary));
    expect(stderr).toBe('');
    expect(stdout).toContain('stolen');
    for (const line of commands(stdout)) expect(line).toMatch(/^::(error|warning|notice) title=[^:,]*::/);
    expect(stdout).not.toContain('##[');
    expect(commands(stdout).length).toBeLessThanOrEqual(21);
  });

  it.each([['--suite'], ['--fail-on'], ['--config']])(
    'gives what stands in %s no way to give commands',
    async (option) => {
      const { code, stderr } = await run(fine, [option, 'x\n::error::pwned\n##[add-mask]y'], onGithub(''));
      expect(stderr).toContain('pwned');
      expect(commands(stderr)).toEqual([]);
      expect(stderr).not.toContain('##[');
      expect(code).toBe(2);
    },
  );

  it('annotates what is known as a warning', async () => {
    const file = written(
      'b.yaml',
      ['discovery/pkce-s256', 'discovery/pkce-no-plain'].reduce(
        (text, id) => `${text}  - { requirement: ${id}, reason: R, expires: ${day(1)} }\n`,
        'findings:\n',
      ),
    );
    const { code, stdout } = await run(plain, [...pkce, '--baseline', file], onGithub(fresh('summary.md')));
    expect(code).toBe(0);
    expect(commands(stdout).map((line) => line.split(' ', 1)[0])).toEqual(['::warning', '::warning', '::notice']);
  });

  it('goes on where the summary cannot be written, and says so', async () => {
    const { code, stderr } = await run(fine, pkce, onGithub(join(folder, 'nowhere', 'summary.md')));
    expect(code).toBe(0);
    expect(stderr).toMatch(/the summary of the step could not be written: ENOENT/);
  });

  it('says nothing of it elsewhere', async () => {
    const { stdout } = await run(plain, pkce);
    expect(commands(stdout)).toEqual([]);
  });
});

describe('the proof of the kit', () => {
  it.each([
    ['--profile', 'ipa', '--faults'],
    ['--baseline', 'b.yaml', '--variants'],
    ['--shard', '1/2', '--faults'],
    ['--retry', '1', '--faults'],
  ])('%s %s has no part in it: exit code 2', async (option, value, proof) => {
    const { code, stderr } = await smartCheck(['self-test', proof, option, value]);
    expect(stderr).toContain(`${option} has no part in ${proof}`);
    expect(code).toBe(2);
  });
});

describe('for machines', () => {
  it('--machine prints one JSON object a line, the verdict last, and nothing else', async () => {
    const { code, stdout, output } = await run(plain, [...pkce, '--machine', '--profile', 'ipa']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type }) => type)).toEqual([
      'run-start',
      ...(await reportIn(output)).tests.map(() => 'test-end'),
      'run-end',
    ]);
    expect(lines.find(({ id }) => id === 'discovery/pkce-methods')).toMatchObject({ outcome: 'failed' });
    expect(lines.at(-1)).toMatchObject({
      exitCode: code,
      verdict: 'FAILED',
      summary: { failed: expect.any(Number) },
      profile: { id: 'ipa', verdict: 'fail' },
      files: expect.arrayContaining([join(output, 'results.json')]),
    });
  });

  it('what a server says gives no command to GitHub by way of --machine either', async () => {
    const odd = await serving((_, response) => response.writeHead(200, { 'content-type': '##[add-mask]x' }).end('no'));
    const { stdout } = await run(odd, [...pkce, '--machine'], { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: '' });
    expect(stdout).not.toContain('##[');
    expect(JSON.parse(stdout.split('\n')[1] ?? '').reason).toContain('##[add-mask]x');
  });

  it('two runs report the same things in the same order', async () => {
    const fingerprint = async () => {
      const { output } = await run(plain, ['--suite', 'discovery,brands']);
      const { tests, requirements, notTested, suites, summary } = await reportIn(output);
      const order = tests.map(({ id, outcome, findings }) => [
        id,
        outcome,
        findings.map(({ requirement, level }) => [requirement, level]),
      ]);
      return createHash('sha256')
        .update(JSON.stringify([order, requirements, notTested, suites, summary]))
        .digest('hex');
    };
    expect(await fingerprint()).toBe(await fingerprint());
  });
});

describe('the action for GitHub', () => {
  it('hands its inputs over as they are, and passes on the exit code', async () => {
    const action: unknown = parse(readFileSync(new URL('../action.yml', import.meta.url), 'utf8'));
    const { script, env } = stepNamed(action, 'Run smart-check');
    const output = fresh('report');
    const outputs = written('outputs', '');
    const inputs: Record<string, string> = {
      'fhir-base-url': plain.fhirBaseUrl,
      suite: 'discovery',
      'fail-on': 'fail',
      retry: '1',
      output,
      // Were it part of the script, it would be run.
      profile: `"; touch '${join(folder, 'pwned')}'; "ipa`,
    };
    const given = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, inputs[/inputs\.([\w-]+)/.exec(value)?.[1] ?? ''] ?? '']),
    );
    const GITHUB_ACTION_PATH = fileURLToPath(new URL('..', import.meta.url));
    const ran = (changes: Record<string, string>) =>
      finished(
        spawn('bash', ['-c', script], {
          env: { ...process.env, GITHUB_ACTION_PATH, GITHUB_OUTPUT: outputs, ...given, ...changes },
        }),
      );
    expect(script).not.toContain('${{');
    expect((await ran({})).code).toBe(2);
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
    expect((await ran({ INPUT_PROFILE: '' })).code).toBe(1);
    expect(readFileSync(outputs, 'utf8')).toBe('exit-code=2\nexit-code=1\n');
    expect((await reportIn(output)).suites).toEqual(['discovery']);
  });
});

function stepNamed(action: unknown, name: string): { script: string; env: Record<string, string> } {
  const { runs } = action as { runs: { steps: { name?: string; run?: string; env?: Record<string, string> }[] } };
  const step = runs.steps.find((one) => one.name === name);
  if (!step?.run || !step.env) throw new Error(`there is no step ${name}`);
  return { script: step.run, env: step.env };
}

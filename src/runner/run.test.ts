import { describe, expect, test as it } from 'vitest';
import {
  type Artifact,
  artifact,
  Block,
  type Exchange,
  type Judge,
  type Requirement,
  type RunEvent,
  Skip,
  type Suite,
  specVersions,
  type Test,
  type TestResult,
  test,
  UsageError,
  wasBlocked,
} from '../kit/index.ts';
import { createArtifactStore } from './artifact-store.ts';
import { execute } from './execute.ts';
import { plan } from './plan.ts';
import { requirementVerdict } from './report.ts';
import { exitCodeOf, isFullyTested, verdictOf } from './verdict.ts';

function requirement(id: string, overrides: Partial<Requirement> = {}): Requirement {
  const text = { ref: null, verb: 'SHALL', guide: 'https://example.org', condition: 'always', summary: id } as const;
  return { id, ...text, versions: specVersions, ...overrides };
}

function suite(tests: readonly Test[], requirements?: readonly Requirement[]): Suite {
  const ids = [...new Set(tests.flatMap((each) => each.requirements))];
  return { id: 's', title: 'S', tests, requirements: requirements ?? ids.map((id) => requirement(id)) };
}

function passing(id: string, needs: readonly Artifact[] = []): Test {
  return test({
    id,
    title: id,
    requirements: [id],
    needs,
    run: ({ must }) => must(id, true, { expected: 'this', actual: 'this' }),
  });
}

interface RunOptions {
  readonly signal?: AbortSignal;
  readonly concurrency?: number;
  readonly isTooLate?: (exchange: Exchange) => boolean;
  readonly isOutlived?: (exchange: Exchange) => boolean;
  readonly redact?: (text: string) => string;
}

async function run(tests: readonly Test[], options: RunOptions = {}) {
  const results: TestResult[] = [];
  const events: RunEvent[] = [];
  const chosen = plan([suite(tests)], { specVersion: '2.2', suites: [], tests: [] });
  await execute(chosen, results, {
    store: createArtifactStore({}),
    concurrency: options.concurrency ?? 4,
    signal: options.signal ?? new AbortController().signal,
    emit: (event) => events.push(event),
    ...(options.redact && { redact: options.redact }),
    ...(options.isTooLate && { isTooLate: options.isTooLate }),
    ...(options.isOutlived && { isOutlived: options.isOutlived }),
  });
  return { results, events };
}

const answer = { status: 429, headers: {}, body: '', bodyBytes: 0, truncated: false };
const throttled: Exchange = {
  id: 'x1',
  by: 'http',
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 1,
  request: { method: 'GET', url: 'http://127.0.0.1/', headers: {}, body: null },
  response: answer,
  error: null,
  jwts: [],
};

describe('executing a plan', () => {
  it('turns findings into outcomes: the worst level counts, info and undecided never', async () => {
    const judged = (id: string, judge: (judge: Judge<'r'>) => void) =>
      test({ id, title: id, requirements: ['r'], needs: [], run: judge });
    const evidence = { expected: 'a', actual: 'b' };
    const { results } = await run([
      judged('s/passed', ({ must }) => must('r', true, evidence)),
      judged('s/warned', ({ must, should }) => {
        must('r', true, evidence);
        should('r', false, evidence);
      }),
      judged('s/failed', ({ must, should }) => {
        should('r', false, evidence);
        must('r', false, evidence);
      }),
      judged('s/noted', ({ info }) => info('r', { message: 'so' })),
      judged('s/undecided', ({ undecided }) => undecided('r', { message: 'give me a client' })),
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['passed', 'warned', 'failed', 'passed', 'skipped']);
    expect(results[4]).toMatchObject({ why: 'undecided', reason: 'give me a client' });
    expect(results[2]?.findings.at(-1)).toMatchObject({ level: 'fail', message: 'expected a; got b' });
  });

  it('obtains a shared artifact once, and blocks what needs it with one reason when it cannot be had', async () => {
    let asked = 0;
    const missing = artifact({
      name: 'missing',
      needs: [],
      obtain() {
        asked += 1;
        throw new Block('the server is gone', [throttled]);
      },
    });
    const { results } = await run([passing('s/a', [missing]), passing('s/b', [missing]), passing('s/c')]);
    expect(asked).toBe(1);
    expect(results.map(({ outcome, reason, exchanges }) => ({ outcome, reason, exchanges }))).toEqual([
      { outcome: 'blocked', reason: 'the server is gone', exchanges: ['x1'] },
      { outcome: 'blocked', reason: 'the server is gone', exchanges: ['x1'] },
      { outcome: 'passed', reason: undefined, exchanges: undefined },
    ]);
  });

  it('skips with its reason what does not apply, also by way of an artifact', async () => {
    const absent = artifact({
      name: 'absent',
      needs: [],
      obtain() {
        throw new Skip('not-advertised', 'no such capability');
      },
    });
    const further = artifact({ name: 'further', needs: [absent], obtain: () => 1 });
    const { results } = await run([passing('s/a', [further])]);
    expect(results[0]).toMatchObject({ outcome: 'skipped', why: 'not-advertised', reason: 'no such capability' });
  });

  it('keeps what a test found before it was blocked', async () => {
    const { results } = await run([
      test({
        id: 's/a',
        title: 'a',
        requirements: ['r'],
        needs: [],
        run({ must }) {
          must('r', false, { expected: 'a', actual: 'b' });
          throw new Block('gone');
        },
      }),
    ]);
    expect(results[0]).toMatchObject({ outcome: 'failed', reason: 'gone', findings: [{ level: 'fail' }] });
  });

  it('calls it our own error when a test that informs finds fault, and lets it say what it sees', async () => {
    const informing = (id: string, judge: (judge: Judge<'r'>) => void) =>
      test({ id, title: id, requirements: ['r'], needs: [], informs: true, run: judge });
    const evidence = { expected: 'a', actual: 'b' };
    const { results } = await run([
      informing('s/sees', ({ info }) => info('r', { message: 'it is so' })),
      informing('s/passes', ({ must }) => must('r', true, evidence)),
      informing('s/warns', ({ should }) => should('r', false, evidence)),
      informing('s/fails', ({ must }) => must('r', false, evidence)),
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'errored', 'errored']);
    expect(results[2]?.reason).toContain('the test informs, and found fault with r');
  });

  it('calls it our own error when a test throws, judges nothing, or judges what it does not declare', async () => {
    const { results } = await run([
      test({ id: 's/throws', title: '', requirements: ['r'], needs: [], run: () => Promise.reject(new Error('oops')) }),
      test({ id: 's/silent', title: '', requirements: ['r'], needs: [], run: () => undefined }),
      {
        ...passing('s/stray'),
        run: async (_, judge) => judge.must('other', true, { expected: 'a', actual: 'a' }),
      },
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['errored', 'errored', 'errored']);
    expect(results.map(({ reason }) => reason?.split('\n')[0])).toEqual([
      'Error: oops',
      'Error: the test ended without judging anything',
      'Error: the test judged other, which it does not declare',
    ]);
  });

  it('decides nothing against a server that answers 429', async () => {
    const { results } = await run([
      test({
        id: 's/a',
        title: 'a',
        requirements: ['r'],
        needs: [],
        run: ({ must }) => must('r', false, { expected: '200', actual: '429', because: throttled }),
      }),
    ]);
    expect(results[0]).toMatchObject({ outcome: 'skipped', why: 'undecided', findings: [{ level: 'undecided' }] });
  });

  it.each([true, false])(
    'decides nothing by what a later token had ended, be it refused as expected or not: %s',
    async (holds) => {
      const refused = test({
        id: 's/a',
        title: 'a',
        requirements: ['r'],
        needs: [],
        run: ({ must }) => must('r', holds, { expected: 'e', actual: 'a', because: { ...throttled, response: null } }),
      });
      const { results } = await run([refused], { isOutlived: () => true });
      expect(results[0]).toMatchObject({ outcome: 'skipped', findings: [{ level: 'undecided' }] });
    },
  );

  it('praises no server either for a refusal that is only a plea to be left alone', async () => {
    const refusing = test({
      id: 's/a',
      title: 'a',
      requirements: ['r'],
      needs: [],
      run: ({ must }) => must('r', true, { expected: 'a refusal', actual: '429', because: throttled }),
    });
    const { results } = await run([refusing]);
    expect(results[0]).toMatchObject({ outcome: 'skipped', why: 'undecided', findings: [{ level: 'undecided' }] });
  });

  it('runs as many tests at once as it may, and reports them in the order of the plan', async () => {
    let running = 0;
    let most = 0;
    const slow = (id: string, milliseconds: number) =>
      test({
        id,
        title: id,
        requirements: ['r'],
        needs: [],
        async run({ must }) {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setTimeout(resolve, milliseconds));
          running -= 1;
          must('r', true, { expected: '', actual: '' });
        },
      });
    const { results, events } = await run([slow('s/a', 30), slow('s/b', 5), slow('s/c', 5), slow('s/d', 5)], {
      concurrency: 2,
    });
    expect(most).toBe(2);
    expect(results.map(({ id }) => id)).toEqual(['s/a', 's/b', 's/c', 's/d']);
    expect(events.filter(({ type }) => type === 'test-end')).toHaveLength(4);
  });

  it('begins what waits before others', async () => {
    const noting = (id: string, waits: boolean) => ({ ...passing(id), ...(waits && { waits: true as const }) });
    const { results, events } = await run([noting('a', false), noting('b', true), noting('c', false)]);
    const started = events.flatMap((event) => (event.type === 'test-start' ? [event.id] : []));
    expect(started).toEqual(['b', 'a', 'c']);
    expect(results.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('runs tests that end grants for others last, one at a time', async () => {
    const order: string[] = [];
    let running = 0;
    const noting = (id: string, destroys?: string): Test =>
      test({
        id,
        title: id,
        requirements: [id],
        needs: [],
        ...(destroys !== undefined && { destroys }),
        async run({ must }) {
          running += 1;
          await new Promise((resolve) => setTimeout(resolve, 10));
          order.push(`${id} of ${running}`);
          running -= 1;
          must(id, true, { expected: '', actual: '' });
        },
      });
    const { results } = await run([noting('a', 'its grants'), noting('b'), noting('c', 'its grants'), noting('d')]);
    expect(order).toEqual(['b of 2', 'd of 1', 'a of 1', 'c of 1']);
    expect(results.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('gives back what was obtained, the last first, whatever fails on the way', async () => {
    const released: string[] = [];
    const release = async (value: string) => {
      released.push(value);
      if (value === 'second') throw new Error('gone');
    };
    const first = artifact({ name: 'first', needs: [], obtain: () => 'first', release });
    const second = artifact({ name: 'second', needs: [first], obtain: () => 'second', release });
    const third = artifact({ name: 'third', needs: [], obtain: () => Promise.reject(new Block('none')), release });
    const store = createArtifactStore({});
    await Promise.allSettled([store.obtain(second), store.obtain(third)]);
    await store.releaseAll();
    expect(released).toEqual(['first', 'second'].reverse());
  });

  it('blocks what has not finished when it is interrupted, and returns at once', async () => {
    const controller = new AbortController();
    const never = test({ id: 's/never', title: '', requirements: ['r'], needs: [], run: () => new Promise(() => {}) });
    const running = run([passing('s/done'), never, passing('s/later')], {
      signal: controller.signal,
      concurrency: 1,
    });
    setTimeout(() => controller.abort(new Error('interrupted')), 20);
    const { results } = await running;
    expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['passed', undefined],
      ['blocked', 'interrupted'],
      ['blocked', 'interrupted'],
    ]);
  });
});

describe('a test that is cut off', () => {
  /** Judges, and again when the run has ended; never ends by itself. */
  const cutOff = async (before: (judge: Judge) => void, after: (judge: Judge) => void = () => {}) => {
    const controller = new AbortController();
    const { signal } = controller;
    const judging = test({
      id: 's/long',
      title: '',
      requirements: ['r', 'q'],
      needs: [],
      async run(judge) {
        before(judge);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        after(judge);
      },
    });
    const running = run([judging], { signal });
    setTimeout(() => controller.abort(new Error('the deadline had passed')), 20);
    return (await running).results[0];
  };
  const seen = { expected: 'this', actual: 'that' };

  it('fails by what it had found, and says that it was cut off', async () => {
    const result = await cutOff(({ must, info }) => {
      must('r', false, seen);
      info('q', { message: 'by the way' });
    });
    expect(result).toMatchObject({ outcome: 'failed', reason: 'the deadline had passed' });
    expect(result?.findings.map(({ requirement: id, level }) => [id, level])).toEqual([
      ['r', 'fail'],
      ['q', 'info'],
    ]);
    expect(result && wasBlocked(result)).toBe(true);
  });

  it('is blocked where nothing was wrong so far, and proves nothing', async () => {
    const result = await cutOff(({ must }) => must('r', true, seen));
    expect(result).toMatchObject({ outcome: 'blocked', reason: 'the deadline had passed' });
    expect(result?.findings.map(({ requirement: id, level }) => [id, level])).toEqual([
      ['r', 'pass'],
      ['r', 'undecided'],
    ]);
    expect(verdictOf(result?.findings ?? [])).toBe('untested');
  });

  it('accuses nobody of requests that were cut off', async () => {
    const result = await cutOff(
      () => {},
      ({ must }) => must('r', false, seen),
    );
    expect(result).toMatchObject({ outcome: 'blocked', findings: [] });
  });
});

describe('choosing what to run', () => {
  const suites = [suite([passing('s/a'), passing('s/b/c')]), { id: 'later', title: '', requirements: [], tests: [] }];
  const select = (selection: Partial<Parameters<typeof plan>[1]>) =>
    plan(suites, { specVersion: '2.2', suites: [], tests: [], ...selection });

  it('takes globs in which * crosses slashes', () => {
    expect(select({ tests: ['s/*c'] }).tests.map(({ id }) => id)).toEqual(['s/b/c']);
    expect(select({ tests: ['*'] }).tests).toHaveLength(2);
    expect(() => select({ tests: ['s.a'] })).toThrow(UsageError);
  });

  it('names the nearest suite or test for one that does not exist', () => {
    expect(() => select({ suites: ['latr'] })).toThrow('there is no suite "latr"; did you mean "later"?');
    expect(() => select({ tests: ['s/aa'] })).toThrow('did you mean "s/a"?');
  });

  it('says why a suite is left out, and refuses one that has no tests', () => {
    expect([...select({}).left]).toEqual([['later', 'no tests yet']]);
    expect(() => select({ suites: ['later'] })).toThrow('the suite "later" has no tests yet');
  });

  it('leaves out tests none of whose requirements apply in this version of the guide, and drops their findings', async () => {
    const old = suite(
      [passing('s/a'), passing('s/b')],
      [requirement('s/a', { versions: ['2.2'] }), requirement('s/b', { versions: ['1.0'] })],
    );
    expect(plan([old], { specVersion: '1.0', suites: [], tests: [] }).tests.map(({ id }) => id)).toEqual(['s/b']);
    expect(plan([old], { specVersion: '2.0', suites: [], tests: [] }).left.get('s')).toContain('version 2.0');
  });
});

describe('the exit code', () => {
  const result = (outcome: TestResult['outcome'], why?: TestResult['why']): TestResult => ({
    id: 's/a',
    suite: 's',
    title: '',
    outcome,
    startedAt: '',
    durationMs: 0,
    findings: [],
    ...(why && { why }),
  });
  const policy = { failOn: 'fail', require: [], interrupted: false } as const;

  it.each([
    [['passed'], policy, 0],
    [['warned'], policy, 0],
    [['warned'], { ...policy, failOn: 'warn' }, 1],
    [['passed', 'blocked'], policy, 3],
    [['blocked', 'errored'], policy, 4],
    [['errored', 'failed'], policy, 1],
    [['failed', 'errored'], { ...policy, interrupted: true }, 130],
  ] as const)('%j is %o: %i', (outcomes, exitPolicy, code) => {
    expect(
      exitCodeOf(
        outcomes.map((outcome) => result(outcome)),
        exitPolicy,
      ),
    ).toBe(code);
  });

  it('is 3 when what failed is known, and the rest of its test was blocked', () => {
    const fail = { requirement: 'r', level: 'fail', message: '', exchanges: [] } as const;
    const known = { ...fail, baseline: { reason: 'R', expires: '2027-01-01', expired: false } };
    const failed = { ...result('failed'), findings: [known] };
    expect(exitCodeOf([failed], policy)).toBe(0);
    expect(exitCodeOf([{ ...failed, reason: 'the server is gone' }], policy)).toBe(3);
    expect(exitCodeOf([{ ...failed, reason: 'needs a client', why: 'not-configured' }], policy)).toBe(0);
    expect(exitCodeOf([{ ...result('warned'), reason: 'the server is gone' }], policy)).toBe(3);
    const rest = { ...failed, findings: [known, { ...fail, requirement: 'q', level: 'pass' }] } as const;
    expect(requirementVerdict('q', [rest]).verdict).toBe('holds');
    expect(requirementVerdict('q', [{ ...rest, reason: 'the server is gone' }]).verdict).toBe('untested');
  });

  it('is 1 when a required suite was not fully tested; what the server does not advertise counts as tested', () => {
    const demanding = { ...policy, require: ['s'] };
    expect(exitCodeOf([result('passed'), result('skipped', 'not-advertised')], demanding)).toBe(0);
    expect(exitCodeOf([result('passed'), result('skipped', 'not-configured')], demanding)).toBe(1);
    expect(exitCodeOf([result('blocked')], demanding)).toBe(1);
    expect(isFullyTested('s', [])).toBe(false);
  });
});

describe('a token that expires during a run', () => {
  const used = (id: string): Exchange => ({ ...throttled, id, response: null });
  /** Obtained as often as it is dropped; each time it gives another token. */
  const tokens = () => {
    const obtained: string[] = [];
    const grant = artifact({
      name: 'grant',
      needs: [],
      perishes: true,
      obtain: () => `x${obtained.push('a grant')}`,
    });
    const record = artifact({ name: 'record', needs: [grant], obtain: ({ grant }) => grant });
    return { record, obtained };
  };
  const reading = (id: string, record: Artifact<'record', string>, holds: (token: string) => boolean) =>
    test({
      id,
      title: id,
      requirements: [id],
      needs: [record],
      run: ({ record, must }) => must(id, holds(record), { expected: 'a', actual: 'b', because: used(record) }),
    });

  it('praises no server for refusing it, and judges again with another', async () => {
    const { record, obtained } = tokens();
    const refused = (id: string): Exchange => ({ ...throttled, id, response: { ...answer, status: 401 } });
    const refusing = test({
      id: 's/refusing',
      title: 'refusing',
      requirements: ['s/refusing'],
      needs: [record],
      run: ({ record, must }) =>
        must('s/refusing', true, { expected: 'a refusal', actual: '401', because: refused(record) }),
    });
    const { results } = await run([refusing], { isTooLate: ({ id }) => id === 'x1' });
    expect(results[0]).toMatchObject({ outcome: 'passed' });
    expect(obtained).toHaveLength(2);
    const never = await run([refusing], { isTooLate: () => true });
    expect(never.results[0]).toMatchObject({ outcome: 'skipped', why: 'undecided' });
  });

  it('is obtained anew once, with all that was made of it, and the test judges again', async () => {
    const { record, obtained } = tokens();
    const reads = ['s/one', 's/two', 's/three'].map((id) => reading(id, record, (token) => token !== 'x1'));
    const { results } = await run(reads, { isTooLate: ({ id }) => id === 'x1' });
    expect(results.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed']);
    expect(obtained).toHaveLength(2);
  });

  it('leaves a test undecided when the new one expires under it, too', async () => {
    const { record, obtained } = tokens();
    const { results } = await run([reading('s/one', record, () => false)], { isTooLate: () => true });
    expect(results[0]).toMatchObject({
      outcome: 'skipped',
      why: 'undecided',
      reason: expect.stringContaining('expired'),
    });
    expect(obtained).toHaveLength(2);
  });

  it('skips no test that compares with what it may do', async () => {
    const { record, obtained } = tokens();
    const comparing = test({
      id: 's/comparing',
      title: 'comparing',
      requirements: ['s/comparing'],
      needs: [record],
      run({ record, must }) {
        if (record === 'x1') throw new Skip('undecided', 'the token reads nothing', [used(record)]);
        must('s/comparing', true, { expected: 'a', actual: 'a', because: used(record) });
      },
    });
    const { results } = await run([comparing], { isTooLate: ({ id }) => id === 'x1' });
    expect(results[0]).toMatchObject({ outcome: 'passed' });
    expect(obtained).toHaveLength(2);
  });

  it('is no excuse for what another exchange shows', async () => {
    const { record, obtained } = tokens();
    const { results } = await run([reading('s/one', record, () => false)], { isTooLate: ({ id }) => id === 'x9' });
    expect(results[0]).toMatchObject({ outcome: 'failed' });
    expect(obtained).toHaveLength(1);
  });

  it('is no excuse where it is meant to have expired', async () => {
    const lenient = test({
      id: 's/expired',
      title: 'Expired tokens are refused',
      requirements: ['s/expired'],
      needs: [],
      run: ({ must }) =>
        must('s/expired', false, { expected: 'no', actual: 'yes', expired: 'meant', because: used('x1') }),
    });
    const { results } = await run([lenient], { isTooLate: () => true });
    expect(results[0]).toMatchObject({ outcome: 'failed' });
  });

  it('unblocks what was blocked by it', async () => {
    const { record } = tokens();
    const measure = artifact({
      name: 'measure',
      needs: [record],
      obtain({ record }) {
        if (record === 'x1') throw new Block('the token cannot read', [used('x1')]);
        return record;
      },
    });
    const { results } = await run([passing('s/one', [measure])], { isTooLate: ({ id }) => id === 'x1' });
    expect(results[0]).toMatchObject({ outcome: 'passed' });
  });
});

it('no secret stands in what is said of the target, in results and in events', async () => {
  const quoting = test({
    id: 'quotes',
    title: 'quotes',
    requirements: ['quotes'],
    needs: [],
    run: ({ must, info }) => {
      must('quotes', false, { expected: 'no s3cr3t', actual: 's3cr3t' });
      info('quotes', { message: 'it said s3cr3t' });
      throw new Block('the page says s3cr3t');
    },
  });
  const redact = (text: string) => text.replaceAll('s3cr3t', '‹secret›');
  const { results, events } = await run([quoting], { redact });
  expect(results[0]).toMatchObject({ reason: 'the page says ‹secret›', findings: [{ actual: '‹secret›' }, {}] });
  expect(JSON.stringify([results, events])).not.toContain('s3cr3t');
});

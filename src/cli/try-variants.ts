import { count } from '../../reports/wording.ts';
import { createPlainBrowser } from '../browser/plain/create-plain-browser.ts';
import { check } from '../index.ts';
import { exitCodes, type Finding, globMatcher, UsageError } from '../kit/index.ts';
import { joined, packTogether, singleVariants, type Variant, variants } from '../server/index.ts';
import { foldOnTerminal } from './fold.ts';
import { seededShuffle } from './seeded-shuffle.ts';
import type { SelfTestOptions } from './self-test.ts';
import { noProxy, withReferenceServer } from './with-reference-server.ts';

type VariantOptions = Pick<SelfTestOptions, 'suite' | 'test' | 'concurrency' | 'timeout' | 'exhaustive'>;

/** What a variant of the reference server was told. */
interface VariantRun {
  readonly id: string;
  /** Failures, of which a server that conforms deserves none, and warnings that it does not deserve. */
  readonly accusations: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Ids of tests that were blocked or errored, with the reason. */
  readonly troubles: readonly string[];
  readonly summary: string;
}

/** In a browser only where a variant's pages differ: forms sent plainly get as far through all others. */
function browsing({ pageStyle }: Variant, exhaustive: boolean) {
  return pageStyle !== undefined || exhaustive ? {} : { browseBy: createPlainBrowser };
}

/**
 * Checks the variants of the reference server, one after the other. All of them conform: a test that fails, is blocked or
 * errs is wrong.
 *
 * @returns the exit code: 1 when a variant was accused
 */
export async function tryVariants(options: SelfTestOptions, globs: string): Promise<number> {
  const chosen = options.together === undefined ? named(globs) : draw(globs, options.together, options.seed);
  const accused: string[] = [];
  for (const variant of chosen) {
    const run = await runVariant(variant, options);
    const isRight = run.accusations.length === 0 && run.troubles.length === 0;
    if (!isRight) accused.push(run.id);
    if (!options.quiet || !isRight) print(run, isRight);
  }
  const wrongly = accused.length > 0 ? `; wrongly judged: ${accused.join(', ')}` : '';
  const passed = `${count(chosen.length, 'variant')}: ${chosen.length - accused.length} passed`;
  process.stdout.write(foldOnTerminal(`\n${passed}${wrongly}\n`));
  return accused.length > 0 ? exitCodes.violated : exitCodes.ok;
}

/** @throws UsageError when there is no such variant */
function named(globs: string): readonly Variant[] {
  const chosen = globs.split(',').flatMap((glob) => {
    const matching = matchingOf(glob, variants);
    return matching.length > 0 ? matching : (joined(glob) ?? []);
  });
  if (chosen.length > 0) return [...new Set(chosen)];
  throw new UsageError(`no variant matches "${globs}"; there are ${variants.map(({ id }) => id).join(', ')}`);
}

/** Says the seed, so that the same servers can be had again. */
function draw(globs: string, size: number, seed = Math.floor(Math.random() * 2 ** 31)): readonly Variant[] {
  const matching = [...new Set(globs.split(',').flatMap((glob) => matchingOf(glob, singleVariants)))];
  process.stdout.write(`${size} variants to a server, --seed ${seed}\n`);
  return packTogether(seededShuffle(matching, String(seed)), size);
}

function matchingOf(glob: string, among: readonly Variant[]): readonly Variant[] {
  const matches = globMatcher(glob);
  return among.filter(({ id }) => matches(id));
}

export async function runVariant(variant: Variant, options: VariantOptions): Promise<VariantRun> {
  const { report, dispose } = await withReferenceServer({ variant }, ({ configuration, time }) =>
    check({
      configuration,
      time,
      env: noProxy,
      ...browsing(variant, options.exhaustive ?? false),
      suites: options.suite,
      tests: options.test,
      concurrency: options.concurrency,
      timeoutSeconds: options.timeout,
    }),
  );
  await dispose();
  const findings = report.tests.flatMap((test) => test.findings);
  const isMeant = ({ requirement }: Finding) => variant.warned?.includes(requirement) ?? false;
  const counted = Object.entries(report.summary).filter(([, number]) => number > 0);
  return {
    id: variant.id,
    accusations: findings.filter(
      (finding) => finding.level === 'fail' || (finding.level === 'warn' && !isMeant(finding)),
    ),
    warnings: findings.filter((finding) => finding.level === 'warn' && isMeant(finding)),
    troubles: report.tests
      .filter(({ outcome }) => outcome === 'blocked' || outcome === 'errored')
      .map(({ id, outcome, reason }) => `${id} ${outcome}: ${reason}`),
    summary: `${counted.map(([outcome, number]) => `${number} ${outcome}`).join(', ')}, ${(report.durationMs / 1000).toFixed(1)} s`,
  };
}

function print({ id, accusations, warnings, troubles, summary }: VariantRun, isRight: boolean): void {
  const lines = [
    `${isRight ? 'passed' : 'WRONG '}  ${id}: ${summary}`,
    ...accusations.map(({ level, requirement, message }) => `        ${level} ${requirement}: ${message}`),
    ...warnings.map(({ requirement, message }) => `        warn ${requirement}: ${message}`),
    ...troubles.map((trouble) => `        ${trouble}`),
  ];
  process.stdout.write(foldOnTerminal(`${lines.join('\n')}\n`));
}

import { count } from '../../reports/wording.ts';
import { createPlainBrowser } from '../browser/plain/create-plain-browser.ts';
import { check } from '../index.ts';
import { exitCodes, type Finding, globMatcher, UsageError } from '../kit/index.ts';
import { type Variant, variants } from '../server/index.ts';
import { foldOnTerminal } from './fold.ts';
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
  const matchers = globs.split(',').map(globMatcher);
  const chosen = variants.filter(({ id }) => matchers.some((matches) => matches(id)));
  if (chosen.length === 0) {
    throw new UsageError(`no variant matches "${globs}"; there are ${variants.map(({ id }) => id).join(', ')}`);
  }
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

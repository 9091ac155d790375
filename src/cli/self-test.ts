import { createChromium } from '../browser/chromium.ts';
import { UsageError } from '../kit/index.ts';
import { findFhirVersion } from './find-fhir-version.ts';
import { lookTheDayBefore } from './look-the-day-before.ts';
import { type RunOptions, runAndReport } from './run-and-report.ts';
import { noProxy, withReferenceServer } from './with-reference-server.ts';

export interface SelfTestOptions extends RunOptions {
  /** A glob over fault ids, or true for all. */
  readonly faults?: string | true;
  readonly seed?: number;
  /** A glob over the ids of conformant variants, or true for all. */
  readonly variants?: string | true;
  /** How many variants make one server; each is a server of its own unless given. */
  readonly together?: number;
  /** What the reference server speaks; R4 unless given. */
  readonly fhirVersion?: string;
  /** Every test against every fault. */
  readonly exhaustive?: boolean;
}

/** Checks the reference server with every suite; with `faults`, whether every fault of it is caught and nobody else accused. */
export async function selfTest(options: SelfTestOptions): Promise<void> {
  if (options.fhirVersion !== undefined && (options.faults ?? options.variants) !== undefined) {
    throw new UsageError('--fhir-version goes with neither --faults nor --variants: each of them names its own');
  }
  if (options.together !== undefined && options.variants === undefined) {
    throw new UsageError('--together goes with --variants');
  }
  refuseBeside(options);
  if (options.faults !== undefined) {
    const { proveFaults } = await import('./prove-faults.ts');
    process.exitCode = await proveFaults(options, options.faults === true ? '*' : options.faults);
    return;
  }
  if (options.variants !== undefined) {
    const { tryVariants } = await import('./try-variants.ts');
    process.exitCode = await tryVariants(options, options.variants === true ? '*' : options.variants);
    return;
  }
  const fhirVersion = options.fhirVersion === undefined ? undefined : findFhirVersion(options.fhirVersion);
  const chromium = createChromium({ headed: false, loopbackOnly: false, light: true, env: noProxy });
  try {
    process.exitCode = await withReferenceServer({ fhirVersion }, async (reference) => {
      const { configuration, time } = reference;
      const memory = await lookTheDayBefore(reference, { ...options, chromium });
      return runAndReport(options, { configuration, memory, time, chromium, env: noProxy });
    });
  } finally {
    await chromium.close();
  }
}

/** What faults and variants prove is the kit: nothing of it is known, divided or held to a profile. */
function refuseBeside(options: SelfTestOptions): void {
  const proof = options.faults !== undefined ? '--faults' : options.variants !== undefined ? '--variants' : null;
  if (proof === null) return;
  const beside = (['profile', 'baseline', 'shard', 'retry', 'machine'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (beside !== undefined) throw new UsageError(`--${beside} has no part in ${proof}`);
}

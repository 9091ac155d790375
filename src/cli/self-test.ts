import { type RunOptions, runAndReport } from './run-and-report.ts';
import { noProxy, withReferenceServer } from './with-reference-server.ts';

export interface SelfTestOptions extends RunOptions {
  /** A glob over fault ids, or true for all. */
  readonly faults?: string | true;
  readonly seed?: number;
}

/** Checks the reference server with every suite; with `faults`, whether every fault of it is caught and nobody else accused. */
export async function selfTest(options: SelfTestOptions): Promise<void> {
  if (options.faults !== undefined) {
    const { proveFaults } = await import('./prove-faults.ts');
    process.exitCode = await proveFaults(options, options.faults === true ? '*' : options.faults);
    return;
  }
  process.exitCode = await withReferenceServer({}, (configuration) =>
    runAndReport(options, { configuration, env: noProxy }),
  );
}

import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

/** Ends the test run with one line that counts, on the terminal and in the file that SMART_CHECK_TEST_COUNTS names. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[], reason: TestRunEndReason): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const count = (state: string) => states.filter((each) => each === state).length;
    // A file that cannot be loaded, or an error outside any test, is a failure too.
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length;
    const failed = Math.max(count('failed') + broken, reason === 'failed' ? 1 : 0);
    const skipped = count('skipped') > 0 ? `, ${count('skipped')} skipped` : '';
    const line = `${count('passed')} passed, ${failed} failed${skipped}\n`;
    const file = process.env.SMART_CHECK_TEST_COUNTS;
    if (file) writeFileSync(file, line);
    process.stdout.write(`\n${line}`);
  }
}

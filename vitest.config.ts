import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,suites,reports,schemas,test}/**/*.test.ts'],
    reporters: ['default', './test/count-reporter.ts'],
    // Many tests wait for servers and browsers, so that two cores are worth two workers; vitest would start one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Files share modules, which costs a third less than loading them for each; none of them changes what is shared.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,suites,reports,schemas,test}/**/*.test.ts'],
    reporters: ['default', './test/count-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';

const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/**
 * A few files instead of hundreds: reading modules one by one was most of what a short run cost. What is imported when
 * it is needed stays in files of its own.
 */
export default defineConfig({
  input: { main: 'src/cli/main.ts', index: 'src/index.ts', 'fault-thread': 'src/cli/fault-thread.ts' },
  external: [/^node:/, /^#/, ...Object.keys(dependencies).map((name) => new RegExp(`^${name}(?:/|$)`))],
  platform: 'node',
  transform: { target: 'node20.19' },
  output: { dir: 'dist', format: 'esm', chunkFileNames: '[name].js' },
});

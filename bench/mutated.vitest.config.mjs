/** Unit tests of modules as mutation.mjs changed them: what a test imports from src and suites comes from its copy of build. */
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const project = join(dirname(fileURLToPath(import.meta.url)), '..');
const build = process.env.MUTATED_BUILD ?? join(project, 'build');
const isOwn = (path) => /^(src|suites)\b/.test(path) && path.endsWith('.ts') && !path.includes(`${sep}testing${sep}`);

export default defineConfig({
  root: project,
  plugins: [
    {
      name: 'mutated',
      enforce: 'pre',
      resolveId(source, importer) {
        if (!source.startsWith('.') || importer === undefined) return null;
        const path = relative(project, resolve(dirname(importer), source));
        return isOwn(path) ? join(build, path.replace(/ts$/, 'js')) : null;
      },
    },
  ],
  test: { include: ['{src,suites}/**/*.test.ts'], reporters: ['dot'], bail: 1, fileParallelism: false },
});

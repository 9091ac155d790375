import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { _ } from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { defineConfig } from 'rolldown';
// `tsc` has been here before.
import { checks, compileWith } from './build/schemas/compile.js';

const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Schemas as functions, each loaded when it is needed: to compile them was a third of what a run without a browser cost. */
const compiledSchemas = {
  name: 'compiled-schemas',
  resolveId: (id) => (id.startsWith('check:') ? id : null),
  load(id) {
    if (id === here('schemas/compile.ts')) {
      const loaders = checks.map((name) => `${JSON.stringify(name)}: () => import(${JSON.stringify(`check:${name}`)})`);
      return `const loaders = {${loaders.join()}};
        export const compile = async (name) => (await loaders[name]()).validate;`;
    }
    if (!id.startsWith('check:')) return null;
    const formats = _`require(${here('schemas/formats.ts')}).formats`;
    const { ajv, validate } = compileWith({ code: { source: true, esm: true, formats } }, id.slice('check:'.length));
    return { code: standaloneCode.default(ajv, validate), moduleType: 'js' };
  },
};

/**
 * A few files instead of hundreds: reading modules one by one was most of what a short run cost. What is imported when
 * it is needed stays in files of its own.
 */
export default defineConfig({
  input: { main: 'src/cli/main.ts', index: 'src/index.ts', 'fault-thread': 'src/cli/fault-thread.ts' },
  external: [/^node:/, /^#/, ...Object.keys(dependencies).map((name) => new RegExp(`^${name}(?:/|$)`))],
  platform: 'node',
  plugins: [compiledSchemas],
  transform: { target: 'node20.19' },
  output: { dir: 'dist', format: 'esm', chunkFileNames: '[name].js' },
});

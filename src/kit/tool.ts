import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** This program, as reports name it. */
export function tool(): { readonly name: string; readonly version: string } {
  const { name, version } = require('smart-check/package.json');
  return { name, version };
}

#!/usr/bin/env node
import * as module from 'node:module';

// Node 22 and later keep what they compiled for the next start.
module.enableCompileCache?.();
const { main } = await import('../dist/main.js').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.url).endsWith('/dist/main.js')) throw error;
  process.stderr.write('smart-check: this checkout is not built yet: npm ci && npm run build\n');
  process.exit(4);
});

await main(process.argv);

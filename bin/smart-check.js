#!/usr/bin/env node
import * as module from 'node:module';

// Node 22 and later keep what they compiled for the next start.
module.enableCompileCache?.();
const { main } = await import('../dist/main.js');

await main(process.argv);

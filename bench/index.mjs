/** Runs every benchmark: `npm run bench`, or `npm run bench brand-bundle` for one. */
import { benchBrandBundle } from './brand-bundle.mjs';
import { benchExchanges } from './exchanges.mjs';
import { benchSelfTest } from './self-test.mjs';
import { benchStartUp } from './start-up.mjs';
import { benchTenThousandTests } from './ten-thousand-tests.mjs';

const benchmarks = {
  'start-up': benchStartUp,
  exchanges: benchExchanges,
  'ten-thousand-tests': benchTenThousandTests,
  'brand-bundle': benchBrandBundle,
  'self-test': benchSelfTest,
};

const wanted = process.argv.slice(2);
for (const [name, bench] of Object.entries(benchmarks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const line of await bench()) process.stdout.write(`${line}\n`);
}

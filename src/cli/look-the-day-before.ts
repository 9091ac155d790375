import { suites } from '../../suites/index.ts';
import { memory } from '../artifacts/memory.ts';
import { type CheckOptions, check, openStateFile } from '../index.ts';
import type { Memory } from '../kit/index.ts';
import { plan } from '../runner/plan.ts';
import { isNeeded } from './catalogue.ts';
import { noProxy, type Reference } from './with-reference-server.ts';

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Lets the tests that compare with an earlier run have one: as it was the day before by the reference server's clock.
 *
 * @returns what was seen then
 */
export async function lookTheDayBefore(
  { configuration, server, stateFile }: Reference,
  {
    suite,
    test,
    chromium,
    browseBy,
  }: { suite: readonly string[]; test: readonly string[] } & Pick<CheckOptions, 'chromium' | 'browseBy'>,
): Promise<Memory> {
  const target = server.fhirBaseUrl;
  const chosen = plan(suites, { specVersion: configuration.specVersion, suites: suite, tests: test });
  const tests = chosen.tests.filter((candidate) => isNeeded(memory, candidate)).map(({ id }) => id);
  if (tests.length === 0) return openStateFile(stateFile, target);
  server.shiftClock(-dayMs);
  const options = { configuration, tests, env: noProxy, memory: openStateFile(stateFile, target) };
  const { dispose } = await check({ ...options, ...(chromium && { chromium }), ...(browseBy && { browseBy }) });
  await dispose();
  server.shiftClock(0);
  return openStateFile(stateFile, target);
}

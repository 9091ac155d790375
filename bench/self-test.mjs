/** The full self-test beside bare Playwright that goes through the same launches: what looking, recording and judging cost. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lines, runNode, runTree } from './measure.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

export async function benchSelfTest(times = 3) {
  const folder = mkdtempSync(join(tmpdir(), 'smart-check-bench-'));
  try {
    const file = join(folder, 'journeys.json');
    await runNode([path('record-journeys.mjs'), file, join(folder, 'recorded')]);
    const { journeys, contexts, most } = JSON.parse(readFileSync(file, 'utf8'));
    const args = ['self-test', '--quiet', '-r', 'json,junit,html', '-o', join(folder, 'out')];
    const measured = [[], []];
    for (let time = 0; time < times; time += 1) {
      measured[0].push(await runTree([path('../bin/smart-check.js'), ...args]));
      measured[1].push(await runTree([path('drive-bare.mjs'), file]));
    }
    const failed = measured.flat().find(({ code }) => code !== 0);
    const [ours, bare] = measured.map((runs) => runs.sort((one, other) => one.cpuMs - other.cpuMs)[times >> 1]);
    return [
      ...lines(
        `self-test: ${journeys.length} launches in ${contexts} browser contexts, at most ${most} at once; browser included`,
        ['smart-check self-test', 'bare Playwright'],
        [ours, bare],
        1.5,
      ),
      ...(failed ? [`  not to be relied on: exit code ${failed.code}`] : []),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What it costs to begin, beside Node alone. */
import { fileURLToPath } from 'node:url';
import { compare, lines } from './measure.mjs';

const executable = fileURLToPath(new URL('../bin/smart-check.js', import.meta.url));

export async function benchStartUp() {
  const bare = ['-e', '0'];
  const [version, list, node] = await compare([[executable, '--version'], [executable, 'list', 'suites'], bare], 11);
  return [
    ...lines('start-up', ['smart-check --version', 'node -e 0'], [version, node], 2),
    ...lines('', ['smart-check list suites', 'node -e 0'], [list, node], 'nothing said'),
  ];
}

/** Checks a bundle of national size from a file, beside a bare JSON.parse of the same file: time and peak memory. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeBrandBundle } from './make-brand-bundle.mjs';
import { runNode } from './measure.mjs';

const executable = fileURLToPath(new URL('../bin/smart-check.js', import.meta.url));

const parse = `JSON.parse(require('node:fs').readFileSync(process.argv[1], 'utf8'))`;
export async function benchBrandBundle({ organizations = 100_000, endpoints = 60_000 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'smart-check-bench-'));
  try {
    const file = join(folder, 'brands.json');
    await makeBrandBundle(file, { organizations, endpoints });
    const size = statSync(file).size / 1e6;
    const bare = await runNode(['-e', parse, file]);
    const checked = await runNode([
      executable,
      'run',
      '--brands',
      file,
      '--quiet',
      '-r',
      'json',
      '-o',
      join(folder, 'out'),
    ]);
    const ratio = (one, other) => (one / other).toFixed(2);
    return [
      `brand bundle of ${size.toFixed(0)} MB, ${organizations} organizations, ${endpoints} endpoints (CPU time, peak resident memory)`,
      `  JSON.parse of the file   ${(bare.cpuMs / 1000).toFixed(1)} s   ${bare.rssMiB.toFixed(0)} MiB`,
      `  smart-check run --brands ${(checked.cpuMs / 1000).toFixed(1)} s   ${checked.rssMiB.toFixed(0)} MiB   exit code ${checked.code}`,
      `  ratio                    ${ratio(checked.cpuMs, bare.cpuMs)}      ${ratio(checked.rssMiB, bare.rssMiB)}`,
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

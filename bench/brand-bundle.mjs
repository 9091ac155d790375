/** Checks a bundle of national size from a file, beside a bare JSON.parse of the same file: time and peak memory. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeBrandBundle } from './make-brand-bundle.mjs';

const executable = fileURLToPath(new URL('../bin/smart-check.js', import.meta.url));

const parse = `JSON.parse(require('node:fs').readFileSync(process.argv[1], 'utf8'))`;
/** Processor time rather than the clock's: other programs take their share of that. */
const measure = `process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  require('node:fs').writeFileSync(process.env.MEASURED, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, rssMiB: maxRSS / 1024 }));
});`;

export async function benchBrandBundle({ organizations = 100_000, endpoints = 60_000 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'smart-check-bench-'));
  try {
    const file = join(folder, 'brands.json');
    await makeBrandBundle(file, { organizations, endpoints });
    const size = statSync(file).size / 1e6;
    const bare = run(folder, ['-e', parse, file]);
    const checked = run(folder, [
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
      `  smart-check run --brands ${(checked.cpuMs / 1000).toFixed(1)} s   ${checked.rssMiB.toFixed(0)} MiB   exit code ${checked.status}`,
      `  ratio                    ${ratio(checked.cpuMs, bare.cpuMs)}      ${ratio(checked.rssMiB, bare.rssMiB)}`,
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(folder, args) {
  const measured = join(folder, 'measured.json');
  const env = { ...process.env, MEASURED: measured, NODE_OPTIONS: `--require ${preload(folder)}` };
  const { status } = spawnSync(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  return { status, ...JSON.parse(readFileSync(measured, 'utf8')) };
}

function preload(folder) {
  const file = join(folder, 'measure.cjs');
  writeFileSync(file, measure);
  return file;
}

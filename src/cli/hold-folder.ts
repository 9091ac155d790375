import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { UsageError } from '../kit/index.ts';

/** Of this process. */
const held = new Set<string>();

/**
 * Keeps other runs out of a folder until the function it gives is called, or the process ends: of two in one folder each
 * would take the other's exchanges and pictures for its own. What a killed run left does not count.
 *
 * @throws UsageError when another run writes to the folder, or the folder cannot be written
 */
export function holdFolder(folder: string): () => void {
  const file = join(folder, '.smart-check.lock');
  const take = (flag: 'w' | 'wx') =>
    writeFileSync(file, `${JSON.stringify({ pid: process.pid, host: hostname() })}\n`, { flag });
  try {
    take('wx');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code !== 'EEXIST') throw new UsageError(`--output: cannot write to ${folder}: ${error.message}`);
    const holder = held.has(folder) ? process.pid : holderIn(file);
    if (holder !== null) {
      throw new UsageError(
        `--output: another run (process ${holder}) writes to ${folder}; give this one a folder of its own, or delete ${basename(file)} there if that run is over`,
      );
    }
    take('w');
  }
  held.add(folder);
  const release = () => {
    if (held.delete(folder)) rmSync(file, { force: true });
    process.off('exit', release);
  };
  process.on('exit', release);
  return release;
}

/** The process that wrote the file, if it is another of this machine and goes on. */
function holderIn(file: string): number | null {
  try {
    const { pid, host } = JSON.parse(readFileSync(file, 'utf8'));
    if (host !== hostname() || !Number.isInteger(pid) || pid <= 0 || pid === process.pid) return null;
    process.kill(pid, 0);
    return pid;
  } catch {
    return null;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const onExit = `process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  require('node:fs').writeFileSync(process.env.MEASURED, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, rssMiB: maxRSS / 1024 }));
});`;

/** Runs Node once: processor time, peak memory and the clock's time, of which other programs take their share. */
export async function runNode(args) {
  const folder = mkdtempSync(join(tmpdir(), 'smart-check-measure-'));
  try {
    const preload = join(folder, 'measure.cjs');
    const measured = join(folder, 'measured.json');
    writeFileSync(preload, onExit);
    const env = { ...process.env, MEASURED: measured, NODE_OPTIONS: `--require ${preload}` };
    const began = performance.now();
    const code = await new Promise((resolve) => {
      spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).on('close', resolve);
    });
    return { code, wallMs: performance.now() - began, ...JSON.parse(readFileSync(measured, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * As {@link runNode}, with all that the program starts, such as a browser. What a process used is looked up every 50 ms
 * as long as it lives (on Linux alone), so that the last bit before its end is missing, for all programs alike.
 */
export async function runTree(args) {
  const began = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const used = new Map();
  let peakKiB = 0;
  const look = () => {
    let kib = 0;
    for (const waiting = [child.pid]; waiting.length > 0; ) {
      const pid = waiting.pop();
      try {
        // After the name, which may hold spaces: state is the third field of the line, utime the 14th, rss the 24th.
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
        used.set(pid, 10 * (Number(fields[11]) + Number(fields[12])));
        kib += 4 * Number(fields[21]);
        for (const task of readdirSync(`/proc/${pid}/task`)) {
          waiting.push(...readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean));
        }
      } catch {
        // It has ended meanwhile.
      }
    }
    peakKiB = Math.max(peakKiB, kib);
  };
  const looking = setInterval(look, 50);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(looking);
  const cpuMs = [...used.values()].reduce((sum, ms) => sum + ms, 0);
  return { code, wallMs: performance.now() - began, cpuMs, rssMiB: peakKiB / 1024 };
}

/** Runs several commands in turn, so that all meet the same weather; of each the median. */
export async function compare(commands, times = 7) {
  const runs = commands.map(() => []);
  for (let time = 0; time < times; time += 1) {
    for (const [index, args] of commands.entries()) runs[index].push(await runNode(args));
  }
  const median = (numbers) => numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)];
  return runs.map((of) => ({
    code: of[0].code,
    cpuMs: median(of.map(({ cpuMs }) => cpuMs)),
    wallMs: median(of.map(({ wallMs }) => wallMs)),
    rssMiB: median(of.map(({ rssMiB }) => rssMiB)),
  }));
}

/** A table of two programs and their ratio. */
export function lines(title, [one, other], [ours, bare], limit) {
  const row = (name, { cpuMs, wallMs, rssMiB }) =>
    `  ${name.padEnd(34)} ${cpuMs.toFixed(0).padStart(6)} ms CPU ${wallMs.toFixed(0).padStart(6)} ms ${rssMiB.toFixed(0).padStart(5)} MiB`;
  const ratio = (member) => (ours[member] / bare[member]).toFixed(2);
  return [
    title,
    row(one, ours),
    row(other, bare),
    `  ratio ${ratio('cpuMs')} CPU, ${ratio('wallMs')} time, ${ratio('rssMiB')} memory; wanted at most ${limit}`,
  ];
}

/** Runs of suites that need no browser, beside bare undici that sends the same requests: what judging and recording cost. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, lines, runNode } from './measure.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const executable = path('../bin/smart-check.js');

export async function benchExchanges() {
  const near = await atServer(0, async ({ fhirBaseUrl, configuration }, versus) => [
    ...(await versus('discovery', [fhirBaseUrl, '--suite', 'discovery'], 1.5)),
    ...(await versus('suites without a browser', [...withoutBrowser(configuration)], 1.3)),
  ]);
  // As of a server on the internet: what is asked in turn, and could be asked at once, shows.
  const far = await atServer(100, ({ configuration }, versus) =>
    versus('suites without a browser, answered after 100 ms', [...withoutBrowser(configuration)], 1.3),
  );
  return [...near, ...far];
}

function withoutBrowser(configuration) {
  return ['-c', configuration, '--suite', 'discovery,backend-services,brands', '--allow-writes'];
}

async function atServer(latencyMs, bench) {
  const folder = mkdtempSync(join(tmpdir(), 'smart-check-bench-'));
  const configuration = join(folder, 'reference.json');
  const server = spawn(process.execPath, [path('recording-server.mjs'), configuration, String(latencyMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const { origin, fhirBaseUrl } = JSON.parse(await new Promise((resolve) => server.stdout.once('data', resolve)));
    const common = ['--quiet', '-r', 'json', '-o', join(folder, 'out')];
    return await bench({ fhirBaseUrl, configuration }, async (title, args, limit) => {
      await runNode([executable, 'run', ...args, ...common]);
      const requests = await (await fetch(`${origin}/recorded`)).json();
      const file = join(folder, 'requests.json');
      writeFileSync(file, JSON.stringify(requests));
      const measured = await compare([
        [executable, 'run', ...args, ...common],
        [path('send-bare.mjs'), origin, file],
      ]);
      await fetch(`${origin}/recorded`);
      return lines(`${title}: ${requests.length} exchanges`, ['smart-check run', 'bare undici'], measured, limit);
    });
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Ten thousand tests, each with an exchange of its own, judged, recorded and reported: what stays in memory. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);
const all = 10_000;

export async function benchTenThousandTests() {
  const { stdout } = spawnSync(process.execPath, ['--expose-gc', here], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { marks, peakMiB } = JSON.parse(stdout);
  const [first, last] = [marks[0], marks.at(-1)];
  return [
    `${all} tests with an exchange of 10 kB each: memory in use after collection`,
    ...marks.map(({ tests, heapMiB }) => `  ${String(tests).padStart(6)} tests ${heapMiB.toFixed(1).padStart(7)} MiB`),
    `  ${(((last.heapMiB - first.heapMiB) * 1024) / (last.tests - first.tests)).toFixed(2)} KiB a test (its result; the exchanges are on disk); peak ${peakMiB.toFixed(0)} MiB, reports written`,
  ];
}

async function measure() {
  const built = (name) => import(new URL(`../build/${name}`, import.meta.url).href);
  const [{ createHttpClient }, { createRedactor }, { openExchangeLog }, { execute }, { createArtifactStore }, kit] =
    await Promise.all([
      built('src/http/create-http-client.js'),
      built('src/http/create-redactor.js'),
      built('src/http/exchange-log.js'),
      built('src/runner/execute.js'),
      built('src/runner/artifact-store.js'),
      built('src/kit/index.js'),
    ]);
  const folder = mkdtempSync(join(tmpdir(), 'smart-check-bench-'));
  const entry = Array.from({ length: 90 }, (_, id) => ({
    resource: { resourceType: 'Observation', id: String(id), status: 'final' },
  }));
  let answered = 0;
  const server = createServer((_, response) => {
    answered += 1;
    response.setHeader('content-type', 'application/fhir+json');
    // A token anew each time: what is learned of secrets is bounded, too.
    response.end(
      JSON.stringify({ resourceType: 'Bundle', access_token: `token-${answered}-${'x'.repeat(40)}`, entry }),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/fhir/Observation`;
  const log = openExchangeLog(join(folder, '.exchanges.jsonl'));
  const redact = createRedactor({ secrets: [], headerNames: [] });
  const http = createHttpClient({
    timeoutMs: 30_000,
    insecure: false,
    record: (exchange) => log.append(redact(exchange)),
    userAgent: 'bench',
  });
  const tests = Array.from({ length: all }, (_, index) => ({
    ...kit.test({
      id: `bench/${index}`,
      title: 'An exchange',
      requirements: ['bench/holds'],
      needs: [kit.http],
      async run({ http: client, must }) {
        const exchange = await client.send({ url: `${url}?page=${index}` });
        must('bench/holds', exchange.response?.status === 200, { expected: '200', actual: '200', because: exchange });
      },
    }),
    suite: 'bench',
  }));
  const marks = [];
  let done = 0;
  const mark = () => {
    globalThis.gc();
    marks.push({ tests: done, heapMiB: process.memoryUsage().heapUsed / 2 ** 20 });
  };
  const plan = { specVersion: '2.2', suites: [], tests, requirements: new Map([['bench/holds', {}]]), left: new Map() };
  const results = [];
  await execute(plan, results, {
    store: createArtifactStore({ http }),
    concurrency: 8,
    signal: new AbortController().signal,
    emit: ({ type }) => {
      if (type !== 'test-end') return;
      done += 1;
      if (done === 1000 || done % 3000 === 1000) mark();
    },
  });
  const summary = { passed: all, warned: 0, failed: 0, skipped: 0, blocked: 0, errored: 0 };
  const base = {
    schemaVersion: 1,
    tool: kit.tool(),
    suites: ['bench'],
    suiteTitles: {},
    startedAt: new Date().toISOString(),
    finishedAt: null,
  };
  const target = { fhirBaseUrl: url, specVersion: '2.2', fhirVersion: null };
  const rest = { durationMs: 1, exitCode: 0, summary, requirements: [], journeys: [], notTested: [] };
  const report = { ...base, target, ...rest, tests: results, exchanges: log };
  const { jsonReporter } = await built('reports/json.js');
  let bytes = 0;
  for (const piece of jsonReporter.render(report)) bytes += piece.length;
  await http.close();
  server.close();
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(JSON.stringify({ marks, bytes, peakMiB: process.resourceUsage().maxRSS / 1024 }));
}

if (process.argv[1] === here) await measure();

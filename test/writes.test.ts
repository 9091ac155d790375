import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPlainBrowser } from '../src/browser/plain/create-plain-browser.ts';
import { check } from '../src/index.ts';
import type { Exchange } from '../src/kit/index.ts';
import { type Fault, type RunningServer, startServer, writeConfiguration } from '../src/server/index.ts';
import { finished, start, temporaryFolder } from './fixtures/command-line.ts';
import { serveBehindProxy } from './fixtures/reference-behind-proxy.ts';

/** Several launches each: slow. */
const timeout = 300_000;

const folder = temporaryFolder();

/** Runs tests that may write as a user does, and gives the exchanges of results.json with the FHIR API. */
async function runAgainst(
  server: RunningServer,
  { tests, onStart }: { tests: string; onStart?: (interrupt: () => void) => void },
): Promise<readonly Exchange[]> {
  const name = `run-${server.origin.split(':').at(-1)}`;
  const file = join(folder, `${name}.json`);
  await writeConfiguration(server, file);
  const configuration = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...configuration, allowWrites: true }));
  const output = join(folder, name);
  const args = ['run', '-c', file, '--test', tests, '-o', output, '-r', 'json', '--quiet'];
  const child = start(args, { NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' });
  onStart?.(() => child.kill('SIGINT'));
  const { code, stderr } = await finished(child);
  expect([0, 130], stderr).toContain(code);
  const { exchanges } = JSON.parse(await readFile(join(output, 'results.json'), 'utf8'));
  return exchanges.filter(({ request }: Exchange) => request.url.startsWith(`${server.fhirBaseUrl}`));
}

/** What came into being and was not deleted: `Observation/1`. */
function leftBehind(exchanges: readonly Exchange[]): readonly string[] {
  const pathOf = (url: string) => /[A-Za-z]+\/[A-Za-z0-9.-]+(?=\/_history|$)/.exec(url)?.[0] ?? url;
  const made = exchanges
    .filter(({ request, response }) => request.method === 'POST' && response?.status === 201)
    .map(({ response }) => pathOf(response?.headers.location ?? ''));
  const deleted = exchanges
    .filter(({ request, response }) => request.method === 'DELETE' && (response?.status ?? 500) < 300)
    .map(({ request }) => pathOf(request.url));
  expect(made.length).toBeGreaterThan(0);
  return made.filter((path) => !deleted.includes(path));
}

test('a run that may not write sends the FHIR API nothing but GET, HEAD and OPTIONS', async () => {
  const methods: string[] = [];
  const server = await serveBehindProxy(({ method = '', url = '' }) => {
    if (url.startsWith('/fhir')) methods.push(method);
    return false;
  });
  const { dispose } = await check({
    configuration: { ...server.configuration, allowWrites: false },
    suites: ['scopes'],
    browseBy: createPlainBrowser,
    env: {},
  });
  await dispose();
  await server.close();
  expect(methods.length).toBeGreaterThan(100);
  expect([...new Set(methods)].filter((method) => !['GET', 'HEAD', 'OPTIONS'].includes(method))).toEqual([]);
}, 120_000);

test(
  'a run that may write deletes all that it wrote',
  async () => {
    const server = await startServer();
    try {
      const exchanges = await runAgainst(server, { tests: 'scopes/create-scope,scopes/batch-*' });
      expect(leftBehind(exchanges)).toEqual([]);
    } finally {
      await server.close();
    }
  },
  timeout,
);

test(
  'so does a run that is interrupted while it writes',
  async () => {
    let interrupt = () => {};
    const server = await startServer({ faults: [slowCreates(() => interrupt())] });
    try {
      const exchanges = await runAgainst(server, {
        tests: 'scopes/create-scope',
        onStart(given) {
          interrupt = given;
        },
      });
      expect(leftBehind(exchanges)).toEqual([]);
    } finally {
      await server.close();
    }
  },
  timeout,
);

/** Creates take their time, in which something happens. */
function slowCreates(meanwhile: () => void): Fault {
  return {
    id: 'testing/creates~slow',
    requirement: 'testing/creates',
    level: 'fail',
    summary: 'Creates are slow',
    also: [],
    override: (usual) => ({
      async respond(asked, answer) {
        const response = await usual.respond(asked, answer);
        if (asked.endpoint === 'fhir' && asked.request.method === 'POST') {
          meanwhile();
          await new Promise((resolve) => setTimeout(resolve, 300));
        }
        return response;
      },
    }),
  };
}

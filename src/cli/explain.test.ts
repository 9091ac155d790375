import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { suites } from '../../suites/index.ts';
import { temporaryFolder } from '../../test/fixtures/command-line.ts';
import { sampleReport } from '../../test/fixtures/sample-report.ts';
import { faults } from '../server/index.ts';
import { explanation } from './explain.ts';
import { placeholder, recipeBook } from './recipes/recipe.ts';
import { requestCurl } from './recipes/request-curl.ts';

const execute = promisify(execFile);
const folder = temporaryFolder();
const tests = suites.flatMap((suite) => suite.tests);
const requirements = suites.flatMap((suite) => suite.requirements);

it('every id is explained: what it is, the clause with its link, and how to see it by hand', async () => {
  const ids = new Set([...tests, ...requirements, ...faults].map(({ id }) => id));
  for (const id of ids) {
    const text = await explanation(id, {});
    expect(text, id).toMatch(/https:\/\/[^\s]+/);
    expect(text, id).toContain('To see it by hand');
    expect(text, id).not.toMatch(/(?<!~)undefined|‹[A-Z]/);
  }
  for (const { id, title, tests: own } of suites) {
    expect(await explanation(id)).toContain(`Suite ${id}: ${title}`);
    expect((await explanation(id)).match(/^ {2}test /gm)).toHaveLength(own.length);
  }
});

it('nearly every tested requirement has the requests that show it', () => {
  const shown = new Set(recipeBook().recipes.flatMap(({ requests, test }) => (requests.length > 0 ? [test] : [])));
  const without = tests.filter(({ id }) => !shown.has(id)).map(({ id }) => id);
  // A test that came after the last `npm run docs` has none yet.
  expect(without.length / tests.length, without.join(', ')).toBeLessThan(0.1);
});

it('every command can be pasted into a shell, and uses no name that is not explained', async () => {
  const { requests, recipes } = recipeBook();
  const commands = requests.map((request) => requestCurl(request));
  const script = join(folder, 'commands.sh');
  writeFileSync(script, commands.join('\n'));
  await execute('bash', ['-n', script]);
  for (const { test } of recipes.slice(0, 50)) {
    const text = await explanation(test);
    const used = new Set([...text.matchAll(/^ {6}.*?\$([A-Z][A-Z0-9_]+)/gm)].map(([, name]) => name));
    for (const name of used) expect(text, `${test}: ${name}`).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
  }
});

it('a command sends what the test sent', async () => {
  const seen: { method?: string; url?: string; headers: unknown; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { requests } = recipeBook();
  const exchange = requests.find(
    ({ body }) => body !== null && 'form' in body && body.form.some(([, value]) => value === '‹CODE›'),
  );
  const search = requests.find(
    ({ method, query, url }) => method === 'GET' && query.length > 0 && url === '‹FHIR_BASE›/Observation',
  );
  const create = requests.find(
    ({ body }) => body !== null && 'text' in body && body.text.startsWith('{"resourceType":"Basic"'),
  );
  if (!exchange || !search || !create) throw new Error('the recipes lack an exchange of a code, a search or a create');
  const base = `http://127.0.0.1:${port}`;
  const names = [...JSON.stringify([exchange, search, create]).matchAll(placeholder)].map(([, name = '']) => name);
  const values = Object.fromEntries(names.map((name) => [name, `it's "${name}" & $more`]));
  const env = {
    ...process.env,
    ...values,
    FHIR_BASE: `${base}/fhir`,
    TOKEN_ENDPOINT: `${base}/token`,
    APP_STATE_ENDPOINT: `${base}/state`,
  };
  for (const request of [exchange, search, create]) {
    await execute('bash', ['-c', `${requestCurl(request)} --silent --noproxy '*' --max-time 10`], { env });
  }
  await new Promise((resolve) => server.close(resolve));
  const filled = (text: string) =>
    text.replaceAll(placeholder, (_whole, name: string) => env[name as keyof typeof env] ?? '');
  expect(seen[0]).toMatchObject({
    method: 'POST',
    url: '/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  const form = exchange.body !== null && 'form' in exchange.body ? exchange.body.form : [];
  expect([...new URLSearchParams(seen[0]?.body)]).toEqual(form.map(([name, value]) => [name, filled(value)]));
  expect(seen[1]?.method).toBe('GET');
  expect([...new URL(seen[1]?.url ?? '', base).searchParams]).toEqual(
    search.query.map(([name, value]) => [name, filled(value)]),
  );
  expect(seen[2]).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/fhir+json' } });
  expect(seen[2]?.body).toBe(create.body !== null && 'text' in create.body ? filled(create.body.text) : '');
});

it('a mistyped id is answered with the nearest', async () => {
  await expect(explanation('discovery/media-typ')).rejects.toThrow('did you mean "discovery/media-type"?');
  await expect(explanation('app-lunch')).rejects.toThrow('did you mean "app-launch"?');
  await expect(explanation('discovery/media-type~fhir-jso')).rejects.toThrow('"discovery/media-type~fhir-json"?');
});

it('with a report, shows what came: the finding, and its exchange as curl', async () => {
  const file = join(folder, 'results.json');
  const report = sampleReport();
  writeFileSync(file, JSON.stringify({ ...report, exchanges: [...report.exchanges] }));
  const id =
    report.tests.find((test) => test.outcome === 'failed' && tests.some((known) => known.id === test.id))?.id ?? '';
  const failure = report.tests.find((test) => test.id === id)?.findings.find(({ level }) => level === 'fail');
  const text = await explanation(id, { report: file });
  expect(text).toContain(`What ${file} says`);
  expect(text).toContain(`fail ${failure?.requirement}`);
  const [cited = ''] = failure?.exchanges ?? [];
  const section = text.slice(text.indexOf('What '), text.indexOf('To see it by hand'));
  expect(section).toContain(`${cited} → `);
  expect(section).toContain('curl --include');
  expect(section).not.toMatch(/[^\P{Cc}\n]/u);
});

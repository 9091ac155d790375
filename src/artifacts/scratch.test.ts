import { afterEach, expect, test } from 'vitest';
import { makeClient } from '../http/testing/client.ts';
import { closeAll } from '../http/testing/closing.ts';
import { serveHttp } from '../http/testing/servers.ts';
import { createScratch, scratch } from './scratch.ts';

afterEach(closeAll);

const format = { accept: 'application/fhir+json', contentType: 'application/fhir+json' };
const observation = { resourceType: 'Observation', status: 'final' };
const writer = { client: { clientId: 'w' }, accessToken: 'writer' };
const keeper = { client: { clientId: 'k' }, accessToken: 'keeper' };

/** Creates under ids 1, 2, …; deletes for the keeper alone. */
async function startServer({ slowly = 0 } = {}) {
  let count = 0;
  const server = await serveHttp((request, response) => {
    if (request.method === 'POST') {
      count += 1;
      response.writeHead(201, { location: `/fhir/Observation/${count}/_history/1`, etag: 'W/"1"' });
      setTimeout(() => response.end(), slowly);
      return;
    }
    const isKeeper = request.headers.authorization === 'Bearer keeper';
    response.writeHead(request.method === 'DELETE' && !isKeeper ? 403 : 200).end();
  });
  const asked = () => server.arrived.map(({ method, url, headers }) => `${method} ${url} ${headers.authorization}`);
  return { fhirBaseUrl: `${server.origin}/fhir`, server, asked };
}

test('deletes what was made, the last first, by those it is entrusted to before its maker', async () => {
  const { fhirBaseUrl, server, asked } = await startServer();
  const scratch = createScratch(fhirBaseUrl, format, makeClient());
  await scratch.write({ method: 'POST', path: 'Observation', body: observation }, writer);
  await scratch.write({ method: 'POST', path: 'Observation', body: observation }, writer);
  expect(server.arrived[0]).toMatchObject({
    method: 'POST',
    url: '/fhir/Observation',
    headers: { authorization: 'Bearer writer', 'content-type': 'application/fhir+json' },
    body: JSON.stringify(observation),
  });
  expect(await scratch.clear()).toEqual(['Observation/2', 'Observation/1']);
  scratch.entrust(keeper);
  await scratch.release();
  expect(asked().slice(2)).toEqual([
    'DELETE /fhir/Observation/2 Bearer writer',
    'DELETE /fhir/Observation/1 Bearer writer',
    'DELETE /fhir/Observation/2 Bearer keeper',
    'DELETE /fhir/Observation/1 Bearer keeper',
  ]);
  expect(server.arrived.at(-1)?.headers['if-match']).toBe('W/"1"');
});

test('does not delete what a test has deleted', async () => {
  const { fhirBaseUrl, asked } = await startServer();
  const scratch = createScratch(fhirBaseUrl, format, makeClient());
  await scratch.write({ method: 'POST', path: 'Observation', body: observation }, writer);
  await scratch.write({ method: 'DELETE', path: 'Observation/1' }, keeper);
  await scratch.release();
  expect(asked()).toHaveLength(2);
});

test('leaves alone what met the condition of a create or an update: it was there before', async () => {
  const { origin, arrived } = await serveHttp((request, response) => {
    const isNew = String(request.headers['if-none-exist'] ?? request.url).endsWith('new');
    response.writeHead(isNew ? 201 : 200, { location: `/fhir/Observation/${isNew ? 'made' : 'theirs'}/_history/1` });
    response.end('{"resourceType":"Observation","id":"theirs"}');
  });
  const scratch = createScratch(`${origin}/fhir`, format, makeClient());
  for (const id of ['old', 'new']) {
    const unless = { headers: { 'if-none-exist': `_id=${id}` } };
    await scratch.write({ method: 'POST', path: 'Observation', body: observation, ...unless }, writer);
    await scratch.write({ method: 'PUT', path: `Observation?_id=${id}`, body: observation }, writer);
  }
  await scratch.release();
  expect(arrived.slice(4).map(({ method, url }) => `${method} ${url}`)).toEqual(['DELETE /fhir/Observation/made']);
});

test.each([
  ['PUT', 'Observation/mine', 201, {}, '{}', ['Observation/mine']],
  ['PUT', 'Observation/old', 200, {}, '{}', []],
  ['POST', 'Observation', 201, {}, '{"resourceType":"Observation","id":"7"}', ['Observation/7']],
  ['POST', 'Observation', 403, {}, '{"resourceType":"Observation","id":"7"}', []],
  [
    'POST',
    '',
    200,
    {},
    '{"entry":[{"response":{"status":"201 Created","location":"Observation/3/_history/1"}},{"response":{"status":"403"}}]}',
    ['Observation/3'],
  ],
] as const)('%s %s answered %i leaves %s %s: %j', async (method, path, status, headers, body, expected) => {
  const server = await serveHttp((request, response) => {
    response.writeHead(request.method === 'DELETE' ? 403 : status, headers).end(body);
  });
  const scratch = createScratch(`${server.origin}/fhir`, format, makeClient());
  await scratch.write({ method, path, body: observation }, writer);
  expect(await scratch.clear()).toEqual(expected);
});

test('finishes what is under way when the run is interrupted, deletes it, and begins nothing more', async () => {
  const { fhirBaseUrl, server, asked } = await startServer({ slowly: 100 });
  const interruption = new AbortController();
  const scratch = createScratch(fhirBaseUrl, format, makeClient({ signal: interruption.signal }));
  scratch.entrust(keeper);
  const writing = scratch.write({ method: 'POST', path: 'Observation', body: observation }, writer);
  await expect.poll(() => server.arrived.length).toBe(1);
  interruption.abort();
  await scratch.release();
  expect((await writing).response?.status).toBe(201);
  expect(asked()).toEqual(['POST /fhir/Observation Bearer writer', 'DELETE /fhir/Observation/1 Bearer keeper']);
  await expect(scratch.write({ method: 'POST', path: 'Observation' }, writer)).rejects.toThrow('ended');
});

test('is not to be had where nothing may be written', async () => {
  const needed = {
    configuration: { allowWrites: false },
    fhirBaseUrl: 'https://ehr.example.org/fhir',
    http: makeClient(),
  };
  await expect(scratch.obtain?.(needed)).rejects.toMatchObject({ why: 'not-allowed' });
});

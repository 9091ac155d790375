import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check, readConfiguration } from '../src/index.ts';
import type { Report } from '../src/kit/index.ts';
import { startServer } from '../src/server/index.ts';

interface Bundle {
  readonly entry: readonly { readonly fullUrl: string; readonly resource: Record<string, unknown> }[];
}

let folder: string;
let good: Bundle;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smart-check-brands-'));
  const server = await startServer();
  good = await (await fetch(`${server.origin}/brands.json`)).json();
  await server.close();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Checks a bundle and gives the report with what `brands/<name>` came to. */
async function checkBrands(brands: string) {
  const configuration = await readConfiguration({ env: {}, overrides: { brands } });
  const { report, dispose } = await check({ configuration, suites: ['brands'], env: {}, timeoutSeconds: 20 });
  await dispose();
  const test = (name: string) => report.tests.find(({ id }) => id === `brands/${name}`);
  return { report, test, accusations: accusationsOf(report) };
}

function accusationsOf({ tests }: Report): readonly { requirement: string; message: string }[] {
  const findings = tests.flatMap((test) => test.findings);
  return findings.filter(({ level }) => level === 'fail' || level === 'warn');
}

async function checkText(text: string | Uint8Array) {
  const file = join(folder, 'brands.json');
  await writeFile(file, text);
  return checkBrands(file);
}

const changed = (change: (entries: Bundle['entry'][number][]) => unknown[]) =>
  JSON.stringify({ ...good, entry: change([...good.entry]) });

/** Without logos and servers that nobody runs any more. */
const quiet = (text: string) => text.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'https://localhost:1');

async function serving<Result>(answer: RequestListener, use: (url: string) => Promise<Result>): Promise<Result> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/brands.json`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('a bundle given as a file needs no server', () => {
  it('and is checked alone', async () => {
    const { report, accusations, test } = await checkText(quiet(JSON.stringify(good, null, 2)));
    expect(accusations).toEqual([]);
    expect(report.target.fhirBaseUrl).toBeNull();
    expect(report.suites).toEqual(['brands']);
    expect(report.summary).toMatchObject({ failed: 0, blocked: 0, errored: 0 });
    expect(test('cors')).toMatchObject({ outcome: 'skipped', why: 'not-configured' });
    // What cannot be reached is no fault of the bundle.
    expect(test('logo')?.outcome).not.toBe('failed');
    expect(test('endpoint-fhir-version-spoken')).toMatchObject({ outcome: 'skipped', why: 'undecided' });
    expect(report.exitCode).toBe(0);
  });
});

describe('what is no bundle fails where it is served, and blocks the rest', () => {
  it.each([
    ['no JSON', '{"resourceType": "Bundle", entry: []}', /no JSON: byte 27: expected a member name/],
    [
      'cut off',
      '{"resourceType":"Bundle","entry":[{"fullUrl":"a"',
      /no JSON: it ends early, after 48 bytes, in entry\[0\]/,
    ],
    ['a broken entry', '{"resourceType":"Bundle","entry":[{},{"a":tru}]}', /no JSON: in entry\[1\]/],
    ['NDJSON', '{"resourceType":"Organization"}\n{"resourceType":"Endpoint"}', /NDJSON/],
    ['an array', '[]', /JSON array/],
    ['another resource', '{"resourceType":"Organization"}', /resourceType is the string "Organization"/],
    ['nothing', '', /empty/],
    ['gzip', gzipSync('{"resourceType":"Bundle"}'), /gzip/],
  ])('%s', async (_, text, message) => {
    const { report, accusations } = await checkText(text);
    expect(accusations).toEqual([expect.objectContaining({ requirement: 'brands/bundle-served' })]);
    expect(accusations[0]?.message).toMatch(message);
    expect(report.summary.errored).toBe(0);
    expect(report.exitCode).toBe(1);
  });

  it('gzip without its header, from a server', async () => {
    const answer: RequestListener = (_, response) => response.end(gzipSync('{"resourceType":"Bundle"}'));
    const { accusations } = await serving(answer, checkBrands);
    expect(accusations[0]?.message).toMatch(/gzip, and no Content-Encoding says so/);
  });

  it('3 GB are not begun', async () => {
    const answer: RequestListener = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/fhir+json', 'content-length': String(3 * 1024 ** 3) });
      response.write('{"resourceType":"Bundle","entry":[');
    };
    const { accusations, report, test } = await serving(answer, checkBrands);
    expect(accusations).toEqual([]);
    expect(test('bundle-served')).toMatchObject({ outcome: 'skipped', why: 'undecided' });
    expect(test('bundle-served')?.reason).toMatch(/announces 3221225472 bytes/);
    expect(report.exitCode).toBe(3);
  });
});

describe('what is odd is found at its place', () => {
  const messagesOf = (accusations: readonly { requirement: string; message: string }[], name: string) =>
    accusations.filter(({ requirement }) => requirement === `brands/${name}`).map(({ message }) => message);

  it('entries without resource, of other types, of the same address', async () => {
    const text = changed((entries) => [
      ...entries,
      entries[2],
      { fullUrl: 'urn:uuid:5b3a3c1e-52c8-4f0e-9a58-9f4a8d2f6c01' },
      { fullUrl: 'https://brands.invalid/Patient/1', resource: { resourceType: 'Patient', id: '1' } },
      7,
    ]);
    const { accusations, test } = await checkText(quiet(text));
    expect(messagesOf(accusations, 'bundle-valid').sort()).toEqual([
      expect.stringMatching(/^an entry has no resource, in 1 of 9 entries: Bundle\.entry\[6\] \(urn:uuid:5b3a/),
      expect.stringMatching(/^an entry is no object, in 1 of 9 entries: Bundle\.entry\[8\];?/),
      expect.stringMatching(
        /^bdl-7: several entries have the same fullUrl, in 1 of 9 entries: Bundle\.entry\[5\]\.fullUrl/,
      ),
    ]);
    expect(test('endpoints-conform')?.findings[0]).toMatchObject({ level: 'info' });
  });

  it('no timestamp, though entries say when they were updated', async () => {
    const { report, accusations } = await checkText(quiet(JSON.stringify({ ...good, timestamp: undefined })));
    expect(accusations.map(({ requirement }) => requirement)).toEqual(['brands/timestamp-present']);
    expect(report.summary.errored).toBe(0);
  });

  it('brands that are part of each other', async () => {
    const text = changed((entries) =>
      entries.map((entry, index) => {
        const partOf = ['Organization/island-practice', 'Organization/harbour-clinic'][index];
        return partOf ? { ...entry, resource: { ...entry.resource, partOf: { reference: partOf } } } : entry;
      }),
    );
    const { accusations } = await checkText(quiet(text));
    expect(messagesOf(accusations, 'parts-two-deep')).toEqual([
      expect.stringMatching(
        /in a circle, in 2 of 3 brands: Bundle\.entry\[0\]\.resource\.partOf\.reference .*Bundle\.entry\[1\]/,
      ),
    ]);
  });

  it('a chain of thirty thousand brands, each part of the next, in time', async () => {
    const chain = Array.from({ length: 30_000 }, (_, index) => ({
      fullUrl: `https://brands.invalid/Organization/b${index}`,
      resource: { ...good.entry[1]?.resource, id: `b${index}`, partOf: { reference: `Organization/b${index + 1}` } },
    }));
    const { accusations, report } = await checkText(quiet(changed((entries) => [...entries, ...chain])));
    expect(messagesOf(accusations, 'parts-two-deep')[0]).toMatch(/itself part of another, in 29999 of 30,003 brands/);
    expect(report.summary.errored).toBe(0);
  }, 60_000);

  it('ten thousand brands with one defect are one finding', async () => {
    const brand = { ...good.entry[1]?.resource, name: undefined };
    const many = Array.from({ length: 10_000 }, (_, index) => ({
      fullUrl: `https://brands.invalid/Organization/b${index}`,
      resource: { ...brand, id: `b${index}` },
    }));
    const { accusations } = await checkText(quiet(changed((entries) => [...entries, ...many])));
    const [message, ...others] = messagesOf(accusations, 'name');
    expect(others).toEqual([]);
    expect(message).toMatch(
      /^name is absent, in 10000 of 10,003 brands: Bundle\.entry\[5\]\.resource\.name \(https:.*\/b0\); /,
    );
    expect(message?.length).toBeLessThan(600);
  });

  it('an inline logo of 50 MB is looked at, and does no harm', async () => {
    const logo = `data:image/png;base64,${'A'.repeat(50_000_000)}`;
    const text = changed((entries) => entries).replace(/data:image\/svg\+xml,[^"]*/, logo);
    const before = process.memoryUsage().rss;
    const { accusations, report } = await checkText(quiet(text));
    expect(messagesOf(accusations, 'logo')).toEqual([expect.stringMatching(/an inline logo: no picture/)]);
    expect(report.summary).toMatchObject({ failed: 0, errored: 0 });
    expect(process.memoryUsage().rss - before).toBeLessThan(400e6);
  });

  it('an entry that is nested too deeply is left alone, and nobody accused in its place', async () => {
    const deep = `{"resource":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`;
    const text = quiet(changed((entries) => entries.slice(0, 3))).replace(/\]\}$/, `,${deep}]}`);
    const { accusations, test } = await checkText(text);
    expect(accusations.filter(({ requirement }) => requirement !== 'brands/organizations-conform')).toEqual([]);
    expect(test('entries-valid')?.findings).toContainEqual(expect.objectContaining({ level: 'undecided' }));
    expect(test('endpoints-bundled')?.findings).toContainEqual(expect.objectContaining({ level: 'undecided' }));
  });
});

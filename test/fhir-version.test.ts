import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { isRecord } from '../src/kit/index.ts';
import { serveCanned, smallServer, smartConfigurationOf } from './fixtures/canned-server.ts';
import { checkUrl } from './fixtures/check-url.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A small conformant server but for /metadata, and for $versions if that is given. */
async function serverWith(metadata: RequestListener, versions?: RequestListener): Promise<string> {
  const usual = smallServer((origin) => JSON.stringify(smartConfigurationOf(origin)));
  const server = await serveCanned((request, response) => {
    if (request.url === '/fhir/metadata') return metadata(request, response);
    if (request.url === '/fhir/$versions' && versions) return versions(request, response);
    return usual(request, response);
  });
  closers.push(server.close);
  return server.fhirBaseUrl;
}

const sending =
  (status: number, body: string, type = 'application/fhir+json'): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': type }).end(body);

const stating = (members: Record<string, unknown>) =>
  sending(200, JSON.stringify({ resourceType: 'CapabilityStatement', ...members }));

const accused = (accusations: readonly { requirement: string }[]) => [
  ...new Set(accusations.map(({ requirement }) => requirement)),
];

describe('a /metadata that does not tell the version costs what needs it, and accuses of nothing else', () => {
  const login = '<html><body><form>Who are you?</form></body></html>';
  const cases: readonly [string, RequestListener, readonly string[]][] = [
    ['none', sending(404, ''), []],
    ['a login page', sending(200, login, 'text/html'), []],
    ['one for those with a token', sending(401, '{"resourceType":"OperationOutcome"}'), ['scopes/metadata-open']],
    ['a redirect to a login page', (_, response) => void response.writeHead(302, { location: '/manage' }).end(), []],
    [
      'XML alone',
      sending(200, '<CapabilityStatement><fhirVersion value="4.0.1"/></CapabilityStatement>', 'application/fhir+xml'),
      [],
    ],
    ['another resource', sending(200, '{"resourceType":"Patient","fhirVersion":"4.0.1"}'), []],
    ['no fhirVersion', stating({}), ['discovery/fhir-version-stated']],
    ['the name of a release', stating({ fhirVersion: 'R4' }), ['discovery/fhir-version-stated']],
    ['DSTU2 by name', stating({ fhirVersion: 'DSTU2' }), ['discovery/fhir-version-stated']],
    ['a version before DSTU2', stating({ fhirVersion: '0.5.0' }), ['discovery/fhir-version-stated']],
    ['a number', stating({ fhirVersion: 42 }), ['discovery/fhir-version-stated']],
  ];

  it.each(cases)('%s', async (_, metadata, expected) => {
    const { report, accusations } = await checkUrl(await serverWith(metadata));
    expect(accused(accusations)).toEqual(expected);
    expect(report.target.fhirVersion).toBeNull();
    expect(report.summary).toMatchObject({ errored: 0, blocked: 0 });
  });
});

describe('the version is learned', () => {
  const large = { rest: [{ mode: 'server', documentation: 'x'.repeat(30 * 1024 * 1024) }] };
  const cases: readonly [string, RequestListener, RequestListener | undefined, string][] = [
    ['from a CapabilityStatement', stating({ fhirVersion: '3.0.2' }), undefined, '3.0.2'],
    ['of two numbers', stating({ fhirVersion: '4.0' }), undefined, '4.0'],
    ['of a ballot', stating({ fhirVersion: '6.0.0-ballot2' }), undefined, '6.0.0-ballot2'],
    [
      'from a Conformance',
      sending(200, '{"resourceType":"Conformance","fhirVersion":"1.0.2"}', 'application/json+fhir'),
      undefined,
      '1.0.2',
    ],
    ['from 30 MB', stating({ fhirVersion: '4.0.1', ...large }), undefined, '4.0.1'],
  ];

  it.each(cases)('%s', async (_, metadata, versions, expected) => {
    const { report, accusations } = await checkUrl(await serverWith(metadata, versions), { suites: ['discovery'] });
    expect(accusations).toEqual([]);
    expect(report.target.fhirVersion).toBe(expected);
  });
});

const contradiction = 'discovery/fhir-versions-agree';

describe('what contradicts the stated version is a warning', () => {
  const parameters = (...names: [string, string][]) =>
    sending(
      200,
      JSON.stringify({
        resourceType: 'Parameters',
        parameter: names.map(([name, valueCode]) => ({ name, valueCode })),
      }),
    );
  const r4 = stating({ fhirVersion: '4.0.1' });

  it.each<[string, RequestListener, RequestListener | undefined, readonly string[]]>([
    ['$versions with another default', r4, parameters(['version', '3.0'], ['default', '3.0']), [contradiction]],
    ['$versions with another list', r4, parameters(['version', '3.0']), [contradiction]],
    [
      'a parameter of the media type',
      sending(
        200,
        '{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"}',
        'application/fhir+json; fhirVersion=3.0',
      ),
      undefined,
      [contradiction],
    ],
    [
      'the name of the resource',
      stating({ resourceType: 'Conformance', fhirVersion: '4.0.1' }),
      undefined,
      [contradiction],
    ],
    ['nothing, when all agree', r4, parameters(['version', '3.0'], ['version', '4.0'], ['default', '4.0']), []],
    ['nothing, when $versions is none', r4, sending(200, '{"resourceType":"Bundle"}'), []],
  ])('%s', async (_, metadata, versions, expected) => {
    const { accusations } = await checkUrl(await serverWith(metadata, versions), { suites: ['discovery'] });
    expect(accusations.map(({ level, requirement }) => `${level} ${requirement}`)).toEqual(
      expected.map((requirement) => `warn ${requirement}`),
    );
  });

  it('what is configured wins', async () => {
    const url = await serverWith(r4);
    const { report, accusations } = await checkUrl(url, { suites: ['discovery'] }, { fhirVersion: '3.0.2' });
    expect(report.target.fhirVersion).toBe('3.0.2');
    expect(accusations).toMatchObject([{ level: 'warn', requirement: contradiction }]);
    const same = await checkUrl(url, { suites: ['discovery'] }, { fhirVersion: '4.0.1' });
    expect(same.accusations).toEqual([]);
  });
});

it('a base that speaks several versions is asked for the one that is configured', async () => {
  const url = await serverWith((request, response) => {
    const [, asked = '4.0'] = /fhirVersion=([\d.]+)/.exec(request.headers.accept ?? '') ?? [];
    const fhirVersion = { '3.0': '3.0.2', '4.0': '4.0.1' }[asked];
    stating({ fhirVersion })(request, response);
  });
  const { report, accusations, exchanges } = await checkUrl(url, { suites: ['discovery'] }, { fhirVersion: '3.0.2' });
  expect(accusations).toEqual([]);
  expect(report.target.fhirVersion).toBe('3.0.2');
  const accepted = exchanges
    .filter(
      (exchange) => isRecord(exchange) && isRecord(exchange.request) && exchange.request.url === `${url}/metadata`,
    )
    .map((exchange) =>
      isRecord(exchange) && isRecord(exchange.request) && isRecord(exchange.request.headers)
        ? exchange.request.headers.accept
        : null,
    );
  expect(accepted).toContain('application/fhir+json; fhirVersion=3.0');
});

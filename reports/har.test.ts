import { expect, it } from 'vitest';
import { sampleReport } from '../test/fixtures/sample-report.ts';
import { exchangeList } from './exchange-list.ts';
import { harReporter } from './har.ts';

const { log } = JSON.parse([...harReporter.render(sampleReport())].join(''));

it('holds every exchange, in order, with what HAR 1.2 demands of an entry', () => {
  expect(log).toMatchObject({ version: '1.2', creator: { name: 'smart-check', version: '0.1.0' } });
  expect(log.entries.map(({ _id }: { _id: string }) => _id)).toEqual([...sampleReport().exchanges].map(({ id }) => id));
  for (const entry of log.entries) {
    expect(entry).toMatchObject({
      startedDateTime: expect.stringMatching(/^\d{4}-/),
      time: expect.any(Number),
      cache: {},
      timings: { send: 0, wait: expect.any(Number), receive: 0 },
      request: { httpVersion: 'HTTP/1.1', cookies: [], headers: expect.any(Array), queryString: expect.any(Array) },
      response: { status: expect.any(Number), content: { size: expect.any(Number) }, redirectURL: expect.any(String) },
    });
  }
});

it('writes an exchange without an answer with status 0 and what kept it from coming', () => {
  const [lost] = [...sampleReport().exchanges].filter(({ response }) => response === null);
  const entry = log.entries.find(({ _id }: { _id: string }) => _id === lost?.id);
  expect(entry).toMatchObject({ response: { status: 0 }, _error: lost?.error?.message });
});

it('writes addresses as URIs, whatever stands in them in place of a secret', () => {
  const [exchange] = [...sampleReport().exchanges];
  if (exchange === undefined) throw new Error('no exchange');
  const url = 'https://ehr.example.org/Patient?access_token=‹access_token f173›&a=%20{\ud800}';
  const report = sampleReport({ exchanges: exchangeList([{ ...exchange, request: { ...exchange.request, url } }]) });
  const [entry] = JSON.parse([...harReporter.render(report)].join('')).log.entries;
  expect(entry.request.url).toBe(
    'https://ehr.example.org/Patient?access_token=%E2%80%B9access_token%20f173%E2%80%BA&a=%20%7B%EF%BF%BD%7D',
  );
  expect(entry.request.queryString[0]).toEqual({ name: 'access_token', value: '‹access_token f173›' });
});

it('has the form of a request as it was sent', () => {
  const [sent] = [...sampleReport().exchanges].filter(({ request }) => request.body !== null);
  const entry = log.entries.find(({ _id }: { _id: string }) => _id === sent?.id);
  expect(entry.request.postData.text).toBe(sent?.request.body);
});

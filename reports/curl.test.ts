import { execFile, execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ExchangeRequest } from '../src/kit/index.ts';
import { curlCommand } from './curl.ts';

const accept = { accept: '*/*', 'user-agent': 'smart-check/0.1.0' };

/** The words bash makes of a command, curl itself replaced by something that prints them. */
function words(command: string): string[] {
  const output = execFileSync('bash', ['-c', `curl() { printf '%s\\0' "$@"; }\n${command}`], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  return output.split('\0').slice(0, -1);
}

function request(changes: Partial<ExchangeRequest>): ExchangeRequest {
  return { method: 'GET', url: 'https://ehr.example/fhir', headers: accept, body: null, ...changes };
}

describe('the curl command', () => {
  it('reads well', () => {
    const post = request({
      method: 'POST',
      headers: {
        ...accept,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': '9',
        authorization: 'Basic ‹basic 77aa›',
      },
      body: "code=‹code 3f2a›&it's=1",
    });
    expect(curlCommand(post)).toBe(
      [
        'curl --include \\',
        "  --header 'accept: */*' \\",
        "  --header 'user-agent: smart-check/0.1.0' \\",
        "  --header 'content-type: application/x-www-form-urlencoded' \\",
        "  --header 'authorization: Basic ‹basic 77aa›' \\",
        "  --data-raw 'code=‹code 3f2a›&it'\\''s=1' \\",
        '  https://ehr.example/fhir',
      ].join('\n'),
    );
  });

  it.each([
    'quotes \' " and `id` $(id) $HOME ; & | > ! \\',
    'two\nlines',
    'a tab\tand \r',
    'escape \u001b[2J',
    "escape \u001b and ' quote \\",
    'turned \u202e over, tag \u{e0041}',
    '@/etc/passwd',
    '',
  ])('hands %j to curl as it is, whole and alone', (text) => {
    const [, , , body] = words(
      curlCommand(request({ method: 'POST', headers: { ...accept, 'content-type': 'text/plain' }, body: text })),
    ).slice(-5);
    expect(
      words(curlCommand(request({ method: 'POST', headers: { ...accept, 'content-type': 'a/b' }, body: text }))),
    ).toEqual([
      '--include',
      '--header',
      'accept: */*',
      '--header',
      'user-agent: smart-check/0.1.0',
      '--header',
      'content-type: a/b',
      '--data-raw',
      text,
      'https://ehr.example/fhir',
    ]);
    expect(body).toBe(text);
  });

  it('holds no character that steers a terminal', () => {
    const command = curlCommand(
      request({ url: 'https://e.example/\u001b[2J', headers: { ...accept, x: '\u202e\n' }, body: '\u009b' }),
    );
    expect(command).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  });

  it.each<[string, Partial<ExchangeRequest>, string[]]>([
    ['HEAD', { method: 'HEAD' }, ['--head']],
    ['another method', { method: 'OPTIONS' }, ['--request', 'OPTIONS']],
    ['a GET with a body', { body: 'x', headers: { ...accept, 'content-type': 'a/b' } }, ['--request', 'GET']],
    ['brackets in the URL', { url: 'https://e.example/?a[]={1}' }, ['--globoff']],
    ['dots in the path', { url: 'https://e.example/a/../b' }, ['--path-as-is']],
    ['compression', { headers: { ...accept, 'accept-encoding': 'gzip, br' } }, ['--compressed']],
    ['no Accept at all', { headers: { 'user-agent': 'x' } }, ['--header', 'accept:']],
    ['an empty header', { headers: { ...accept, origin: '' } }, ['--header', 'origin;']],
    ['a body without a type', { method: 'POST', body: 'x' }, ['--header', 'content-type:']],
  ])('sends what was sent: %s', (_, changes, expected) => {
    expect(words(curlCommand(request(changes))).join('\0')).toContain(expected.join('\0'));
  });

  it('makes the same request again', async () => {
    let seen: unknown;
    const server = createServer(async (incoming, response) => {
      let body = '';
      for await (const chunk of incoming) body += chunk;
      const { host, 'content-length': length, ...headers } = incoming.headers;
      seen = { method: incoming.method, path: incoming.url, headers, body };
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const headers = {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      'x-odd': "it's; $HOME",
    };
    const sent = request({
      method: 'PUT',
      url: `http://127.0.0.1:${port}/a/../b?c[]=1&d={2}`,
      headers,
      body: 'a=b&c=%20',
    });
    await promisify(execFile)('bash', ['-c', `${curlCommand(sent)} --silent --noproxy '*' --max-time 10`]);
    await new Promise((resolve) => server.close(resolve));
    expect(seen).toEqual({ method: 'PUT', path: '/a/../b?c[]=1&d={2}', headers, body: 'a=b&c=%20' });
  });
});

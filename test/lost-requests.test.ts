import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createPlainBrowser } from '../src/browser/plain/create-plain-browser.ts';
import { check, readConfiguration } from '../src/index.ts';
import { type RunningServer, startServer, writeConfiguration } from '../src/server/index.ts';

/** A server that conforms, behind a proxy that loses requests. */
let proxy: Server;
let reference: RunningServer;
let agent: Agent;

async function serveBehind(isLost: (incoming: IncomingMessage) => boolean): Promise<void> {
  agent = new Agent({ keepAlive: true });
  proxy = createServer((incoming, outgoing) => {
    const { method, url, headers, rawHeaders, socket } = incoming;
    if (isLost(incoming)) return void (rawHeaders.length % 4 === 0 ? socket.destroy() : socket.resetAndDestroy());
    const upstream = request(`${reference.origin}${url}`, { method, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    upstream.on('error', () => socket.destroy());
    incoming.pipe(upstream);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  reference = await startServer({ baseUrl: `http://127.0.0.1:${port}` });
}

afterEach(async () => {
  agent.destroy();
  proxy.closeAllConnections();
  proxy.close();
  await reference.close();
});

/** Numbers between 0 and 1, the same ones for a seed (Park and Miller). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const losses = [
  { seed: 1, share: 0.4 },
  { seed: 3, share: 0.1 },
];

it.each(losses)(
  'requests that get lost accuse nobody: $share of them, seed $seed',
  async ({ seed, share }) => {
    const throwDice = dice(seed);
    let [asked, lost] = [0, 0];
    await serveBehind(({ url = '' }) => {
      asked += 1;
      // Where nobody gets past the pages, or to a first launch, there is nothing to judge.
      const isNeeded = asked < 80 || /\.well-known|\/metadata|\/oauth\/(authorize|interaction)|\/ehr\b/.test(url);
      const isLost = !isNeeded && throwDice() < share;
      if (isLost) lost += 1;
      return isLost;
    });
    const folder = await mkdtemp(join(tmpdir(), 'smart-check-'));
    const file = join(folder, 'configuration.json');
    await writeConfiguration(reference, file);
    const configuration = await readConfiguration({ file, env: {}, overrides: {} });
    await rm(folder, { recursive: true });
    const { report, dispose } = await check({
      configuration,
      suites: ['app-launch', 'client-symmetric', 'client-asymmetric', 'backend-services', 'scopes', 'introspection'],
      timeoutSeconds: 5,
      browseBy: createPlainBrowser,
      env: {},
    });
    await dispose();
    const findings = report.tests.flatMap((test) => test.findings);
    const accusing = findings.filter(({ level }) => level === 'fail' || level === 'warn');
    expect(accusing.map(({ requirement, message }) => `${requirement}: ${message}`)).toEqual([]);
    expect(report.summary.errored).toBe(0);
    expect(report.summary.passed).toBeGreaterThan(20);
    expect(lost).toBeGreaterThan(50);
  },
  120_000,
);

import { expect, it } from 'vitest';
import { createPlainBrowser } from '../src/browser/plain/create-plain-browser.ts';
import { check } from '../src/index.ts';
import { serveBehindProxy } from './fixtures/reference-behind-proxy.ts';

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
    const server = await serveBehindProxy(({ url = '', rawHeaders, socket }) => {
      asked += 1;
      // Where nobody gets past the pages, or to a first launch, there is nothing to judge.
      const isNeeded = asked < 80 || /\.well-known|\/metadata|\/oauth\/(authorize|interaction)|\/ehr\b/.test(url);
      if (isNeeded || throwDice() >= share) return false;
      lost += 1;
      if (rawHeaders.length % 4 === 0) socket.destroy();
      else socket.resetAndDestroy();
      return true;
    });
    const { report, dispose } = await check({
      configuration: server.configuration,
      suites: ['app-launch', 'client-symmetric', 'client-asymmetric', 'backend-services', 'scopes', 'introspection'],
      timeoutSeconds: 5,
      browseBy: createPlainBrowser,
      env: {},
    });
    await dispose();
    await server.close();
    const findings = report.tests.flatMap((test) => test.findings);
    const accusing = findings.filter(({ level }) => level === 'fail' || level === 'warn');
    expect(accusing.map(({ requirement, message }) => `${requirement}: ${message}`)).toEqual([]);
    expect(
      report.tests.filter(({ outcome }) => outcome === 'errored').map(({ id, reason }) => `${id}: ${reason}`),
    ).toEqual([]);
    expect(report.summary.passed).toBeGreaterThan(20);
    expect(lost).toBeGreaterThan(50);
  },
  120_000,
);

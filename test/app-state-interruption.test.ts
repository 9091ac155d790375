import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changesAppState } from '../src/server/faults/overrides.ts';
import { type RunningServer, startServer, writeConfiguration } from '../src/server/index.ts';
import { finished, start, temporaryFolder } from './fixtures/command-line.ts';

const folder = temporaryFolder();
const configuration = join(folder, 'reference.yaml');

/** What is stored, as the server knows it. */
const stored = new Set<string>();
let created = 0;
const held: (() => void)[] = [];
/** How many answers to a create are given before one is held back. */
let holdAfter = 0;
let server: RunningServer;

beforeAll(async () => {
  server = await startServer({
    faults: [
      {
        id: 'testing/app-state~watched',
        requirement: 'testing/app-state',
        level: 'fail',
        summary: 'Counts what is stored, and holds one answer back',
        also: [],
        override: (usual, setup) => ({
          ...changesAppState(({ answer }) => ({
            answer: (given, done) => {
              if (done.action === 'c') stored.add(String(given.resource?.id));
              if (done.action === 'd') stored.delete(String(done.before?.id));
              return answer(given, done);
            },
          }))(usual, setup),
          respond: async (asked, answer) => {
            const usualAnswer = await usual.respond(asked, answer);
            const isCreate = asked.endpoint === 'app-state' && usualAnswer.status === 201;
            if (isCreate) created += 1;
            if (isCreate && created === holdAfter) await new Promise<void>((resolve) => held.push(resolve));
            return usualAnswer;
          },
        }),
      },
    ],
  });
  await writeConfiguration(server, configuration);
});
afterAll(() => server.close());

// The first is the lifecycle's, which is alone; the others come while tests wait for their turn.
it.each([
  ['SIGINT', 1],
  ['SIGTERM', 4],
] as const)(
  '%s while state is being stored leaves none behind (create %d)',
  async (signal, nth) => {
    created = 0;
    held.length = 0;
    holdAfter = nth;
    const child = start(['run', '-c', configuration, '--suite', 'app-state', '-o', join(folder, signal)]);
    const end = finished(child);
    while (held.length === 0 && child.exitCode === null) await sleep(20);
    expect(stored.size).toBeGreaterThan(0);
    child.kill(signal);
    // Long enough for the signal to be there before the answer is.
    await sleep(300);
    held.pop()?.();
    expect((await end).code).toBe(130);
    expect([...stored]).toEqual([]);
  },
  120_000,
);

import { Worker } from 'node:worker_threads';
import { createChromium } from '../browser/chromium.ts';
import type { FaultRun } from '../kit/index.ts';
import type { Fault } from '../server/index.ts';
import { type FaultRunOptions, givenUp, runFault } from './fault-run.ts';
import { noProxy } from './with-reference-server.ts';

export type RunnerOptions = Omit<FaultRunOptions, 'chromium'>;

/** Runs faults, with a browser of its own that starts when one needs it. */
export interface FaultRunner {
  /** Never rejects. */
  run(fault: Fault): Promise<FaultRun>;
  close(): Promise<void>;
}

export function createFaultRunner(options: RunnerOptions): FaultRunner {
  const chromium = createChromium({ headed: false, loopbackOnly: true, light: true, env: noProxy });
  return {
    run: (fault) => runFault(fault, { ...options, chromium }),
    close: () => chromium.close(),
  };
}

/** What a thread is sent: a fault to run, by its id; null when there is no more. */
export type FaultOrder = string | null;

/** A runner in a thread of its own: what judges and what serves takes one core, however many runs there are at once. */
export function createThreadedRunner(options: RunnerOptions): FaultRunner {
  const worker = new Worker(new URL('./fault-thread.js', import.meta.url), { workerData: options });
  const waiting = new Map<string, { readonly fault: Fault; readonly resolve: (run: FaultRun) => void }>();
  let broken: string | null = null;
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.on('message', (run: FaultRun) => {
    waiting.get(run.id)?.resolve(run);
    waiting.delete(run.id);
  });
  const breakOff = (why: string) => {
    broken = why;
    for (const { fault, resolve } of waiting.values()) resolve(givenUp(fault, why));
    waiting.clear();
  };
  worker.once('error', (error) => breakOff(error.stack ?? error.message));
  worker.once('exit', () => breakOff('its thread has ended'));
  return {
    async run(fault) {
      if (broken !== null) return givenUp(fault, broken);
      return new Promise((resolve) => {
        waiting.set(fault.id, { fault, resolve });
        worker.postMessage(fault.id satisfies FaultOrder);
      });
    },
    async close() {
      worker.postMessage(null satisfies FaultOrder);
      await ended;
    },
  };
}

import { parentPort, workerData } from 'node:worker_threads';
import { faults } from '../server/index.ts';
import { createFaultRunner, type FaultOrder, type RunnerOptions } from './fault-runner.ts';

const runner = createFaultRunner(workerData as RunnerOptions);
parentPort?.on('message', async (id: FaultOrder) => {
  const fault = faults.find((candidate) => candidate.id === id);
  if (fault) parentPort?.postMessage(await runner.run(fault));
  if (id !== null) return;
  await runner.close();
  process.exit();
});

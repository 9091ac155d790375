import { expect, it } from 'vitest';
import { within } from './within.ts';

const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

it('comes to what the promise comes to, and leaves no timer that would keep Node from ending', async () => {
  const before = timers();
  const values = await Promise.all(Array.from({ length: 50 }, (_, index) => within(60_000, Promise.resolve(index))));
  expect(values).toHaveLength(50);
  expect(values[7]).toBe(7);
  expect(timers() - before).toBeLessThan(10);
});

it('comes to nothing when the promise takes longer, and to its failure', async () => {
  await expect(within(1, new Promise(() => {}))).resolves.toBeUndefined();
  await expect(within(60_000, Promise.reject(new Error('gone')))).rejects.toThrow('gone');
});

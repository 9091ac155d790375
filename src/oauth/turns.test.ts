import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

/** Somebody who stays until let go, and what has happened so far. */
function stage() {
  const turns = createTurns();
  const seen: string[] = [];
  const doors = new Map<string, () => void>();
  const stay = (name: string) => () => {
    seen.push(name);
    return new Promise<void>((resolve) => doors.set(name, resolve));
  };
  const leave = async (name: string) => {
    doors.get(name)?.();
    await tick();
  };
  return { turns, seen, stay, leave };
}

test('many run together', async () => {
  const { turns, seen, stay } = stage();
  void turns.together(stay('one'));
  void turns.together(stay('other'));
  await tick();
  expect(seen).toEqual(['one', 'other']);
});

test('whoever is alone waits for the others, and later ones wait for it', async () => {
  const { turns, seen, stay, leave } = stage();
  void turns.together(stay('early'));
  void turns.alone('a', stay('alone'));
  void turns.together(stay('late'));
  await tick();
  expect(seen).toEqual(['early']);
  await leave('early');
  expect(seen).toEqual(['early', 'alone']);
  await leave('alone');
  expect(seen).toEqual(['early', 'alone', 'late']);
});

test('what is about the same goes first', async () => {
  const { turns, seen, stay, leave } = stage();
  void turns.alone('a', stay('a1'));
  void turns.alone('b', stay('b1'));
  void turns.alone('a', stay('a2'));
  await tick();
  for (const name of ['a1', 'a2', 'b1']) await leave(name);
  expect(seen).toEqual(['a1', 'a2', 'b1']);
});

test('who fails leaves, too', async () => {
  const { turns } = stage();
  await expect(turns.alone('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await turns.together(async () => 'in')).toBe('in');
});

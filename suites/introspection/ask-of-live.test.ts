import { expect, it } from 'vitest';
import { Skip } from '../../src/kit/index.ts';
import { ofLive } from './ask-of-live.ts';
import type { Caller } from './callers.ts';

const who: Caller = {
  kind: 'client',
  name: 'who may ask',
  clientId: null,
  credentials: async () => ({ headers: {}, parameters: {} }),
};

/** Tokens that were active once, of which some are still. */
function asking(alive: readonly string[]) {
  const active = ['one', 'two'].map((accessToken) => ({ token: { tokens: { accessToken } }, because: [] }));
  const ask = async (token: string) => ({ says: alive.includes(token) ? ('active' as const) : ('inactive' as const) });
  const stranger = async (token: string) => token;
  return ofLive({ active, caller: who }, { ask }, stranger, () => false);
}

it('asks about the first token that is live still', async () => {
  expect(await asking(['one', 'two'])).toBe('one');
  expect(await asking(['two'])).toBe('two');
});

it('concludes nothing where all have ended, whoever is told so', async () => {
  await expect(asking([])).rejects.toBeInstanceOf(Skip);
});

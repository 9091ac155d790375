import { describe, expect, it } from 'vitest';
import { Block } from '../kit/index.ts';
import { bringsLess, createAskingAnew } from './asking-anew.ts';

/** Answers that are less than what is asked for, and what was sent to have more. */
function serverThat(again: () => number) {
  const sent: string[] = [];
  const ask = async (change: (parameters: URLSearchParams) => void) => {
    const parameters = new URLSearchParams();
    change(parameters);
    sent.push(parameters.toString());
    return again();
  };
  return { sent, ask };
}
const isLess = (answer: number) => answer < 2;

describe('a user is asked anew', () => {
  it('where less was granted, and what is more counts', async () => {
    const { sent, ask } = serverThat(() => 2);
    expect(await createAskingAnew('auto').forMore(1, 'openid patient/*.rs', isLess, ask)).toBe(2);
    expect(sent).toEqual(['prompt=consent']);
  });

  it.each([
    ['where all was granted', 2, 'openid patient/*.rs', 'auto'],
    ['by a request that is none of OpenID Connect', 1, 'patient/*.rs', 'auto'],
    ['where a person is at the wheel', 1, 'openid patient/*.rs', 'manual'],
  ] as const)('not %s', async (_, first, asked, drive) => {
    const { sent, ask } = serverThat(() => 2);
    expect(await createAskingAnew(drive).forMore(first, asked, isLess, ask)).toBe(first);
    expect(sent).toEqual([]);
  });

  it('three times in vain, and no more', async () => {
    const { sent, ask } = serverThat(() => {
      if (sent.length === 2) throw new Block('no way');
      return 1;
    });
    const anew = createAskingAnew('auto');
    const answers = await Promise.all([1, 1, 1, 1, 1].map((first) => anew.forMore(first, 'openid', isLess, ask)));
    expect(answers).toEqual([1, 1, 1, 1, 1]);
    expect(sent).toHaveLength(3);
  });
});

describe('less is brought', () => {
  it.each([
    ['by a scope for data that is left out', 'openid patient/*.rs', ['openid'], null, true],
    ['not by one in other words', 'openid patient/Observation.read', ['patient/*.rs'], null, false],
    ['not by one that nobody knows', 'openid patient/smart-check.nonsense', ['openid'], null, false],
    ['by a missing refresh token', 'openid offline_access', ['openid', 'offline_access'], null, true],
    ['not where it is there', 'openid offline_access patient/*.rs', null, 'token', false],
  ] as const)('%s', (_, asked, scopes, refreshToken, less) => {
    expect(bringsLess(asked, { scopes, refreshToken })).toBe(less);
  });
});

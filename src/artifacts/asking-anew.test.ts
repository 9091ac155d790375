import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Block } from '../kit/index.ts';
import { createAskingAnew, type Yield, yieldOfTokens } from './asking-anew.ts';

/** A server whose answers are `full` or not, what was sent to it, and how many requests were under way at most with one for more. */
function serverThat(answers: (change: string) => Yield) {
  const sent: string[] = [];
  let underWay = 0;
  let crowd = 0;
  const request = async (change?: (parameters: URLSearchParams) => void) => {
    const parameters = new URLSearchParams();
    change?.(parameters);
    const text = parameters.toString();
    sent.push(text);
    underWay += 1;
    await tick();
    if (text !== '') crowd = Math.max(crowd, underWay);
    underWay -= 1;
    return answers(text);
  };
  return { sent, request, crowd: () => crowd };
}
const asItIs = (answer: Yield) => answer;

describe('a user is asked anew', () => {
  it('where less was granted, by one request at a time, and what is more counts', async () => {
    const { sent, request, crowd } = serverThat((change) => (change === '' ? 'less' : 'all'));
    const { inFull } = createAskingAnew('auto');
    const answers = await Promise.all([1, 2, 3, 4].map(() => inFull(asItIs, request)));
    expect(answers).toEqual(['all', 'all', 'all', 'all']);
    expect(sent).toEqual(['', '', '', '', ...Array(4).fill('prompt=consent')]);
    expect(crowd()).toBe(1);
  });

  it.each([
    ['where all was granted', 'all', 'auto'],
    ['where the request was refused', 'nothing', 'auto'],
    ['where a person is at the wheel', 'less', 'manual'],
  ] as const)('not %s', async (_, first, drive) => {
    const { sent, request } = serverThat(() => first);
    expect(await createAskingAnew(drive).inFull(asItIs, request)).toBe(first);
    expect(sent).toEqual(['']);
  });

  it('three times in vain, and no more', async () => {
    const { sent, request } = serverThat((change) => {
      if (change !== '' && sent.length === 6) throw new Block('no way');
      return change === '' ? 'less' : 'nothing';
    });
    const { inFull } = createAskingAnew('auto');
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => inFull(asItIs, request)));
    expect(answers).toEqual(Array(5).fill('less'));
    expect(sent.filter((text) => text !== '')).toHaveLength(3);
  });
});

describe('what is brought', () => {
  it.each([
    ['by a scope for data that is left out', 'openid patient/*.rs', ['openid'], null, 'less'],
    ['not by one in other words', 'openid patient/Observation.read', ['patient/*.rs'], null, 'all'],
    ['not by one that nobody knows', 'openid patient/smart-check.nonsense', ['openid'], null, 'all'],
    ['by a missing refresh token', 'openid offline_access', ['openid', 'offline_access'], null, 'less'],
    ['not where it is there', 'openid offline_access patient/*.rs', null, 'token', 'all'],
  ] as const)('%s', (_, scope, scopes, refreshToken, brought) => {
    expect(yieldOfTokens(scope, { scopes, refreshToken })).toBe(brought);
  });
});

import { atOnce, usesAtOnce as times } from '../../src/artifacts/at-once.ts';
import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import { prober } from '../../src/artifacts/prober.ts';
import { refreshed, refresher, replacing } from '../../src/artifacts/refreshes.ts';
import { test } from '../../src/kit/index.ts';

const code = test({
  id: 'app-launch/code-single-use-at-once',
  title: 'A code that comes several times at once is redeemed once',
  requirements: ['app-launch/code-single-use'],
  needs: [prober],
  destroys: 'the grant of the code',
  async run({ prober, must, undecided }) {
    const requirement = 'app-launch/code-single-use';
    const authorization = await prober.code();
    const answers = await atOnce(() => prober.redeem(authorization));
    const granted = answers.filter(({ kind }) => kind === 'granted');
    const exchanges = answers.map(({ exchange }) => exchange);
    if (granted.length === 0) {
      const [first] = answers;
      const message = `none of ${times} exchanges at once brought a token: ${first ? answeredWith(first) : ''}`;
      return undecided(requirement, { message, because: [prober.control.exchange, ...exchanges] });
    }
    must(requirement, granted.length === 1, {
      expected: `one token at most for a code that is sent ${times} times at once (RFC 6749 section 4.1.2)`,
      actual: `${granted.length} exchanges brought one`,
      because: granted.length > 1 ? granted.map(({ exchange }) => exchange) : exchanges,
    });
  },
});

/** Rotation may leave a while in which the old one works: answers get lost (RFC 9700 section 4.14.2 leaves it open). */
const refresh = test({
  id: 'app-launch/refresh-at-once',
  title: 'A refresh token that comes several times at once is used once or several times',
  requirements: ['app-launch/refresh-reuse-ends-grant'],
  needs: [refreshed, refresher],
  informs: true,
  destroys: 'the grant of the refresh token',
  async run({ refreshed, refresher, info }) {
    const grant = await refresher.grantAnew(replacing(refreshed));
    const answers = await atOnce(() => refresher.refresh(grant));
    const granted = answers.filter(({ kind }) => kind === 'granted');
    info('app-launch/refresh-reuse-ends-grant', {
      message: `a refresh token that is replaced, sent ${times} times at once, brought ${granted.length} tokens; some servers let it by for a while`,
      because: answers.map(({ exchange }) => exchange),
    });
  },
});

export const atOnceTests = [code, refresh];

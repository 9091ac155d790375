import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import { tokenEndpoint } from '../../src/artifacts/authorization-server.ts';
import { answered, isSuccess } from '../../src/artifacts/document.ts';
import type { LaunchableClient } from '../../src/artifacts/launcher.ts';
import { prober } from '../../src/artifacts/prober.ts';
import { protectedRead } from '../../src/artifacts/protected-read.ts';
import { refresher } from '../../src/artifacts/refreshes.ts';
import { Block, configuration, Skip, test, time } from '../../src/kit/index.ts';
import { credentialsOf, methodOf } from '../../src/oauth/client-authentication.ts';

const singleUse = test({
  id: 'app-launch/code-single-use',
  title: 'A code is redeemed once',
  requirements: ['app-launch/code-single-use'],
  needs: [prober],
  destroys: 'the grant of the code',
  async run({ prober, must }) {
    const authorization = await prober.code();
    const first = await prober.redeem(authorization);
    if (first.kind !== 'granted') throw new Block(`the code was not redeemed the first time: ${answeredWith(first)}`);
    const again = await prober.redeem(authorization);
    must('app-launch/code-single-use', again.kind === 'refused' && again.error === 'invalid_grant', {
      expected: 'the second exchange of a code to be answered 400 invalid_grant',
      actual: answeredWith(again),
      because: [first.exchange, again.exchange],
    });
  },
});

const reuseRevokes = test({
  id: 'app-launch/code-reuse-revokes',
  title: 'The second use of a code ends the token of the first',
  requirements: ['app-launch/code-reuse-revokes'],
  needs: [prober, protectedRead],
  destroys: 'the grant of the code',
  async run({ prober, protectedRead, should, undecided }) {
    const authorization = await prober.code();
    const first = await prober.redeem(authorization);
    if (first.kind !== 'granted') throw new Block(`the code was not redeemed the first time: ${answeredWith(first)}`);
    const read = () => protectedRead.send({ authorization: `Bearer ${first.tokens.accessToken}` });
    const before = await read();
    const again = await prober.redeem(authorization);
    const because = [first.exchange, before, again.exchange];
    if (!isSuccess(before)) {
      const message = `the access token of the first exchange did not read before the second: ${answered(before)}`;
      return undecided('app-launch/code-reuse-revokes', { message, because });
    }
    const after = await read();
    should('app-launch/code-reuse-revokes', !isSuccess(after), {
      expected: 'the access token of the first exchange to be refused after the second (RFC 6749 section 4.1.2)',
      actual: `${after.response?.status ?? 'no answer'} at the FHIR API`,
      because: [...because, after],
    });
  },
});

const reuseRevokesRefresh = test({
  id: 'app-launch/code-reuse-revokes-refresh-token',
  title: 'The second use of a code ends the refresh token of the first',
  requirements: ['app-launch/code-reuse-revokes'],
  needs: [prober, refresher],
  destroys: 'the grant of the code',
  async run({ prober, refresher, should }) {
    const proven = refresher.refreshed.find(({ client }) => client.clientId === prober.client.clientId);
    if (!proven) throw new Skip('undecided', `no refresh of ${prober.client.clientId} has brought a token`);
    const authorization = await prober.code({ scope: proven.launch.scope });
    const first = await prober.redeem(authorization);
    const refreshToken = first.kind === 'granted' ? first.tokens.refreshToken : null;
    if (refreshToken === null) throw new Skip('undecided', 'a further launch came without a refresh token');
    const again = await prober.redeem(authorization);
    const refresh = await refresher.refresh({ client: proven.client, refreshToken, asItIs: true });
    should('app-launch/code-reuse-revokes', refresh.kind !== 'granted', {
      expected: 'the refresh token of the first exchange to be refused after the second (RFC 6749 section 4.1.2)',
      actual: answeredWith(refresh),
      because: [proven.exchange, first.exchange, again.exchange, refresh.exchange],
    });
  },
});

const boundToClient = test({
  id: 'app-launch/code-bound-to-client',
  title: 'A code is redeemed for the client it was issued to alone',
  requirements: ['app-launch/code-bound-to-client'],
  needs: [prober, configuration, tokenEndpoint],
  async run({ prober, configuration: { clients }, tokenEndpoint, must }) {
    const configured = [...(clients.others ?? []), clients.public, clients.symmetric, clients.asymmetric];
    const others = configured.filter((client) => client !== undefined && client.clientId !== prober.client.clientId);
    if (others.length === 0) throw new Skip('not-configured', 'needs clients.others, or another client that launches');
    for (const other of others) {
      if (!other) continue;
      const authorization = await prober.code();
      const answer = await prober.redeem(authorization, {
        client: other,
        credentials: await credentialsOf(other, tokenEndpoint, methodOf(other)),
      });
      must('app-launch/code-bound-to-client', answer.kind !== 'granted', {
        expected: `a code of ${prober.client.clientId} to be refused to ${other.clientId}`,
        actual: answeredWith(answer),
        because: [prober.control.exchange, answer.exchange],
      });
    }
  },
});

const boundToRedirectUri = test({
  id: 'app-launch/code-bound-to-redirect-uri',
  title: 'A code is redeemed with the redirect URI of its authorization request alone',
  requirements: ['app-launch/code-bound-to-redirect-uri'],
  needs: [prober],
  async run({ prober, must }) {
    const variants = [
      {
        what: 'another redirect_uri',
        change: (form: URLSearchParams) => form.set('redirect_uri', otherUri(prober.client)),
      },
      { what: 'no redirect_uri', change: (form: URLSearchParams) => form.delete('redirect_uri') },
    ];
    await Promise.all(
      variants.map(async ({ what, change }) => {
        const answer = await prober.redeem(await prober.code(), { change });
        must('app-launch/code-bound-to-redirect-uri', answer.kind !== 'granted', {
          expected: `a code not to be redeemed with ${what}`,
          actual: answeredWith(answer),
          because: [prober.control.exchange, answer.exchange],
        });
      }),
    );
  },
});

function otherUri({ redirectUri }: LaunchableClient): string {
  return redirectUri.endsWith('/') ? `${redirectUri}smart-check` : `${redirectUri}/smart-check`;
}

const challengeHidden = test({
  id: 'app-launch/code-challenge-not-readable',
  title: 'The code does not show its code_challenge',
  requirements: ['app-launch/code-challenge-not-readable'],
  needs: [prober],
  run({ prober: { control }, should }) {
    const { response, request } = control.authorization;
    const code = response?.kind === 'code' ? response.code : '';
    const readable = [code, ...code.split('.')].map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    const bytes = Buffer.from(request.pkce.challenge, 'base64url').toString('latin1');
    const shows = [code, ...readable].some((text) => text.includes(request.pkce.challenge) || text.includes(bytes));
    should('app-launch/code-challenge-not-readable', !shows, {
      expected: 'a code from which the code_challenge cannot be read (RFC 7636 section 4.4)',
      actual: shows ? 'the code_challenge, base64url-encoded' : 'none in it',
      because: control.authorization.exchanges,
    });
  },
});

/** Seconds for which a code is held; a little more than the limits, since clocks differ. */
const ages = [75, 330, 3630];

const shortLived = test({
  id: 'app-launch/code-short-lived',
  title: 'A code that nobody redeems expires shortly',
  requirements: ['app-launch/code-short-lived'],
  needs: [prober, configuration, time],
  destroys: 'what expires while a code is held',
  async run({ prober, configuration: { patience = 0 }, time, must, should, info, undecided }) {
    const id = 'app-launch/code-short-lived';
    const affordable = ages.filter((seconds) => seconds <= patience);
    if (patience < 330) {
      throw new Skip('not-configured', 'needs patience of 330 or more: the seconds for which a code is held');
    }
    for (const seconds of affordable) {
      // One at a time: a server may drop a code when it issues the next.
      const authorization = await prober.code();
      const at = new Date(Date.now() + seconds * 1000);
      const answer = await time.until(at, () => prober.redeem(authorization, { asItIs: true }));
      const evidence = {
        expected: 'a code to expire shortly after it was issued, usually after about a minute',
        actual: `after ${seconds} s it was answered ${answeredWith(answer)}`,
        because: [prober.control.exchange, answer.exchange],
      };
      if (answer.kind === 'refused') return should(id, true, evidence);
      if (answer.kind !== 'granted') {
        return undecided(id, { message: evidence.actual, because: evidence.because });
      }
      if (seconds < 300) info(id, { message: evidence.actual, because: evidence.because });
      else if (seconds < 3600) should(id, false, evidence);
      else must(id, false, evidence);
    }
  },
});

export const codeTests = [
  singleUse,
  reuseRevokes,
  reuseRevokesRefresh,
  boundToClient,
  boundToRedirectUri,
  challengeHidden,
  shortLived,
];

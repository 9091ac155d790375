import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import {
  type Refresher,
  refreshed,
  refresher,
  refreshes,
  refreshOutcome,
  replacing,
} from '../../src/artifacts/refreshes.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import {
  attempted,
  type Client,
  type Clients,
  configuration,
  isUnobtainable,
  Skip,
  test,
} from '../../src/kit/index.ts';
import { alteredToken } from '../../src/oauth/altered-token.ts';
import { methodOf } from '../../src/oauth/client-authentication.ts';

const publicClient = test({
  id: 'app-launch/refresh-public-without-authentication',
  title: 'A public client refreshes without authentication',
  requirements: ['app-launch/refresh-public-without-authentication'],
  needs: [refreshes, attempted(refreshed), capabilities],
  run({ refreshes, refreshed, capabilities, must }) {
    if (!capabilities.includes('client-public')) throw new Skip('not-advertised', 'client-public is not advertised');
    const refresh = refreshes.find(({ client }) => methodOf(client) === 'none');
    if (!refresh) throw new Skip('not-configured', 'needs clients.public, and a refresh token issued to it');
    const { client, launch, answer } = refresh;
    // Of another launch, where that of this one is refused for another reason.
    const granted = isUnobtainable(refreshed) ? undefined : refreshed.find((one) => one.client === client);
    const exchanges = granted ? [granted.launch.exchange, granted.exchange] : [launch.exchange, answer.exchange];
    must('app-launch/refresh-public-without-authentication', granted !== undefined, {
      expected: `a token for the refresh token and the client_id of ${client.clientId} alone`,
      actual: granted ? 'an access token' : refreshOutcome(answer),
      because: exchanges,
    });
  },
});

const confidentialClient = test({
  id: 'app-launch/refresh-confidential-authenticates',
  title: 'A confidential client that does not authenticate cannot refresh',
  requirements: ['app-launch/refresh-confidential-authenticates'],
  needs: [refresher],
  destroys: 'the grant of the refresh token',
  async run({ refresher, must, should }) {
    const requirement = 'app-launch/refresh-confidential-authenticates';
    const confidential = refresher.refreshed.filter(({ client }) => methodOf(client) !== 'none');
    if (confidential.length === 0) {
      throw new Skip('not-configured', 'needs clients.symmetric or asymmetric, and a refresh token issued to it');
    }
    await Promise.all(
      confidential.map(async (control) => {
        const grant = await refresher.grantAnew(control);
        const { clientId } = grant.client;
        const credentials = { headers: {}, parameters: { client_id: clientId } };
        const answer = await refresher.refresh({ ...grant, credentials });
        const evidence = {
          expected: `a refresh that merely names ${clientId} to be refused as invalid_client`,
          actual: answeredWith(answer),
          because: [control.exchange, answer.exchange],
        };
        must(requirement, answer.kind !== 'granted', evidence);
        const isUsual = answer.kind === 'refused' && answer.error === 'invalid_client';
        if (answer.kind !== 'granted') should(requirement, isUsual, evidence);
      }),
    );
  },
});

const boundToClient = test({
  id: 'app-launch/refresh-bound-to-client',
  title: 'A refresh token is refused to every client but its own',
  requirements: ['app-launch/refresh-bound-to-client'],
  needs: [configuration, refresher],
  destroys: 'the grant of the refresh token',
  async run({ configuration: { clients }, refresher, must, should }) {
    const { refreshed } = refresher;
    const strangers = refreshed.length > 1 ? refreshed : await provenOthers(clients, refresher);
    if (strangers.length === 0) {
      throw new Skip('not-configured', 'needs a second client that launches: clients.others with a redirectUri');
    }
    // Each owner with the next one round: a public client's token meets one that authenticates, and the other way about.
    const pairs = refreshed.flatMap((owner, index) => {
      const stranger = strangers[(index + 1) % strangers.length];
      return stranger ? [{ owner, stranger }] : [];
    });
    // A server may tell clients apart by how they authenticate: two of one kind, too.
    const kin = strangers === refreshed ? await provenKin(clients, refresher) : [];
    await Promise.all(
      [...pairs, ...kin].map(async ({ owner, stranger }) => {
        const grant = await refresher.grantAnew(owner);
        const answer = await refresher.refresh({ ...grant, client: stranger.client });
        const requirement = 'app-launch/refresh-bound-to-client';
        const evidence = {
          expected: `the refresh token of ${owner.client.clientId} to be refused to ${stranger.client.clientId}`,
          actual: answeredWith(answer),
          // Both clients have been given tokens of their own.
          because: [owner.exchange, stranger.exchange, grant.exchange, answer.exchange],
        };
        must(requirement, answer.kind !== 'granted', evidence);
        if (answer.kind !== 'granted') should(requirement, answer.kind === 'refused', evidence);
      }),
    );
  },
});

/** Clients beside those that launch, once a code of their own was redeemed. */
export async function provenOthers({ others = [] }: Clients, refresher: Refresher) {
  const [owner] = refresher.refreshed;
  const [other] = others.flatMap((client) =>
    client.redirectUri === undefined ? [] : [{ ...client, redirectUri: client.redirectUri }],
  );
  return owner && other ? [await refresher.grantAnew({ client: other, launch: owner.launch })] : [];
}

/**
 * A client that authenticates as one of those that launch does, once it has a refresh token of its own: first those who
 * authenticate by nothing, since then nothing but the name tells them apart.
 */
async function provenKin({ others = [] }: Clients, refresher: Refresher) {
  const isPublic = (client: Client) => methodOf(client) === 'none';
  for (const other of [...others.filter(isPublic), ...others.filter((one) => !isPublic(one))]) {
    const { redirectUri } = other;
    const owner = refresher.refreshed.find(({ client }) => methodOf(client) === methodOf(other));
    if (redirectUri === undefined || !owner) continue;
    const stranger = await refresher.grantIfAny({ client: { ...other, redirectUri } }, owner.launch.scope);
    if (stranger) return [{ owner, stranger }];
  }
  return [];
}

const reuse = test({
  id: 'app-launch/refresh-reuse-ends-grant',
  title: 'A refresh token that has been replaced may end the grant when it is used again',
  requirements: ['app-launch/refresh-reuse-ends-grant'],
  needs: [refreshed, refresher],
  informs: true,
  destroys: 'the grant of the refresh token',
  async run({ refreshed, refresher, info }) {
    const grant = await refresher.grantAnew(replacing(refreshed));
    const first = await refresher.refresh(grant);
    const next = first.kind === 'granted' ? first.tokens.refreshToken : null;
    if (next === null)
      throw new Skip('undecided', `a further refresh brought ${answeredWith(first)}, and no new token`);
    const again = await refresher.refresh(grant);
    const after = await refresher.refresh({ client: grant.client, refreshToken: next });
    info('app-launch/refresh-reuse-ends-grant', {
      message: `the old refresh token, used again: ${answeredWith(again)}; the new one after that: ${answeredWith(after)}`,
      because: [first.exchange, again.exchange, after.exchange],
    });
  },
});

const nothingElse = test({
  id: 'app-launch/refresh-token-alone-refreshes',
  title: 'Nothing but a refresh token brings new tokens by a refresh',
  requirements: ['app-launch/token-invalid-grant'],
  needs: [refresher],
  destroys: 'the grant of the refresh token',
  async run({ refresher, must, undecided }) {
    const id = 'app-launch/token-invalid-grant';
    const [proven] = refresher.refreshed;
    if (!proven) throw new Error('a refresh has brought a token, or none is had');
    const { client, exchange, refreshToken: right, tokens } = await refresher.grantAnew(proven);
    for (const { what, refreshToken } of [
      { what: 'the access token', refreshToken: tokens.accessToken },
      { what: 'the refresh token with one character changed', refreshToken: alteredToken(right) },
    ]) {
      if (refreshToken === right) continue;
      const answer = await refresher.refresh({ client, refreshToken });
      const because = [proven.exchange, exchange, answer.exchange];
      const actual = answeredWith(answer);
      if (answer.kind === 'odd') undecided(id, { message: `${what}, sent as refresh_token: ${actual}`, because });
      else
        must(id, answer.kind === 'refused', {
          expected: `${what}, sent as refresh_token, to be refused`,
          actual,
          because,
        });
    }
  },
});

export const refreshClientTests = [publicClient, confidentialClient, boundToClient, nothingElse, reuse];

import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import { answered, isSuccess, mediaType } from '../../src/artifacts/document.ts';
import { refresher } from '../../src/artifacts/refreshes.ts';
import { attempted, type Block, type Exchange, isUnobtainable, type Judge, Skip, test } from '../../src/kit/index.ts';
import { madeUpToken } from '../../src/oauth/altered-token.ts';
import { errorIn } from '../../src/oauth/error-response.ts';
import type { RevocationRequest } from '../../src/oauth/revocation-request.ts';
import {
  effective,
  type RefreshRevocation,
  type Revoker,
  refreshRevocations,
  refreshUntilRefused,
  revoker,
} from './revocations.ts';
import { type TokenAtHand, tokensAtHand } from './tokens-at-hand.ts';

/** A success that is not 200 is odd, no more: the token counts. */
function judgeStatus<Id extends string>(
  { must, should }: Pick<Judge<Id>, 'must' | 'should'>,
  requirement: Id,
  exchange: Exchange,
  what: string,
): void {
  const evidence = { expected: `200 to ${what}`, actual: saidOf(exchange), because: exchange };
  const demand = isSuccess(exchange) ? should : must;
  demand(requirement, exchange.response?.status === 200, evidence);
}

/** In words: `400 invalid_client`. */
export function saidOf(exchange: Exchange): string {
  const error = errorIn(exchange);
  return error === null ? answered(exchange) : `${exchange.response?.status} ${error}`;
}

const refreshToken = test({
  id: 'introspection/refresh-token-revoked',
  title: 'A revoked refresh token refreshes no more',
  requirements: ['introspection/refresh-token-revoked'],
  needs: [refreshRevocations],
  destroys: 'grants made for it',
  run({ refreshRevocations, must, should }) {
    const requirement = 'introspection/refresh-token-revoked';
    for (const { client, revocation, after, because } of refreshRevocations) {
      judgeStatus({ must, should }, requirement, revocation, `the revocation of a refresh token of ${client.clientId}`);
      if (!isSuccess(revocation)) continue;
      must(requirement, after.kind !== 'granted', {
        expected: `invalid_grant for the refresh token of ${client.clientId} that was revoked`,
        actual: answeredWith(after),
        because,
      });
    }
  },
});

/** A revocation of that kind that worked: what differs from it in one thing is refused for that. @throws Skip for want of one */
function worked(revocations: readonly RefreshRevocation[]): RefreshRevocation {
  const [control] = effective(revocations);
  if (control) return control;
  throw new Skip('undecided', 'no refresh token could be revoked, which introspection/refresh-token-revoked judges');
}

interface Asking {
  readonly tokensAtHand: readonly TokenAtHand[];
  readonly refreshRevocations: readonly RefreshRevocation[] | Skip | Block;
  readonly revoker: Revoker;
}

/** Asks as a client that is seen to revoke, else as one that is not turned away itself: who asks is looked at before what is asked. */
async function askAsOneTaken(
  parameters: RevocationRequest['parameters'],
  { tokensAtHand, refreshRevocations, revoker }: Asking,
): Promise<{ readonly exchange: Exchange; readonly isClientTaken: boolean }> {
  const revocations = isUnobtainable(refreshRevocations) ? [] : refreshRevocations;
  const proven = revocations.find(({ revocation }) => isSuccess(revocation))?.client;
  if (proven) return { exchange: await revoker.revoke({ client: proven, parameters }), isClientTaken: true };
  const [first, ...others] = new Set(tokensAtHand.map(({ client }) => client));
  if (!first) throw new Error('there is a token at hand, or none to be had');
  let exchange = await revoker.revoke({ client: first, parameters });
  for (const client of others) {
    if (!isClientRefused(exchange)) break;
    exchange = await revoker.revoke({ client, parameters });
  }
  return { exchange, isClientTaken: !isClientRefused(exchange) };
}

function isClientRefused(exchange: Exchange): boolean {
  return (
    exchange.response?.status === 401 || ['invalid_client', 'unauthorized_client'].includes(errorIn(exchange) ?? '')
  );
}

function clientRefused(exchange: Exchange) {
  const message = `no client was seen to revoke anything, and it may be the client that is refused: ${saidOf(exchange)}`;
  return { message, because: exchange };
}

const unknown = test({
  id: 'introspection/unknown-token-revocation-200',
  title: 'Revoking a token that nobody has issued is answered 200',
  requirements: ['introspection/unknown-token-revocation-200'],
  needs: [tokensAtHand, attempted(refreshRevocations), revoker],
  destroys: 'grants made for it',
  async run({ must, should, undecided, ...asking }) {
    const requirement = 'introspection/unknown-token-revocation-200';
    const { exchange, isClientTaken } = await askAsOneTaken({ token: madeUpToken }, asking);
    if (!isClientTaken) return undecided(requirement, clientRefused(exchange));
    judgeStatus({ must, should }, requirement, exchange, 'the revocation of a token that nobody has issued');
  },
});

const again = test({
  id: 'introspection/repeated-revocation-200',
  title: 'Revoking a token again is answered 200',
  requirements: ['introspection/unknown-token-revocation-200'],
  needs: [refreshRevocations, revoker],
  destroys: 'grants made for it',
  async run({ refreshRevocations, revoker, must, should }) {
    const { client, refreshToken } = worked(refreshRevocations);
    const exchange = await revoker.revoke({ client, parameters: { token: refreshToken } });
    const requirement = 'introspection/unknown-token-revocation-200';
    judgeStatus({ must, should }, requirement, exchange, 'the revocation of a token that has been revoked already');
  },
});

const errors = test({
  id: 'introspection/revocation-errors-oauth',
  title: 'A revocation request without a token gets invalid_request',
  requirements: ['introspection/revocation-errors-oauth'],
  needs: [tokensAtHand, attempted(refreshRevocations), revoker],
  destroys: 'grants made for it',
  async run({ must, should, undecided, ...asking }) {
    const requirement = 'introspection/revocation-errors-oauth';
    const { exchange, isClientTaken } = await askAsOneTaken({}, asking);
    if (!isClientTaken) return undecided(requirement, clientRefused(exchange));
    const evidence = {
      expected: '400 application/json with error=invalid_request for a request without token (RFC 6749 section 5.2)',
      actual: saidOf(exchange),
      because: exchange,
    };
    const isRight = exchange.response?.status === 400 && errorIn(exchange) === 'invalid_request';
    must(requirement, isRight, evidence);
    const type = mediaType(exchange.response?.headers['content-type']);
    if (isRight) should(requirement, type === 'application/json', { ...evidence, actual: answered(exchange) });
  },
});

const hints = test({
  id: 'introspection/revocation-hint-harmless',
  title: 'A wrong token_type_hint keeps no refresh token from being revoked',
  requirements: ['introspection/revocation-hint-harmless'],
  needs: [refreshRevocations, refresher, revoker],
  destroys: 'grants made for it',
  async run({ refreshRevocations, refresher, revoker, must, should }) {
    const requirement = 'introspection/revocation-hint-harmless';
    const control = worked(refreshRevocations);
    const proven = refresher.refreshed.find(({ client }) => client === control.client);
    if (!proven) throw new Error('what was revoked had been refreshed before');
    const { client } = proven;
    for (const hint of ['access_token', 'smart_check_nonsense']) {
      const { refreshToken, exchange } = await refresher.grantAnew(proven);
      const parameters = { token: refreshToken, token_type_hint: hint };
      const revocation = await revoker.revoke({ client, parameters });
      judgeStatus({ must, should }, requirement, revocation, `the revocation with token_type_hint=${hint}`);
      if (!isSuccess(revocation)) continue;
      const after = await refreshUntilRefused(refresher, client, refreshToken);
      must(requirement, after.kind !== 'granted', {
        expected: `a refresh token revoked with token_type_hint=${hint} to be refused, as without it`,
        actual: answeredWith(after),
        because: [control.revocation, control.after.exchange, exchange, revocation, after.exchange],
      });
    }
  },
});

export const revocationTests = [refreshToken, unknown, again, errors, hints];

import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import { tokenEndpoint } from '../../src/artifacts/authorization-server.ts';
import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { type RefreshableGrant, type Refreshed, refresher } from '../../src/artifacts/refreshes.ts';
import {
  artifact,
  attempted,
  type Client,
  configuration,
  type Exchange,
  isUnobtainable,
  Skip,
  test,
} from '../../src/kit/index.ts';
import { alteredToken, madeUpToken } from '../../src/oauth/altered-token.ts';
import { signClientAssertion } from '../../src/oauth/client-assertion.ts';
import { assertionCredentials, inBasic, methodOf } from '../../src/oauth/client-authentication.ts';
import { errorIn } from '../../src/oauth/error-response.ts';
import type { RevocationRequest } from '../../src/oauth/revocation-request.ts';
import type { TokenAnswer } from '../../src/oauth/token-request.ts';
import { provenOthers } from '../app-launch/refresh-client.ts';
import { saidOf } from './revocation.ts';
import { accessRevocation, readingToken, readUntilRefused, revoker } from './revocations.ts';
import { patientIn } from './tokens-at-hand.ts';

const requirement = 'introspection/revocation-bound-to-client';

/** What somebody was answered who tried to end a token of another, and whether it refreshes afterwards. */
interface Attempt {
  readonly revocation: Exchange;
  readonly after: TokenAnswer;
  readonly because: readonly Exchange[];
}

/** Refresh tokens that others try to end; one for each client goes on as long as it works. */
const prey = artifact({
  name: 'prey',
  needs: [refresher, revoker],
  obtain({ refresher, revoker }) {
    const alive = new Map<Refreshed, Pick<RefreshableGrant, 'refreshToken' | 'exchange'>>();
    return {
      async attempt(owner: Refreshed, by: Pick<RevocationRequest, 'client' | 'credentials'>): Promise<Attempt> {
        const { client } = owner;
        const { refreshToken, exchange } = alive.get(owner) ?? (await refresher.grantAnew(owner));
        const revocation = await revoker.revoke({ ...by, parameters: { token: refreshToken } });
        const after = await refresher.refresh({ client, refreshToken });
        alive.delete(owner);
        if (after.kind === 'granted') {
          const newest = after.tokens.refreshToken ?? refreshToken;
          alive.set(owner, { refreshToken: newest, exchange: after.exchange });
        }
        return { revocation, after, because: [owner.exchange, exchange, revocation, after.exchange] };
      },
    };
  },
});

const strangers = test({
  id: 'introspection/revocation-bound-to-client',
  title: 'No client ends a token of another',
  requirements: [requirement],
  needs: [configuration, refresher, revoker, prey],
  destroys: 'grants made for it',
  async run({ configuration: { clients }, refresher, revoker, prey, must, should, undecided }) {
    const { refreshed } = refresher;
    const known = refreshed.length > 1 ? refreshed : await provenOthers(clients, refresher);
    if (known.length === 0) {
      throw new Skip('not-configured', 'needs a second client that launches: clients.others with a redirectUri');
    }
    for (const [index, owner] of refreshed.entries()) {
      const stranger = known[(index + 1) % known.length]?.client ?? owner.client;
      const control = await revoker.revoke({ client: stranger, parameters: { token: madeUpToken } });
      if (!isSuccess(control)) {
        const message = `${stranger.clientId} cannot revoke anything: ${saidOf(control)}; what it may end is not known`;
        undecided(requirement, { message, because: control });
        continue;
      }
      const { revocation, after, because } = await prey.attempt(owner, { client: stranger });
      const what = `a refresh token of ${owner.client.clientId} that ${stranger.clientId} asked to revoke`;
      must(requirement, after.kind === 'granted', {
        expected: `${what} to go on working`,
        actual: answeredWith(after),
        because: [control, ...because],
      });
      if (after.kind !== 'granted') continue;
      should(requirement, !isSuccess(revocation), {
        expected: `an error for ${what} (RFC 7009 section 2.1)`,
        actual: saidOf(revocation),
        because: [control, ...because],
      });
    }
  },
});

const strangersAccess = test({
  id: 'introspection/access-revocation-bound-to-client',
  title: 'No client ends an access token of another',
  requirements: [requirement],
  needs: [configuration, refresher, revoker, attempted(accessRevocation), fhirReader],
  destroys: 'grants made for it',
  async run({ configuration: { clients, data }, refresher, revoker, accessRevocation, fhirReader, must, undecided }) {
    const { refreshed } = refresher;
    const [owner] = refreshed;
    const known = refreshed.length > 1 ? refreshed : await provenOthers(clients, refresher);
    const stranger = known.find(({ client }) => client.clientId !== owner?.client.clientId)?.client;
    if (!owner || !stranger) {
      throw new Skip('not-configured', 'needs a second client that launches: clients.others with a redirectUri');
    }
    const { tokens, exchange } = await refresher.grantAnew(owner);
    const name = `an access token of ${owner.client.clientId}`;
    const token = await readingToken(name, owner.client, tokens, fhirReader, patientIn(tokens, data));
    if (!token) {
      throw new Skip(
        'undecided',
        'whether the token still works could be seen with a patient in context, or data.patient',
      );
    }
    const control = await revoker.revoke({ client: stranger, parameters: { token: madeUpToken } });
    const revocation = await revoker.revoke({ client: stranger, parameters: { token: token.accessToken } });
    const read = await readUntilRefused(token, fhirReader, isSuccess(revocation));
    const because = [control, exchange, token.control, revocation, read];
    const isEnded = read.response?.status === 401;
    const own = isUnobtainable(accessRevocation) ? null : accessRevocation;
    const isPossible = own !== null && isSuccess(own.revocation) && own.reads !== null && !isSuccess(own.reads.after);
    if (!isEnded && !(isPossible && isSuccess(control) && isSuccess(read))) {
      const message = 'no client was seen to end an access token of its own, or this one could not ask for it';
      return undecided(requirement, { message, because });
    }
    must(requirement, !isEnded, {
      expected: `${token.name} to go on working, though ${stranger.clientId} asked to revoke it`,
      actual: `the revocation was answered ${saidOf(revocation)}, a read with the token ${answered(read)}`,
      because,
    });
  },
});

const unauthenticated = test({
  id: 'introspection/revocation-authenticated',
  title: 'A confidential client that does not authenticate ends no token',
  requirements: [requirement],
  needs: [refresher, prey, tokenEndpoint],
  destroys: 'grants made for it',
  async run({ refresher, prey, tokenEndpoint, must, should }) {
    const confidential = refresher.refreshed.filter(({ client }) => methodOf(client) !== 'none');
    if (confidential.length === 0) {
      throw new Skip('not-configured', 'needs clients.symmetric or asymmetric, and a refresh token issued to it');
    }
    for (const owner of confidential) {
      for (const { what, errors, credentials } of impostors(owner.client, tokenEndpoint.published)) {
        const { revocation, after, because } = await prey.attempt(owner, { client: owner.client, credentials });
        must(requirement, after.kind === 'granted', {
          expected: `a refresh token of ${owner.client.clientId} to survive a revocation ${what}`,
          actual: answeredWith(after),
          because,
        });
        if (after.kind !== 'granted') continue;
        const error = errorIn(revocation);
        const isRefusal = [400, 401].includes(revocation.response?.status ?? 0) && error !== null;
        should(requirement, isRefusal && errors.includes(error), {
          expected: `400 or 401 with ${errors.join(' or ')} for a revocation ${what}`,
          actual: saidOf(revocation),
          because,
        });
      }
    }
  },
});

/** Credentials that prove nothing; where nobody is named, the request may as well be called malformed. */
function impostors(client: Client, tokenEndpoint: string) {
  const { clientId, clientSecret, keys } = client;
  const none = { headers: {}, parameters: {} };
  return [
    { what: 'without credentials', errors: ['invalid_client', 'invalid_request'], credentials: none },
    {
      what: 'that merely names the client',
      errors: ['invalid_client'],
      credentials: { headers: {}, parameters: { client_id: clientId } },
    },
    ...(keys === undefined
      ? []
      : [
          {
            what: 'with an assertion that it has not signed',
            errors: ['invalid_client'],
            credentials: assertionCredentials(alteredToken(signClientAssertion(client, tokenEndpoint))),
          },
        ]),
    ...(clientSecret === undefined
      ? []
      : [
          {
            what: 'with a wrong secret',
            errors: ['invalid_client'],
            credentials: inBasic(clientId, `${clientSecret}-wrong`),
          },
        ]),
  ];
}

export const foreignRevocationTests = [strangers, strangersAccess, unauthenticated];

import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { refresher } from '../../src/artifacts/refreshes.ts';
import { settled } from '../../src/artifacts/settled.ts';
import { attempted, isUnobtainable, Skip, test } from '../../src/kit/index.ts';
import { errorIn } from '../../src/oauth/error-response.ts';
import { introspector } from './callers.ts';
import { control, told } from './introspected.ts';
import { saidOf } from './revocation.ts';
import {
  type AccessRevocation,
  accessRevocation,
  effective,
  readUntilRefused,
  refreshRevocations,
} from './revocations.ts';

/** @throws Skip where the server says that it ends refresh tokens alone, as it may (RFC 7009 section 2) */
function supported(revocation: AccessRevocation): AccessRevocation {
  const error = errorIn(revocation.revocation);
  if (error !== 'unsupported_token_type') return revocation;
  throw new Skip('not-advertised', 'access tokens are not revoked here: unsupported_token_type, which is allowed');
}

const revoked = test({
  id: 'introspection/access-token-revoked',
  title: 'A revoked access token is refused',
  requirements: ['introspection/access-token-revoked'],
  needs: [accessRevocation],
  destroys: 'a grant made for it',
  run({ accessRevocation, should, undecided }) {
    const requirement = 'introspection/access-token-revoked';
    const { client, revocation, reads, introspections, because } = supported(accessRevocation);
    should(requirement, revocation.response?.status === 200, {
      expected: `200 to the revocation of an access token of ${client.clientId}`,
      actual: saidOf(revocation),
      because,
    });
    if (!isSuccess(revocation)) return;
    if (reads) {
      should(requirement, !isSuccess(reads.after), {
        expected: 'the FHIR API to refuse the access token once it has been revoked',
        actual: answered(reads.after),
        because: [reads.before, ...because, reads.after],
      });
    } else if (introspections) {
      const { before, after } = introspections;
      should(requirement, after.says !== 'active', {
        expected: 'the access token to be inactive once it has been revoked',
        actual: told(after),
        because: [before.exchange, ...because, after.exchange],
      });
    } else {
      const message =
        'whether the token still works could be seen with a patient in context, data.patient, or by introspection';
      undecided(requirement, { message, because });
    }
  },
});

const inactive = test({
  id: 'introspection/revoked-inactive',
  title: 'Tokens that have been revoked are inactive',
  requirements: ['introspection/unusable-token-inactive', 'introspection/inactive-says-no-more'],
  needs: [accessRevocation],
  destroys: 'a grant made for it',
  run({ accessRevocation, must, should }) {
    const { revocation, reads, introspections, because } = supported(accessRevocation);
    if (!isSuccess(revocation)) {
      throw new Skip('undecided', 'no access token could be revoked, which access-token-revoked judges');
    }
    if (!introspections) throw new Skip('undecided', 'the token could not be asked about while it was live');
    const { before, after } = introspections;
    // Whoever refuses the token at the API knows that it has been revoked (RFC 7662 section 4).
    const isKnown = reads?.after.response?.status === 401;
    const demand = isKnown || after.says === 'neither' ? must : should;
    const evidence = { because: [before.exchange, ...because, ...(reads ? [reads.after] : []), after.exchange] };
    demand('introspection/unusable-token-inactive', after.members?.active === false, {
      expected: `active: false for a token that was revoked${isKnown ? ', which the FHIR API refuses' : ''}`,
      actual: told(after),
      ...evidence,
    });
    if (after.says !== 'inactive') return;
    const more = Object.keys(after.members ?? {}).filter((name) => name !== 'active');
    should('introspection/inactive-says-no-more', more.length === 0, {
      expected: 'active alone for a token that was revoked',
      actual: ['active', ...more].join(', '),
      ...evidence,
    });
  },
});

const refreshInactive = test({
  id: 'introspection/revoked-refresh-token-inactive',
  title: 'Refresh tokens that have been revoked are inactive',
  requirements: ['introspection/unusable-token-inactive'],
  needs: [refreshRevocations, introspector, control],
  destroys: 'grants made for it',
  async run({ refreshRevocations, introspector, control: { caller }, must, undecided }) {
    const requirement = 'introspection/unusable-token-inactive';
    const ended = effective(refreshRevocations);
    if (ended.length === 0) {
      throw new Skip('undecided', 'no refresh token could be revoked, which refresh-token-revoked judges');
    }
    for (const { client, refreshToken, because: before } of ended) {
      const answer = await settled(
        () => introspector.ask(refreshToken, caller, 'refresh_token'),
        ({ says }) => says !== 'active',
      );
      const what = `the refresh token of ${client.clientId}, which was revoked`;
      const because = [...before, answer.exchange];
      if (answer.says === 'neither') {
        undecided(requirement, { message: `${what}: ${told(answer)}`, because });
        continue;
      }
      must(requirement, answer.says === 'inactive', {
        expected: `active: false for ${what} (RFC 7662 section 2.2)`,
        actual: told(answer),
        because,
      });
    }
  },
});

const grantAfter = test({
  id: 'introspection/access-revocation-may-end-grant',
  title: 'Revoking an access token may end the refresh token of its grant',
  requirements: ['introspection/access-revocation-may-end-grant'],
  needs: [accessRevocation, refresher],
  informs: true,
  destroys: 'a grant made for it',
  async run({ accessRevocation, refresher, info }) {
    const { client, tokens, revocation, because } = supported(accessRevocation);
    if (!isSuccess(revocation) || tokens.refreshToken === null) {
      throw new Skip('undecided', 'no access token was revoked whose grant has a refresh token');
    }
    const answer = await refresher.refresh({ client, refreshToken: tokens.refreshToken });
    info('introspection/access-revocation-may-end-grant', {
      message: `after its access token was revoked, the refresh token was answered ${answeredWith(answer)}`,
      because: [...because, answer.exchange],
    });
  },
});

const cascade = test({
  id: 'introspection/revocation-ends-access-tokens',
  title: 'Revoking a refresh token ends the access tokens of its grant',
  requirements: ['introspection/revocation-ends-access-tokens'],
  needs: [refreshRevocations, attempted(accessRevocation), fhirReader],
  destroys: 'grants made for it',
  async run({ refreshRevocations, accessRevocation, fhirReader, should }) {
    if (isUnobtainable(accessRevocation)) throw accessRevocation;
    const { revocation, reads } = supported(accessRevocation);
    if (!isSuccess(revocation) || (reads && isSuccess(reads.after))) {
      throw new Skip('not-advertised', 'access tokens are not ended by revocation, which access-token-revoked judges');
    }
    const tokens = effective(refreshRevocations).flatMap(({ accessTokens, because }) =>
      accessTokens.map((token) => ({ token, because })),
    );
    if (tokens.length === 0) throw new Skip('undecided', 'no grant was ended whose access token had been seen to read');
    await Promise.all(
      tokens.map(async ({ token, because }) => {
        const read = await readUntilRefused(token, fhirReader);
        should('introspection/revocation-ends-access-tokens', !isSuccess(read), {
          expected: `the FHIR API to refuse ${token.name}, once the refresh token of ${token.client.clientId} is revoked`,
          actual: answered(read),
          because: [token.control, ...because, read],
        });
      }),
    );
  },
});

const endedGrant = test({
  id: 'introspection/ended-grant-inactive',
  title: 'Access tokens that ended with their grant are inactive',
  requirements: ['introspection/unusable-token-inactive'],
  needs: [refreshRevocations, fhirReader, introspector, control],
  destroys: 'grants made for it',
  async run({ refreshRevocations, fhirReader, introspector, control: { caller, first }, must }) {
    const ended = refreshRevocations.filter(
      ({ after, revocation }) => isSuccess(revocation) && after.kind !== 'granted',
    );
    const tokens = ended.flatMap(({ accessTokens, because }) => accessTokens.map((token) => ({ token, because })));
    const judged = await Promise.all(
      tokens.map(async ({ token, because }) => {
        const read = await readUntilRefused(token, fhirReader);
        // Whoever refuses the token at the API knows that it has ended (RFC 7662 section 4).
        if (read.response?.status !== 401) return false;
        const answer = await settled(
          () => introspector.ask(token.accessToken, caller),
          ({ says }) => says !== 'active',
        );
        must('introspection/unusable-token-inactive', answer.members?.active === false, {
          expected: `active: false for ${token.name}, which ended with the refresh token of ${token.client.clientId}`,
          actual: told(answer),
          because: [...first.because, token.control, ...because, read, answer.exchange],
        });
        return true;
      }),
    );
    if (!judged.includes(true)) throw new Skip('undecided', 'no access token was seen to end with its refresh token');
  },
});

export const accessRevocationTests = [revoked, inactive, refreshInactive, grantAfter, cascade, endedGrant];

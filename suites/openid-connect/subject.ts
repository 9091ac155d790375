import { smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { describe, Skip, test } from '../../src/kit/index.ts';
import { identities } from './identities.ts';
import { secondSignIns, signedInAs } from './second-sign-ins.ts';
import { verifications } from './verifications.ts';

const issuer = test({
  id: 'openid-connect/issuer-as-advertised',
  title: 'iss is exactly the issuer that the documents name',
  requirements: ['openid-connect/issuer-as-advertised'],
  needs: [verifications, smartConfiguration],
  run({ verifications, smartConfiguration, must }) {
    const advertised = { what: 'the SMART configuration', issuer: smartConfiguration.document.issuer };
    for (const { jwt, issuer, because } of verifications) {
      const documents = [advertised, { what: 'the OpenID configuration to which it leads', issuer }];
      const named = documents.filter((document) => typeof document.issuer === 'string');
      if (named.length === 0) throw new Skip('undecided', 'no document names an issuer, which discovery judges');
      const differing = named.filter((document) => document.issuer !== jwt.claims.iss);
      must('openid-connect/issuer-as-advertised', differing.length === 0, {
        expected: `iss exactly as in ${named.map(({ what }) => what).join(' and ')} (a final slash counts)`,
        actual:
          differing.length === 0
            ? 'so it is'
            : `iss is ${describe(jwt.claims.iss)}; ${differing.map(({ what, issuer }) => `${what} has ${describe(issuer)}`).join('; ')}`,
        because: [smartConfiguration.exchange, ...because],
      });
    }
  },
});

const stable = test({
  id: 'openid-connect/subject-stable',
  title: 'sub is the same each time for one user, and another for another user',
  requirements: ['openid-connect/subject-stable'],
  needs: [secondSignIns],
  run({ secondSignIns: { first, again, different }, must, undecided }) {
    const requirement = 'openid-connect/subject-stable';
    const { sub } = first.jwt.claims;
    if (typeof sub !== 'string')
      throw new Skip('undecided', 'there is no sub to compare, which required-claims judges');
    must(requirement, again.jwt.claims.sub === sub, {
      expected: 'the same sub at the next sign-in of the same user',
      actual: again.jwt.claims.sub === sub ? 'the same' : 'another one',
      because: [...first.because, again.grant.exchange],
    });
    if (!different)
      return undecided(requirement, {
        message: 'it takes a second user, who can launch the same app, to see whether another sub comes',
      });
    const isSame = different.jwt.claims.sub === sub;
    const because = [...first.because, different.grant.exchange];
    if (isSame && different.as !== undefined && different.as === again.as) {
      const message = `the server’s pages let nobody sign in but one: ${different.as}`;
      return undecided(requirement, { message, because: different.grant.exchange });
    }
    must(requirement, !isSame, {
      expected: `another sub for ${different.signingIn.user?.username ?? 'another user'}`,
      actual: isSame ? 'the same' : 'another one',
      because,
    });
  },
});

const fromEhr = test({
  id: 'openid-connect/subject-same-from-ehr',
  title: 'sub is the same whether an app is launched from the EHR or by itself',
  requirements: ['openid-connect/subject-stable'],
  needs: [identities, secondSignIns],
  run({ identities, secondSignIns: { first, again, different }, must }) {
    const requirement = 'openid-connect/subject-stable';
    const ofEhr = identities.filter(({ launch }) => launch.kind === 'ehr');
    if (ofEhr.length === 0) throw new Skip('not-advertised', 'no launch from the EHR yielded an id_token');
    // One of them signed in for all.
    const [as] = ofEhr.flatMap(({ launch: { opening, authorization } }) => {
      const titles = [opening?.outcome, authorization.outcome].map((outcome) => outcome && signedInAs(outcome.strip));
      return titles.filter((title) => title !== undefined && title !== null);
    });
    const same = [again, different].find((one) => one !== null && as !== undefined && one.as === as);
    const launched = ofEhr.find(({ launch }) => launch.client.clientId === first.launch.client.clientId);
    if (first.launch.kind === 'ehr' || !same || !launched) {
      throw new Skip('undecided', 'it takes a user who is seen to sign in to the same app in both ways');
    }
    const isSame = launched.jwt.claims.sub === same.jwt.claims.sub;
    must(requirement, isSame, {
      expected: `the sub that ${same.signingIn.user?.username ?? same.signingIn.name} has where the app is launched by itself`,
      actual: isSame ? 'it is' : `${describe(launched.jwt.claims.sub)}, and not ${describe(same.jwt.claims.sub)}`,
      because: [same.grant.exchange, ...launched.because],
    });
  },
});

export const subjectTests = [issuer, stable, fromEhr];

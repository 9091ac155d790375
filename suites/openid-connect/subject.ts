import { type Launcher, launcher } from '../../src/artifacts/launcher.ts';
import { smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { type SigningIn, someoneElse } from '../../src/artifacts/users.ts';
import { type UsualWay, usualWay } from '../../src/artifacts/usual-way.ts';
import { Block, configuration, describe, Skip, test } from '../../src/kit/index.ts';
import { readJwt } from '../../src/oauth/jwt.ts';
import { type Identity, identities } from './identities.ts';
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
  needs: [configuration, identities, launcher, usualWay],
  async run({ configuration, identities, launcher, usualWay, must, undecided }) {
    const requirement = 'openid-connect/subject-stable';
    const first = identities.find(({ launch }) => launch.kind === usualWay.kind);
    if (!first) throw new Skip('undecided', `no ${usualWay.kind} launch yielded an id_token`);
    const { sub } = first.jwt.claims;
    if (typeof sub !== 'string')
      throw new Skip('undecided', 'there is no sub to compare, which required-claims judges');
    const { signingIn: same } = usualWay;
    const other = someoneElse(same, configuration.users);
    const [again, different] = await Promise.all([
      identityOf({ launcher, usualWay }, first, same),
      other && identityOf({ launcher, usualWay }, first, other).catch(nullIfUnobtainable),
    ]);
    must(requirement, again.sub === sub, {
      expected: 'the same sub at the next sign-in of the same user',
      actual: again.sub === sub ? 'the same' : 'another one',
      because: [...first.because, again.exchange],
    });
    if (!different)
      return undecided(requirement, {
        message: 'it takes a second user, who can launch the same app, to see whether another sub comes',
      });
    if (different.sub === sub && different.as !== undefined && different.as === again.as) {
      const message = `the server’s pages let nobody sign in but one: ${different.as}`;
      return undecided(requirement, { message, because: different.exchange });
    }
    must(requirement, different.sub !== sub, {
      expected: `another sub for ${other?.user?.username ?? 'another user'}`,
      actual: different.sub === sub ? 'the same' : 'another one',
      because: [...first.because, different.exchange],
    });
  },
});

/** Who signs in, in a browser in which nobody has. */
async function identityOf(
  { launcher, usualWay }: { readonly launcher: Launcher; readonly usualWay: UsualWay },
  { launch }: Identity,
  signingIn: SigningIn,
) {
  const session = await launcher.openSession();
  const { client, scope } = launch;
  const { authorization, tokens, exchange } = await usualWay.grant({ client, signingIn, scope, session });
  const jwt = readJwt(tokens.idToken ?? '');
  // As the page named them, where people are picked from a list: it may not have this one.
  const as = authorization.outcome.strip.find(({ title }) => title.startsWith('sign in as'))?.title;
  if (jwt.kind === 'jwt') return { sub: jwt.claims.sub, exchange, as };
  throw new Skip('undecided', 'a further launch came without an id_token');
}

/** Another user may have no such launch. */
function nullIfUnobtainable(error: unknown): null {
  if (error instanceof Skip || error instanceof Block) return null;
  throw error;
}

export const subjectTests = [issuer, stable];

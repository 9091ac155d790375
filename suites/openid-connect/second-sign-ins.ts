import type { Grant } from '../../src/artifacts/launcher.ts';
import { launcher } from '../../src/artifacts/launcher.ts';
import { accountOf, type SigningIn, someoneElse } from '../../src/artifacts/users.ts';
import { usualWay } from '../../src/artifacts/usual-way.ts';
import type { Picture } from '../../src/browser/journey.ts';
import { artifact, configuration, isUnobtainable, Skip } from '../../src/kit/index.ts';
import type { SignedJwt } from '../../src/oauth/jwt.ts';
import { type Identity, identities, readIdToken } from './identities.ts';

/** The id_token of someone who signed in where nobody had. */
export interface SecondSignIn {
  readonly signingIn: SigningIn;
  readonly grant: Grant;
  readonly jwt: SignedJwt;
  /** As the pages named them; undefined where they did not, or others drove. */
  readonly as: string | undefined;
}

/** Two more launches of the app that was launched first: by the same user, and by another. */
interface SecondSignIns {
  readonly first: Identity;
  readonly again: SecondSignIn;
  /** Null where there is nobody else, or they cannot launch the app. */
  readonly different: SecondSignIn | null;
}

export const secondSignIns = artifact({
  name: 'secondSignIns',
  needs: [configuration, identities, launcher, usualWay],
  async obtain({ configuration, identities, launcher, usualWay }): Promise<SecondSignIns> {
    const first = identities.find(({ launch }) => launch.kind === usualWay.kind);
    if (!first) throw new Skip('undecided', `no ${usualWay.kind} launch yielded an id_token`);
    const { client, scope } = first.launch;
    const signIn = async (signingIn: SigningIn): Promise<SecondSignIn> => {
      const session = await launcher.openSession();
      const grant = await usualWay.grant({ client, signingIn, scope, session });
      const jwt = readIdToken(grant.tokens.idToken);
      if (!jwt) throw new Skip('undecided', 'a further launch came without an id_token');
      return { signingIn, grant, jwt, as: signedInAs(grant.authorization.outcome.strip) };
    };
    const { signingIn: same } = usualWay;
    const other = someoneElse(same, configuration.users);
    const [again, different] = await Promise.all([signIn(same), other && signIn(other).catch(nullIfUnobtainable)]);
    return { first, again, different };
  },
});

/** As the page named whoever signed in, where people are picked from a list: it may not have the one who is meant. */
export function signedInAs(strip: readonly Picture[]): string | undefined {
  return strip.find(({ title }) => title.startsWith('sign in as'))?.title;
}

/** Whether two are known to be different people: by their accounts, and by what the server calls them. */
export function isSomeoneElse(one: SecondSignIn, other: SecondSignIn): boolean {
  const known = [one, other].every(({ signingIn }) => signingIn.user !== null);
  return (
    known && accountOf(one.signingIn) !== accountOf(other.signingIn) && one.jwt.claims.sub !== other.jwt.claims.sub
  );
}

/** Another user may have no such launch. */
function nullIfUnobtainable(error: unknown): null {
  if (isUnobtainable(error)) return null;
  throw error;
}

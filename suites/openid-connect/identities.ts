import { type Launch, launches } from '../../src/artifacts/launches.ts';
import { refreshed } from '../../src/artifacts/refreshes.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { artifact, attempted, type Exchange, isUnobtainable, Skip } from '../../src/kit/index.ts';
import { readJwt, type SignedJwt } from '../../src/oauth/jwt.ts';

/** An id_token of a launch, taken apart. */
export interface Identity {
  /** Such as `the id_token of the ehr launch of my-app`. */
  readonly name: string;
  readonly launch: Launch;
  readonly jwt: SignedJwt;
  readonly because: readonly Exchange[];
}

/** The launches that asked for openid. */
export const identifyingLaunches = artifact({
  name: 'identifyingLaunches',
  needs: [launches, capabilities],
  obtain({ launches, capabilities: { includes } }): readonly Launch[] {
    if (!includes('sso-openid-connect')) throw new Skip('not-advertised', 'sso-openid-connect is not advertised');
    const asking = launches.filter(({ scope }) => scope.split(' ').includes('openid'));
    if (asking.length > 0) return asking;
    throw new Skip('not-configured', 'the configured scopes of the clients leave openid out');
  },
});

/** The id_tokens that came, as far as they can be read; at least one. */
export const identities = artifact({
  name: 'identities',
  needs: [identifyingLaunches],
  obtain({ identifyingLaunches }): readonly Identity[] {
    const found = identifyingLaunches.flatMap((launch) => {
      const jwt = readIdToken(launch.tokens.idToken);
      const name = `the id_token of the ${launch.kind} launch of ${launch.client.clientId}`;
      return jwt ? [{ name, launch, jwt, because: [launch.exchange] }] : [];
    });
    if (found.length > 0) return found;
    throw new Skip(
      'undecided',
      'no launch came with an id_token that can be read, which openid-connect/id-token-issued judges',
    );
  },
});

/**
 * These, and those that came with a refresh, where the same rules apply (OpenID Connect Core section 12.2): the launch is
 * then as if it had come to the tokens of the refresh.
 */
export const allIdentities = artifact({
  name: 'allIdentities',
  needs: [identities, attempted(refreshed)],
  obtain({ identities, refreshed }): readonly Identity[] {
    if (isUnobtainable(refreshed)) return identities;
    const later = refreshed.flatMap(({ launch, tokens, exchange }) => {
      const jwt = readIdToken(tokens.idToken);
      const name = `the refreshed id_token of ${launch.client.clientId}`;
      return jwt ? [{ name, launch: { ...launch, tokens, exchange }, jwt, because: [exchange] }] : [];
    });
    return [...identities, ...later];
  },
});

/** Null for what is absent, or no JWT. */
export function readIdToken(raw: string | null): SignedJwt | null {
  const jwt = raw === null ? null : readJwt(raw);
  return jwt?.kind === 'jwt' ? jwt : null;
}

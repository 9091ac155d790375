import { type Launch, launches } from '../../src/artifacts/launches.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { artifact, type Exchange, Skip } from '../../src/kit/index.ts';
import { readJwt, type SignedJwt } from '../../src/oauth/jwt.ts';

/** An id_token of a launch, taken apart. */
export interface Identity {
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
      const jwt = launch.tokens.idToken === null ? null : readJwt(launch.tokens.idToken);
      return jwt?.kind === 'jwt' ? [{ launch, jwt, because: [launch.exchange] }] : [];
    });
    if (found.length > 0) return found;
    throw new Skip(
      'undecided',
      'no launch came with an id_token that can be read, which openid-connect/id-token-issued judges',
    );
  },
});

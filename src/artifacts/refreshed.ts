import type { BrowserSession } from '../browser/journey.ts';
import { artifact, Block, configuration, Skip } from '../kit/index.ts';
import type { TokenAnswer, TokenResponse } from '../oauth/token-request.ts';
import { answeredWith } from './authorization-outcome.ts';
import { type Grant, type LaunchableClient, launcher } from './launcher.ts';
import { type Launch, launches } from './launches.ts';
import { userOf } from './users.ts';

/** A grant with a refresh token, of its own, that nobody else uses. */
export interface Renewable {
  readonly grant: Grant;
  readonly refreshToken: string;
}

/** What gives out grants that can be renewed. */
export interface Renewals {
  /** The launch that showed that this client gets refresh tokens. */
  readonly launch: Launch;
  readonly client: LaunchableClient;
  /** @throws Block when a grant comes without a refresh token, though one did before */
  renewable(client?: LaunchableClient): Promise<Renewable>;
  /** One with offline_access, whose browser has been closed; null where there is none to be had. */
  afterwards(): Promise<Renewable | null>;
  refresh(renewable: Renewable, parameters?: Readonly<Record<string, string>>): Promise<TokenAnswer>;
}

export const renewals = artifact({
  name: 'renewals',
  needs: [configuration, launcher, launches],
  obtain({ configuration, launcher, launches }): Renewals {
    const launch = launches.find(({ kind, tokens }) => kind === 'standalone' && tokens.refreshToken !== null);
    if (!launch) throw new Skip('not-advertised', 'no standalone launch was given a refresh token');
    const renewable = async (client: LaunchableClient, session?: BrowserSession): Promise<Renewable> => {
      const grant = await launcher.grant({
        client,
        signingIn: userOf(configuration, 'patient', 'practitioner'),
        scope: launch.scope,
        ...(session && { session }),
      });
      const { refreshToken } = grant.tokens;
      if (refreshToken === null) throw new Block('a launch came without a refresh token this time', [grant.exchange]);
      return { grant, refreshToken };
    };
    return {
      launch,
      client: launch.client,
      renewable: (client = launch.client) => renewable(client),
      async afterwards() {
        if (!launch.tokens.scopes?.includes('offline_access')) return null;
        const session = await launcher.openSession();
        const own = await renewable(launch.client, session);
        await session.close();
        return own;
      },
      refresh: ({ grant, refreshToken }, parameters = {}) =>
        launcher.token({
          client: grant.client,
          parameters: { grant_type: 'refresh_token', refresh_token: refreshToken, ...parameters },
        }),
    };
  },
});

/** A grant that has been renewed once, without asking for anything in particular. */
export interface Refreshed {
  readonly before: Renewable;
  readonly answer: TokenAnswer & { readonly kind: 'granted' };
  readonly tokens: TokenResponse;
}

export const refreshed = artifact({
  name: 'refreshed',
  needs: [renewals],
  async obtain({ renewals }): Promise<Refreshed> {
    const before = await renewals.renewable();
    const answer = await renewals.refresh(before);
    if (answer.kind !== 'granted') {
      const evidence = [before.grant.exchange, answer.exchange];
      throw new Block(`the refresh token was not accepted: ${answeredWith(answer)}`, evidence);
    }
    return { before, answer, tokens: answer.tokens };
  },
});

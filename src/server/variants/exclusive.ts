import { getCookie } from 'hono/cookie';
import type { Override } from '../behaviour.ts';
import { changesAnswers, changesIdTokens, changesTokens } from '../faults/overrides.ts';
import { oauthError } from '../responses.ts';
import { together } from '../together.ts';
import type { Grant, Session, Vault } from '../vault.ts';
import type { Variant } from './variant.ts';

/** One access token at a time for an app and who uses it, or for a service. */
const newestAccessToken = changesTokens((usual, { vault }) => ({
  newAccessToken: (grant) => {
    for (const issued of vault.accessTokens.values()) issued.revoked ||= isOfTheSame(issued.grant, grant);
    return usual.newAccessToken(grant);
  },
}));

/** One refresh token at a time for an app and who uses it; in each browser users have signed in at another second. */
const newestRefreshToken = together(
  changesTokens((usual, { vault }) => ({
    newRefreshToken: (grant) => {
      for (const issued of vault.refreshTokens.values()) issued.used ||= isOfTheSame(issued.grant, grant);
      return usual.newRefreshToken(grant);
    },
  })),
  changesIdTokens(({ claims }) => {
    const seconds = new Map<Session | null, number>();
    return {
      claims(grant, ...of) {
        const before = seconds.get(grant.session) ?? seconds.size;
        seconds.set(grant.session, before);
        return { ...claims(grant, ...of), auth_time: grant.authenticatedAt - before };
      },
    };
  }),
);

/** An authorization ends the ones before, with all that came of them. */
const newestGrant = changesTokens((usual, { vault }) => ({
  newAccessToken: (grant) => {
    for (const { grant: earlier } of vault.accessTokens.values()) {
      earlier.revoked ||= earlier !== grant && isOfTheSame(earlier, grant);
    }
    return usual.newAccessToken(grant);
  },
}));

/** The codes of a browser for an app end when it comes for the next. */
const newestCode = changesAnswers('authorize', async (answer, { request, context }, _usual, { vault }) => {
  const parameters =
    request.method === 'POST' ? new URLSearchParams(await request.clone().text()) : new URL(request.url).searchParams;
  const session = getCookie(context, 'sid');
  for (const [code, { grant, redeemed }] of vault.codes) {
    const isOfBrowser = session !== undefined && grant.session?.id === session;
    if (!redeemed && isOfBrowser && grant.client.clientId === parameters.get('client_id')) vault.codes.delete(code);
  }
  return answer();
});

/** Who signs in is signed out elsewhere. */
const oneSession = changesAnswers('interaction', async (answer, _asked, _usual, { vault }) => {
  const before = signedIn(vault);
  const given = await answer();
  for (const [session, person] of signedIn(vault)) {
    if (before.get(session) === person) continue;
    for (const other of vault.sessions.values()) {
      if (other !== session && other.person === person) other.person = null;
    }
  }
  return given;
});

function signedIn({ sessions }: Vault) {
  return new Map([...sessions.values()].flatMap((session) => (session.person ? [[session, session.person]] : [])));
}

/** So many token requests in a second, for the whole server, and no more. */
function limited(most: number): Override {
  let recent: readonly number[] = [];
  return changesAnswers('token', (answer) => {
    const now = Date.now();
    recent = recent.filter((at) => at > now - 1000);
    if (recent.length >= most) {
      return oauthError('temporarily_unavailable', 'too many requests', {
        status: 429,
        headers: { 'retry-after': '1' },
      });
    }
    recent = [...recent, now];
    return answer();
  });
}

function isOfTheSame(one: Grant, other: Grant): boolean {
  return one.client === other.client && one.person === other.person;
}

/** Servers that keep one of a kind, or take a few at a time. */
export const exclusiveVariants: readonly Variant[] = [
  {
    id: 'newest-access-token',
    summary: 'Keeps one access token for an app and its user, or for a service: the next ends the one before',
    override: newestAccessToken,
  },
  {
    id: 'newest-refresh-token',
    summary: 'Keeps one refresh token for an app and its user: the next ends the one before',
    override: newestRefreshToken,
  },
  {
    id: 'newest-grant',
    summary: 'Keeps one grant for an app and its user, with its tokens: the next ends the one before',
    override: newestGrant,
  },
  {
    id: 'newest-code',
    summary: 'Ends the codes that a browser has for an app when it begins the next authorization',
    override: newestCode,
  },
  {
    id: 'newest-session',
    summary: 'Signs users out elsewhere when they sign in',
    override: oneSession,
  },
  {
    id: 'newest-everything',
    summary: 'Keeps the newest of sessions, codes, grants and tokens alone',
    override: together(newestAccessToken, newestRefreshToken, newestGrant, newestCode, oneSession),
  },
  {
    id: 'rate-limited',
    summary: 'Takes twenty-five token requests in a second, and asks to wait with more',
    override: limited(25),
  },
];

import { getCookie } from 'hono/cookie';
import type { RequestContext } from '../endpoint.ts';
import type { Setup } from '../setup.ts';
import { type Session, unguessable, type Vault } from '../vault.ts';

const cookie = 'sid';

/** The session of the browser that asks; a new one when it brings none. */
export function sessionOf(context: RequestContext, { vault }: Setup): Session {
  const known = vault.sessions.get(getCookie(context, cookie) ?? '');
  if (known) return known;
  return newSession(vault);
}

function newSession(vault: Vault): Session {
  const session: Session = { id: unguessable(), person: null, authenticatedAt: 0, claimed: null, awaitingCode: null };
  vault.sessions.set(session.id, session);
  return session;
}

/** A session that gained rights goes on under another name, lest somebody knew the one before. */
export function renewSession(session: Session, { vault }: Setup): void {
  vault.sessions.delete(session.id);
  session.id = unguessable();
  vault.sessions.set(session.id, session);
}

/** Has the browser come back with its session. */
export function keepSession(answer: Response, session: Session, { site }: Setup): Response {
  const secure = site.baseUrl.startsWith('https:') ? '; Secure' : '';
  answer.headers.append('set-cookie', `${cookie}=${session.id}; Path=/; HttpOnly; SameSite=Lax${secure}`);
  return answer;
}

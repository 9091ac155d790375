import type { UserKind } from '../browser/journey.ts';
import type { Configuration, User } from '../kit/index.ts';
import { Skip } from '../kit/index.ts';

/** Someone who signs in at the server's pages, by the name the configuration gives them. */
export interface SigningIn {
  readonly name: string;
  /** Nobody when a person drives the browser. */
  readonly user: User | null;
}

/**
 * The first of several users that is configured.
 *
 * @throws Skip when none is, and pages are to be driven unaided
 */
export function userOf({ users, authorize }: Configuration, ...names: readonly string[]): SigningIn {
  for (const name of names) {
    const user = users[name];
    if (user) return { name, user };
  }
  if (authorize.drive !== 'auto') return { name: names[0] ?? '', user: null };
  const others = Object.keys(users);
  const instead =
    others.length === 0 ? '' : `; the configuration has ${others.map((name) => `users.${name}`).join(', ')}`;
  throw new Skip('not-configured', `needs users.${names[0]}, who signs in at the server\u2019s pages${instead}`);
}

/** Someone of whom it is known what they may not see. */
export interface Restricted extends SigningIn {
  readonly user: User & Required<Pick<User, 'mayNotSee'>>;
}

/** The first who may not see all, whatever the configuration calls them. */
export function restrictedUser({ users }: Configuration): Restricted | null {
  for (const [name, user] of Object.entries(users)) {
    const { mayNotSee = [] } = user;
    if (mayNotSee.length > 0) return { name, user: { ...user, mayNotSee } };
  }
  return null;
}

/** By which door they come in: what the configuration's own names say, and who starts apps in an EHR. */
export function kindOf({ name }: SigningIn, { ehrLaunch }: Configuration): UserKind | null {
  if (name === 'patient') return 'patient';
  return name === 'practitioner' || name === ehrLaunch?.user ? 'clinician' : null;
}

/** The same for all names under which one account is configured: it is locked under all of them. */
export function accountOf({ name, user }: SigningIn): string {
  return user?.username ?? name;
}

/** Another user than one, who signs in with a password alone. */
export function someoneElse(one: SigningIn, users: Configuration['users']): SigningIn | null {
  const [found] = Object.entries(users).filter(
    ([name, user]) => name !== one.name && user.username !== one.user?.username && user.totpSecret === undefined,
  );
  return found ? { name: found[0], user: found[1] } : null;
}

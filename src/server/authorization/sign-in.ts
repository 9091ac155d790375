import type { Setup } from '../setup.ts';
import { totp } from '../totp.ts';
import type { Session } from '../vault.ts';
import type { SignInVisit, Step } from './step.ts';

const wrong = 'The user name or the password is wrong.';
const locked = 'This account is locked.';

/** Failures after which an account is locked. */
const mostFailures = 5;

const userNameField = { name: 'username', label: 'User name', type: 'text', autocomplete: 'username' } as const;
const passwordField = {
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'current-password',
} as const;

/** User name and password, on one page or two, and a one-time password where the account asks for it. */
export function signInSteps(setup: Setup): readonly Step<SignInVisit>[] {
  const oneTimePassword: Step<SignInVisit> = {
    name: 'one-time-password',
    isDue: ({ session }) => session.awaitingCode !== null,
    page: () => ({
      title: 'One more step',
      fields: [
        { name: 'code', label: 'Code from your authenticator app', type: 'text', autocomplete: 'one-time-code' },
      ],
      buttons: [{ label: 'Verify' }],
    }),
    take({ session }, answer) {
      const person = session.awaitingCode;
      const now = setup.now();
      // Clocks differ, and typing takes time: the code before is good as well (RFC 6238 section 5.2).
      const codes = [now, now - 30_000].map((at) => totp(person?.totpSecret ?? '', at));
      if (!person || !codes.includes(answer.get('code') ?? '')) return 'The code is wrong.';
      signIn(session, person, setup);
      return null;
    },
  };
  const password = (page: Step<SignInVisit>['page']): Step<SignInVisit> => ({
    name: 'password',
    isDue: ({ session }) => session.person === null && session.awaitingCode === null,
    page,
    take: ({ session }, answer) =>
      checkPassword(session, session.claimed ?? answer.get('username') ?? '', answer.get('password') ?? '', setup),
  });
  if (setup.pageStyle !== 'identifier-first') {
    const onePage = () => ({
      title: 'Sign in',
      fields: [userNameField, passwordField],
      buttons: [{ label: 'Sign in' }],
    });
    return [oneTimePassword, password(onePage)];
  }
  return [
    oneTimePassword,
    {
      name: 'user-name',
      isDue: ({ session }) => session.person === null && session.awaitingCode === null && session.claimed === null,
      page: () => ({ title: 'Sign in', fields: [userNameField], buttons: [{ label: 'Next' }] }),
      take({ session }, answer) {
        session.claimed = answer.get('username');
        return null;
      },
    },
    password(() => ({ title: 'Sign in', fields: [passwordField], buttons: [{ label: 'Sign in' }] })),
  ];
}

function checkPassword(session: Session, username: string, password: string, setup: Setup): string | null {
  const { people, vault } = setup;
  session.claimed = null;
  const failures = vault.failures.get(username) ?? 0;
  if (failures >= mostFailures) return locked;
  const person = people.find((candidate) => candidate.username === username);
  if (!person || person.password !== password) {
    vault.failures.set(username, failures + 1);
    return failures + 1 >= mostFailures ? locked : wrong;
  }
  vault.failures.delete(username);
  if (person.totpSecret === undefined) signIn(session, person, setup);
  else session.awaitingCode = person;
  return null;
}

function signIn(session: Session, person: NonNullable<Session['person']>, { now }: Setup): void {
  session.person = person;
  session.awaitingCode = null;
  session.authenticatedAt = Math.floor(now() / 1000);
}

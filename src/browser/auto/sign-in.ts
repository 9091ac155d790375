import type { User } from '../../kit/index.ts';
import { denying, type Journey } from '../journey.ts';
import { type Action, act, type Decision, marking, type PageSnapshot, stop } from './action.ts';
import { caption, forwardButton } from './buttons.ts';
import type { Memory } from './memory.ts';
import type { Control } from './snapshot.ts';
import { oneTimePassword } from './totp.ts';
import {
  codeNaming,
  enrolling,
  locked,
  mailNaming,
  otherNaming,
  registering,
  searching,
  signingIn,
  userNaming,
  wrongCredentials,
} from './words.ts';

const noUser = 'the page asks to sign in, and no user is configured for it (users)';

/** Signs in: one-time password, password, user name, or a person picked from a list. A wrong password is never retried. */
export function signIn(page: PageSnapshot, journey: Journey, memory: Memory): Decision | null {
  const passwords = page.controls.filter(({ kind }) => kind === 'password');
  return (
    oneTimeCode(page, journey, memory, passwords) ??
    password(page, journey, memory, passwords) ??
    userName(page, journey, memory) ??
    person(page, journey, memory)
  );
}

function oneTimeCode(
  { controls, text, alerts }: PageSnapshot,
  { user }: Journey,
  memory: Memory,
  passwords: readonly Control[],
): Decision | null {
  if (passwords.length > 0 && !memory.sent.has('password')) return null;
  // Some call a password a passcode: beside the user name it is no second factor.
  const isPassword = (control: Control) =>
    passwords.includes(control) && nameFields(controls, control).name !== undefined;
  const field = controls.find(
    (control) =>
      control.autocomplete === 'one-time-code' ||
      (['text', 'password'].includes(control.kind) &&
        memory.sent.has('password') &&
        !isPassword(control) &&
        codeNaming.test(`${control.label} ${control.names.replace(/[_-]/g, ' ')}`)),
  );
  if (enrolling.test(text) && memory.sent.has('password')) {
    return stop('needs-person', 'the server wants a second factor to be set up; do so once by hand');
  }
  if (!field) return null;
  if (user?.totpSecret === undefined) {
    return stop('needs-otp', 'the server asks for a one-time password; configure totpSecret of the user');
  }
  if (memory.sent.has('code')) {
    const refused = stop('needs-otp', `the one-time password was refused${quoted(alerts)}; is totpSecret right?`);
    return field.value === '' || alerts !== '' ? refused : { kind: 'wait', otherwise: refused };
  }
  const code = {
    do: 'fill',
    control: field,
    text: oneTimePassword(user.totpSecret, Date.now()),
    secret: true,
  } as const;
  return marking({ sent: ['code'] }, act('enter the one-time password', code, submission(controls, field)));
}

function password(
  { controls, alerts, text }: PageSnapshot,
  { user }: Journey,
  memory: Memory,
  passwords: readonly Control[],
): Decision | null {
  const [field, second] = passwords;
  if (!field) return null;
  if (!user) return stop('needs-person', noUser);
  if (!user.password) {
    return stop('needs-person', `the page asks for the password of "${user.username}", and the configuration has none`);
  }
  if (second && /new|neu|confirm|repeat/i.test(`${second.label} ${second.names}`)) {
    // Some pages show everything before a script hides what is for later.
    const change = stop('needs-person', 'the server wants the password to be changed; do so once by hand');
    return { kind: 'wait', otherwise: change };
  }
  if (memory.sent.has('password')) {
    const last = memory.done.at(-1);
    if (last?.startsWith(denying)) {
      return { kind: 'wait', otherwise: stop('stuck', `the page to sign in comes back after this: ${last}`) };
    }
    const said = alerts || text;
    const refusal = locked.test(alerts || text.slice(0, 600))
      ? stop('locked', `the account of "${user.username}" is locked${quoted(alerts)}`)
      : stop(
          'wrong-credentials',
          `the server does not accept user name and password of "${user.username}"${quoted(alerts)}${leftEmpty(controls, field, user)}`,
        );
    // The page may still be working on it.
    return wrongCredentials.test(alerts) || locked.test(alerts) || (field.value === '' && wrongCredentials.test(said))
      ? refusal
      : { kind: 'wait', otherwise: refusal };
  }
  if (makesAccounts(controls, field)) return stop('stuck', 'the page is for whoever has no account yet');
  const { name, mail } = nameFields(controls, field);
  const typed = name ?? (memory.sent.has('user-name') ? undefined : textsBefore(controls, field).at(-1));
  const filled: Action[] =
    typed && typed.value !== user.username ? [{ do: 'fill', control: typed, text: user.username }] : [];
  if (mail && user.email !== undefined) filled.push({ do: 'fill', control: mail, text: user.email });
  const submit = act(
    `sign in as "${user.username}"`,
    ...filled,
    { do: 'fill', control: field, text: user.password, secret: true },
    submission(controls, field),
  );
  return marking({ sent: ['user-name', 'password'] }, submit);
}

function textsBefore(controls: readonly Control[], { frame, index }: Control): Control[] {
  return controls.filter((control) => control.kind === 'text' && control.frame === frame && control.index < index);
}

/** Where the user name goes, and the e-mail address where a page wants both. */
function nameFields(controls: readonly Control[], password: Control): { name?: Control; mail?: Control } {
  const fields = textsBefore(controls, password).filter(isUserName);
  const mails = fields.filter(isMailAlone);
  const name = fields.findLast((field) => !mails.includes(field)) ?? fields.at(-1);
  const mail = mails.find((field) => field !== name);
  return { ...(name && { name }), ...(mail && { mail }) };
}

function isMailAlone({ label, names }: Control): boolean {
  return mailNaming.test(`${label} ${names}`) && !otherNaming.test(`${label} ${names}`);
}

function leftEmpty(controls: readonly Control[], password: Control, { email }: User): string {
  const { mail } = nameFields(controls, password);
  if (!mail || email !== undefined) return '';
  return `; "${mail.label || mail.names}" was left empty: email of the user is for that`;
}

/** A page that asks for the user name alone. */
function userName({ controls, alerts }: PageSnapshot, { user }: Journey, memory: Memory): Decision | null {
  const field = controls.find((control) => control.kind === 'text' && isUserName(control));
  if (!field) return null;
  if (!user) return stop('needs-person', noUser);
  if (memory.sent.has('user-name')) {
    if (memory.sent.has('password')) return null;
    const refusal = stop(
      'wrong-credentials',
      `the server does not take the user name "${user.username}"${quoted(alerts)}`,
    );
    return wrongCredentials.test(alerts) ? refusal : { kind: 'wait', otherwise: refusal };
  }
  const submit = act(
    `enter the user name "${user.username}"`,
    { do: 'fill', control: field, text: user.username },
    submission(controls, field),
  );
  return marking({ sent: ['user-name'] }, submit);
}

/** A list of the people who may sign in. */
function person({ controls }: PageSnapshot, { user, pick }: Journey, memory: Memory): Decision | null {
  if (memory.sent.has('user-name')) return null;
  const list = controls.find(({ kind }) => kind === 'select');
  const button = controls.find((control) => control.kind === 'button' && signingIn.test(caption(control)));
  if (!list || !button) return null;
  const wanted = [user?.username, user?.patient, user?.patientName, pick.patient, pick.patientName];
  const [option] = wanted.flatMap((name) =>
    name === undefined ? [] : (list.options.find(({ value, text }) => value === name || text.includes(name)) ?? []),
  );
  const chosen = option ?? (list.on ? undefined : list.options.find(({ value }) => value !== ''));
  const actions: Action[] =
    chosen && chosen.value !== list.value ? [{ do: 'choose', control: list, value: chosen.value }] : [];
  const submit = act(`sign in as "${chosen?.text ?? 'whoever is chosen'}"`, ...actions, {
    do: 'click',
    control: button,
  });
  return marking({ sent: ['user-name'] }, submit);
}

function isUserName({ autocomplete, label, names }: Control): boolean {
  if (/username|email/.test(autocomplete)) return true;
  return userNaming.test(`${label} ${names}`) && !searching.test(`${label} ${names}`);
}

/** A form to register with; a sign-in form may offer that beside. */
function makesAccounts(controls: readonly Control[], field: Control): boolean {
  const words = buttonsNear(controls, field).map(caption);
  return words.some((said) => registering.test(said)) && forwardButton(buttonsNear(controls, field)) === null;
}

function buttonsNear(controls: readonly Control[], field: Control): Control[] {
  return controls.filter(
    ({ kind, frame, form }) => kind === 'button' && frame === field.frame && (field.form < 0 || form === field.form),
  );
}

/** The form's own button, or Enter where there is none. */
function submission(controls: readonly Control[], field: Control): Action {
  const button = forwardButton(buttonsNear(controls, field), field.form);
  return button ? { do: 'click', control: button } : { do: 'enter', control: field };
}

function quoted(text: string): string {
  return text === '' ? '' : `: "${text.slice(0, 200)}"`;
}

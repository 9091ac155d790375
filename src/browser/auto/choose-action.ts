import type { Journey } from '../journey.ts';
import { act, type Decision, type PageSnapshot, stop } from './action.ts';
import { approve } from './approve.ts';
import { caption, forwardButton, isButton, launchButton } from './buttons.ts';
import type { Memory } from './memory.ts';
import { pick } from './pick.ts';
import { signIn } from './sign-in.ts';
import { aboutCookies, aboutPasskeys, approving, failing, signingIn, skipping, staySignedIn } from './words.ts';

type Rule = (page: PageSnapshot, journey: Journey, memory: Memory) => Decision | null;

/** Asked in this order; the first that knows what to do decides. */
const rules: readonly Rule[] = [captcha, cookieBanner, skip, signIn, pick, approve, launch, goOn, errorPage];

/** Decides what a person would do next on a page, in one go. */
export function chooseAction(page: PageSnapshot, journey: Journey, memory: Memory): Decision {
  for (const rule of rules) {
    const decision = rule(page, journey, memory);
    if (decision) return decision;
  }
  return { kind: 'wait', otherwise: stop('stuck', 'there is nothing on the page that leads on') };
}

function captcha({ hasCaptcha }: PageSnapshot): Decision | null {
  return hasCaptcha ? stop('needs-person', 'the page asks to prove that a person is there (CAPTCHA)') : null;
}

/** What lies over the page is answered first. */
function cookieBanner({ controls }: PageSnapshot): Decision | null {
  const inBanner = controls.filter((control) => isButton(control) && aboutCookies.test(control.overlay ?? ''));
  const answer =
    inBanner.find((control) => approving.test(caption(control))) ??
    inBanner.find((control) => /ok|got it|close|reject|decline|necessary|verstanden/i.test(caption(control)));
  return answer ? act('answer the cookie banner', { do: 'click', control: answer }) : null;
}

/** Offers that may be turned down: to stay signed in, to enrol a passkey. */
function skip({ controls, text, headings }: PageSnapshot): Decision | null {
  const hasFields = controls.some(({ kind }) => kind === 'password' || kind === 'text');
  if (hasFields) return null;
  if (staySignedIn.test(headings.join(' ')) || (staySignedIn.test(text) && text.length < 300)) {
    const no = controls.find((control) => isButton(control) && /^(no|nein|non|nee|n[aã]o)\b/i.test(caption(control)));
    if (no) return act('do not stay signed in', { do: 'click', control: no });
  }
  if (!aboutPasskeys.test(text)) return null;
  const later = controls.find((control) => skipping.test(caption(control)));
  return later ? act('skip what may be skipped', { do: 'click', control: later }) : null;
}

/** A page of the EHR from which apps are started. */
function launch({ controls }: PageSnapshot, { app }: Journey): Decision | null {
  const button = launchButton(controls, app);
  return button ? act(`press "${caption(button)}"`, { do: 'click', control: button }) : null;
}

/** An interstitial page. */
function goOn({ controls, status, alerts, text }: PageSnapshot): Decision | null {
  const isError = (status !== null && status >= 400) || (alerts !== '' && failing.test(alerts));
  if (isError || (failing.test(text) && text.length < 400 && !controls.some(({ submits }) => submits))) return null;
  const button = forwardButton(controls);
  if (!button) return chooseProvider(controls);
  return act(`press "${caption(button)}"`, { do: 'click', control: button });
}

/** A page that offers nothing but ways to sign in. */
function chooseProvider(controls: PageSnapshot['controls']): Decision | null {
  const links = controls.filter(({ kind, text }) => kind === 'link' && signingIn.test(text));
  const [only, ...others] = links;
  return only && others.length === 0 ? act(`follow "${caption(only)}"`, { do: 'click', control: only }) : null;
}

function errorPage({ status, text, alerts, title, loaded }: PageSnapshot): Decision | null {
  const said = (alerts || text || title).slice(0, 300);
  if (status !== null && status >= 400 && loaded) {
    return stop('error-page', `the server answered ${status} with a page that says "${said}"`);
  }
  if (!failing.test(`${title} ${alerts} ${text}`)) return null;
  return { kind: 'wait', otherwise: stop('error-page', `the server shows an error: "${said}"`) };
}

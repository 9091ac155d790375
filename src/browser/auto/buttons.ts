import type { Control } from './snapshot.ts';
import { aboutCookies, approving, changing, continuing, launching, refusing, signingIn, straying } from './words.ts';

/** What is pressed rather than filled in. */
export function isButton({ kind }: Control): boolean {
  return kind === 'button';
}

/** What a button says, or would say if it had words. */
export function caption({ text, label, value }: Control): string {
  return (text || label || value).trim();
}

export function isRefusal(control: Control): boolean {
  const words = caption(control);
  return refusing.test(words) || (words === '' && /deny|cancel|reject/i.test(control.names));
}

/** Of a button that sends nothing and says nothing known. */
const guessed = 2;
/** Of a button with known words in a bar or a dialog: what the page itself has goes first, unless it is a guess. */
const inABar = 5;
/** Among how many such it is pressed. */
const mostGuessed = 3;

/** A bar that stays in view may hold the buttons of a page; what it says is known, then. */
function overlaid(words: string, overlay: string): number | null {
  if (aboutCookies.test(overlay)) return approving.test(words) ? 1 : null;
  const isKnown = [approving, signingIn, continuing].some((known) => known.test(words)) && !straying.test(words);
  return isKnown ? inABar : null;
}

/**
 * How well a button fits for going on; null when it does not lead there.
 *
 * @param isFilled - its form was filled in, and wants to be sent
 */
function forwardness(control: Control, isFilled: boolean): number | null {
  const words = caption(control);
  if (isRefusal(control)) return null;
  if (control.overlay !== null) return overlaid(words, control.overlay);
  const scores: number[] = [];
  if (approving.test(words)) scores.push(60);
  if (signingIn.test(words)) scores.push(50);
  if (continuing.test(words)) scores.push(40);
  if (launching.test(words)) scores.push(35);
  if (scores.length === 0) {
    if (straying.test(words) || changing.test(words)) return null;
    if (/allow|approve|authorize|grant|kc-login|proceed|btnlogin/i.test(control.names)) scores.push(20);
    // In an EHR a picture may stand for anything, sending or deleting included.
    else if (words === '' && !isFilled) return null;
    else if (/submit/i.test(control.names)) scores.push(20);
    else if (control.submits) scores.push(10);
    else if (control.kind === 'link') return null;
    else scores.push(guessed);
  } else if (straying.test(words) && !/^(sign|log|anmeld)/i.test(words)) {
    return null;
  }
  return (
    Math.max(...scores) + (control.primary ? 5 : 0) + (control.submits ? 3 : 0) - (control.kind === 'link' ? 4 : 0)
  );
}

/**
 * The button that leads on.
 *
 * @param among - the controls of a page
 * @param form - to stay in that form when it has one; -1 for anywhere
 */
export function forwardButton(among: readonly Control[], form = -1): Control | null {
  const ranked = among
    .filter((control) => isButton(control) || control.kind === 'link')
    .flatMap((control) => {
      const isFilled = form >= 0 && control.form === form;
      const score = forwardness(control, isFilled);
      return score === null ? [] : [{ control, score: score + (isFilled ? 30 : 0) }];
    });
  const best = Math.max(0, ...ranked.map(({ score }) => score));
  // A page with many buttons is no step on a way, but an application: nobody presses there what he does not know.
  if (best < 10 && ranked.length > mostGuessed) return null;
  // Of two that look alike the first is the main one in most languages' habits.
  return ranked.find(({ score }) => score === best)?.control ?? null;
}

/** The button that says no; of two buttons without known words, the one that is not the main one. */
export function refusalButton(among: readonly Control[]): Control | null {
  const pressable = among.filter((control) => isButton(control) || control.kind === 'link');
  const said = pressable.find((control) => isButton(control) && isRefusal(control)) ?? pressable.find(isRefusal);
  if (said) return said;
  const forward = forwardButton(among);
  const others = pressable.filter(
    (control) => isButton(control) && control !== forward && control.form === forward?.form,
  );
  return others.length === 1 ? (others[0] ?? null) : null;
}

/** The button that opens the app that is meant, where it names it by its id. */
export function buttonOfApp(among: readonly Control[], app: string | undefined): Control | undefined {
  if (app === undefined) return undefined;
  const words = (control: Control) => `${caption(control)} ${control.label} ${control.names}`.split(/[\s|,;()]+/);
  return among.find((control) => launching.test(caption(control)) && words(control).includes(app));
}

/** The button that opens an app from a chart: of several the one that is meant, else the first. */
export function launchButton(among: readonly Control[], app: string | undefined): Control | undefined {
  return buttonOfApp(among, app) ?? among.find((control) => launching.test(caption(control)));
}

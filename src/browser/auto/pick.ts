import { forWantOf, type Journey, pickingVisit } from '../journey.ts';
import { type Act, type Action, act, type Decision, marking, type PageSnapshot, stop } from './action.ts';
import { buttonOfApp, caption, forwardButton, isRefusal, launchButton } from './buttons.ts';
import type { Memory } from './memory.ts';
import type { Control } from './snapshot.ts';
import {
  aboutPeople,
  aboutVisits,
  approving,
  continuing,
  listingApps,
  mustBeTicked,
  registering,
  searching,
  selecting,
  signingIn,
} from './words.ts';

/** Picks the person or the visit that a list offers: the one that is wanted, else the first. */
export function pick(page: PageSnapshot, { pick: wishes, app: meant }: Journey, memory: Memory): Decision | null {
  const wanted = [wishes.patient, wishes.patientName, wishes.encounter].filter((wish) => wish !== undefined);
  const { controls } = page;
  const choices = controls.filter((control) => isChoice(control, page, wishes.patient));
  const wished = choices.filter((control) => wanted.some((name) => mentions(control, name)));
  const wish = buttonOfApp(wished, meant) ?? wished[0];
  if (wish) return take(wish, page);

  const list = controls.find((control) => control.kind === 'select' && !/lang|locale/i.test(control.names));
  const option = list?.options.find(({ value, text }) =>
    wanted.some((name) => value === name || holds(`${value} ${text}`, name)),
  );
  if (list && option && option.value !== list.value) return choose(list, option, page);

  // Whose chart is open already need not be looked for.
  if (isOpen(page, wishes)) {
    const apps = controls.find((control) => listingApps.test(caption(control)));
    const list = apps && act(`press "${caption(apps)}"`, { do: 'click', control: apps });
    if (list && !memory.done.includes(list.why)) return list;
    const app = launchButton(controls, meant) ?? choices[0];
    return app ? act(`start "${named(app)}"`, { do: 'click', control: app }) : null;
  }

  // Whoever is wished for may be about to come.
  if (isLoading(page)) return { kind: 'wait', otherwise: stop('stuck', 'the list of choices does not come') };
  const search = asksForScopes(page) ? null : searchFor(page, wishes, memory);
  if (search) return search;
  if (list && !list.on) {
    const first = list.options.find(({ value }) => value !== '');
    if (first) return instead(choose(list, first, page), page, wishes);
  }
  const [first] = choices;
  return first ? instead(take(first, page), page, wishes) : null;
}

function isOpen({ url }: PageSnapshot, { patient, encounter }: Journey['pick']): boolean {
  const parts = new URL(url, 'about:blank').pathname.split('/');
  return [patient, encounter].some((one) => one !== undefined && parts.includes(one));
}

/** It is about scopes by name: a field to search with stands there for something else, such as all of an EHR. */
function asksForScopes({ controls }: PageSnapshot): boolean {
  return controls.some(
    ({ kind, label, names, value }) => kind === 'checkbox' && scopeLike.test(`${label} ${names} ${value}`),
  );
}

const scopeLike = /(^|\s)(openid|offline_access|(patient|user|system)\/[\w*]+\.\w+)/;

/** Rows that are none: the pager of a table, a note that it is still empty. */
const leadsElsewhere =
  /^(previous|next|loading|no (data|results|patients)|back|help|privacy|terms|forgot|reset|log.?out|sign.?out)\b/i;

/** What picks one of several: a row, a button in a row, a radio button of which none is chosen. */
function isChoice(control: Control, { controls, text }: PageSnapshot, patient: string | undefined): boolean {
  const words = caption(control);
  switch (control.kind) {
    case 'row':
      return (
        aboutPeople.test(text) &&
        control.overlay === null &&
        ![leadsElsewhere, searching, registering].some((elsewhere) => elsewhere.test(words))
      );
    case 'radio': {
      const group = controls.filter(({ kind, names }) => kind === 'radio' && groupOf(names) === groupOf(control.names));
      return !group.some(({ on }) => on);
    }
    case 'button':
    case 'link': {
      if (isRefusal(control) || searching.test(words) || approving.test(words) || continuing.test(words)) return false;
      if (signingIn.test(words) || control.overlay !== null || (control.submits === false && control.row === null))
        return selecting.test(words) && control.row !== null;
      // Where the id of the patient stands in a list, it is one of patients, whatever the page calls them.
      const isOfPeople = aboutPeople.test(text) || (patient !== undefined && mentions(control, patient));
      const isListed = control.row !== null && isOfPeople;
      return control.kind === 'button' ? isListed : isListed && !/^https?:\/\/(?!127|localhost)/.test(control.value);
    }
    default:
      return false;
  }
}

/** Radio buttons of one question share their name, which is the first of what they are called. */
function groupOf(names: string): string {
  return names.split(' ').find((part) => part !== 'radio') ?? '';
}

function mentions({ text, label, names, value, row }: Control, wanted: string): boolean {
  return value === wanted || [text, label, names, row ?? ''].some((part) => holds(part, wanted));
}

function isLoading({ text, controls }: PageSnapshot): boolean {
  return /\bloading\s?(\.\.\.|\u2026)/i.test(text) && controls.some(({ kind }) => kind === 'search' || kind === 'row');
}

/** As a word of its own: pat-1 is not in pat-10. */
function holds(text: string, wanted: string): boolean {
  const at = text.toLowerCase().indexOf(wanted.toLowerCase());
  if (at < 0 || wanted === '') return false;
  const isPart = (letter: string | undefined) => letter !== undefined && /[\p{L}\p{N}-]/u.test(letter);
  return !isPart(text[at - 1]) && !isPart(text[at + wanted.length]);
}

/** Says of whom or what is picked that something else is wished for, of this kind of thing. */
function instead(action: Act, page: PageSnapshot, wishes: Journey['pick']): Act {
  const wanted = isAboutVisit(page) ? [wishes.encounter] : [wishes.patient, wishes.patientName];
  const names = wanted.flatMap((wish) => (wish === undefined ? [] : [`"${wish}"`]));
  return names.length === 0 ? action : { ...action, why: `${action.why}${forWantOf}${names.join(' or ')}` };
}

function take(control: Control, page: PageSnapshot): Act {
  const why = `${picking(page)}"${named(control)}"`;
  if (control.kind !== 'radio') return act(why, { do: 'click', control });
  return act(why, { do: 'tick', control }, ...terms(page.controls), ...forward(page.controls, control));
}

function choose(list: Control, { value, text }: { value: string; text: string }, page: PageSnapshot): Act {
  const why = `${picking(page)}"${text}"`;
  return act(why, { do: 'choose', control: list, value }, ...forward(page.controls, list));
}

function named(control: Control): string {
  return (control.row ?? (control.label || caption(control))).slice(0, 80);
}

function picking(page: PageSnapshot): string {
  return isAboutVisit(page) ? pickingVisit : 'pick ';
}

function isAboutVisit({ headings }: PageSnapshot): boolean {
  return aboutVisits.test(headings.join(' '));
}

function terms(controls: readonly Control[]): Action[] {
  return controls
    .filter(({ kind, on, label }) => kind === 'checkbox' && !on && mustBeTicked.test(label))
    .map((control) => ({ do: 'tick', control }));
}

function forward(controls: readonly Control[], { form, frame }: Control): Action[] {
  const button = forwardButton(
    controls.filter(
      (control) => control.kind === 'button' && control.frame === frame && !searching.test(caption(control)),
    ),
    form,
  );
  return button ? [{ do: 'click', control: button }] : [];
}

/** Searches where nobody is listed yet: by name, then by id. */
function searchFor(page: PageSnapshot, wishes: Journey['pick'], memory: Memory): Decision | null {
  const { controls, text } = page;
  const field = controls.find(
    ({ kind, label, names }) =>
      kind === 'search' ||
      (kind === 'text' && (searching.test(`${label} ${names}`) || (aboutPeople.test(text) && aboutPeople.test(label)))),
  );
  if (!field) return null;
  const names = isAboutVisit(page) ? [wishes.encounter] : [wishes.patientName, wishes.patient];
  const wanted = names.find((name) => name !== undefined && !memory.searched.has(name));
  if (wanted === undefined) return null;
  const button = controls.find(
    (control) => control.kind === 'button' && control.frame === field.frame && searching.test(caption(control)),
  );
  const look = act(
    `search for "${wanted}"`,
    { do: 'fill', control: field, text: wanted },
    button ? { do: 'click', control: button } : { do: 'enter', control: field },
  );
  return marking({ searched: wanted }, look);
}

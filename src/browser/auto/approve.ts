import { denying, type Journey, noWayToDeny, noWayToWithhold } from '../journey.ts';
import { type Action, act, type Decision, type PageSnapshot, stop } from './action.ts';
import { caption, forwardButton, isRefusal, refusalButton } from './buttons.ts';
import { forLongest } from './duration.ts';
import type { Control } from './snapshot.ts';
import { aboutAccess, approving, mayStayUnticked, mustBeTicked } from './words.ts';

/** Answers the page that asks what an app may do: yes, no, or yes to some of it. */
export function approve(page: PageSnapshot, journey: Journey): Decision | null {
  const { controls } = page;
  const { consent } = journey;
  if (!isConsent(page)) return tickTerms(controls);
  if (consent === 'deny') {
    const refusal = refusalButton(controls);
    return refusal
      ? act(`${denying}press "${caption(refusal)}"`, { do: 'click', control: refusal })
      : stop('stuck', noWayToDeny);
  }
  const boxes = controls.filter(
    ({ kind, label, names }) => kind === 'checkbox' && !mayStayUnticked.test(`${label} ${names}`),
  );
  const button = forwardButton(controls);
  if (!button) return null;
  const press: Action = { do: 'click', control: button };
  if (consent === 'approve') {
    return {
      ...act(
        `approve: press "${caption(button)}"`,
        ...missing(boxes, askedIn(journey)),
        ...forLongest(controls),
        press,
      ),
      consents: true,
    };
  }

  const withheld = consent.withhold.map((scope) => [scope, boxesFor(scope, boxes)] as const);
  const [without] = withheld.filter(([, found]) => found.length === 0);
  if (without) return stop('stuck', `${noWayToWithhold} ${without[0]}`);
  const unticked = withheld.flatMap(([, found]) => found);
  return act(
    `approve without ${consent.withhold.join(' ')}: press "${caption(button)}"`,
    ...missing(boxes, askedIn(journey)).filter(({ control }) => !unticked.includes(control)),
    ...unticked.filter(({ on }) => on).map((control) => ({ do: 'untick', control }) as const),
    ...forLongest(controls),
    press,
  );
}

function isConsent({ controls, text }: PageSnapshot): boolean {
  if (controls.some(({ kind }) => kind === 'password')) return false;
  const buttons = controls.filter(({ kind, overlay }) => kind === 'button' && overlay === null);
  if (
    buttons.some(
      (control) => approving.test(caption(control)) || /approve|allow|authorize|grant|consent/i.test(control.names),
    )
  )
    return true;
  if (forwardButton(controls) === null) return false;
  if (scopeIn.test(text) && buttons.some(isRefusal)) return true;
  const boxes = controls.filter(({ kind }) => kind === 'checkbox');
  return (boxes.length > 0 || refusalButton(controls) !== null) && aboutAccess.test(text);
}

const scopeIn = /(^|[\s|,;(])(patient|user)\/[A-Za-z*]+\.[a-z*]+/;

/**
 * Required terms, and what the app asks for: pages tick what was allowed before, and leave the rest to whoever allows it.
 * Where no box is named as a scope, all of them are for some.
 */
function missing(
  boxes: readonly Control[],
  asked: readonly string[],
): { readonly do: 'tick'; readonly control: Control }[] {
  const isTerm = ({ required, label, names }: Control) => required || mustBeTicked.test(`${label} ${names}`);
  const others = boxes.filter((box) => !isTerm(box));
  const named = others.filter((box) => asked.some((scope) => standsFor(box, scope)) || looksLikeScope(box));
  const scopes = named.length > 0 && others.some(({ on }) => on) ? named : others;
  return [...boxes.filter(isTerm), ...scopes].filter(({ on }) => !on).map((control) => ({ do: 'tick', control }));
}

/** A wildcard may be offered type by type. */
function looksLikeScope({ value, label, names }: Control): boolean {
  return scopeIn.test([value, label, names].join(' '));
}

/** The scopes of the authorization request. */
function askedIn({ start: { url, form } }: Journey): string[] {
  const scope = form?.get('scope') ?? (URL.canParse(url) ? new URL(url).searchParams.get('scope') : null);
  return (scope ?? '').split(' ').filter((name) => name !== '');
}

/** Whether a box is for a scope: it is named as its value, or written beside it. */
function standsFor({ value, label, names, row }: Control, scope: string): boolean {
  if (value === scope) return true;
  return [label, names, row ?? ''].some((text) => text.split(/[\s|,;()]+/).includes(scope));
}

/** Those for a scope by name; else those for its type of resource, as pages have them that show people no scopes. */
function boxesFor(scope: string, boxes: readonly Control[]): readonly Control[] {
  const named = boxes.filter((box) => standsFor(box, scope));
  const type = /^(?:patient|user)\/([A-Z][A-Za-z]+)\./.exec(scope)?.[1];
  if (named.length > 0 || type === undefined) return named;
  return boxes.filter((box) => !looksLikeScope(box) && standsFor({ ...box, row: null }, type));
}

/** A page that wants nothing but terms agreed to. */
function tickTerms(controls: readonly Control[]): Decision | null {
  const terms = controls.filter(
    ({ kind, on, required, label }) => kind === 'checkbox' && !on && (required || mustBeTicked.test(label)),
  );
  const button = forwardButton(controls);
  if (terms.length === 0) return null;
  const ticks = terms.map((control) => ({ do: 'tick', control }) as const);
  return act('agree to the terms', ...ticks, ...(button ? [{ do: 'click', control: button } as const] : []));
}

import type { Step } from '../../kit/configuration.ts';
import { isRecord } from '../../kit/is-record.ts';
import type { Deed } from './watch-page.ts';

/** A deed, and the frame it was done in: how its element is found on the page; null for the page itself. */
export interface Done {
  readonly deed: Deed;
  readonly frame: Readonly<Record<string, string>> | null;
}

export interface RecordedSteps {
  readonly steps: readonly Step[];
  /** What the person must know of them. */
  readonly remarks: readonly string[];
}

/**
 * The steps that do again what a person did. What is known of the user or the data stands as `{{user.username}}`;
 * what was typed into a field for secrets does in any case.
 *
 * @param values - as templates name them
 */
export function stepsOf(done: readonly Done[], values: Readonly<Record<string, unknown>>): RecordedSteps {
  const known = knownValues(values);
  const remarks = new Set<string>();
  const steps: Step[] = [];
  let within: string | null = null;
  for (const { deed, frame } of merged(done)) {
    const key = frame === null ? null : JSON.stringify(frame);
    if (key !== within) {
      if (frame !== null) steps.push({ frame });
      else remarks.add('what was done outside the frame is looked for in it as long as the frame is there');
      within = key;
    }
    steps.push(stepOf(deed, known, remarks));
  }
  return { steps, remarks: [...remarks] };
}

/** Without what was typed before it was finished. */
function merged(done: readonly Done[]): Done[] {
  const kept: Done[] = [];
  for (const one of done) {
    const last = kept.at(-1);
    const isSame = last && place(last) === place(one);
    if (isSame && last.deed.act === 'fill' && one.deed.act === 'fill') kept.pop();
    kept.push(one);
  }
  return kept;
}

function place({ deed, frame }: Done): string {
  return JSON.stringify([frame, deed.locator]);
}

function stepOf(deed: Deed, known: ReadonlyMap<string, string>, remarks: Set<string>): Step {
  const { act, locator } = deed;
  switch (act) {
    case 'fill':
      return { fill: { ...locator, with: typed(deed, known, remarks) } };
    case 'select':
      return { select: { ...locator, option: literal(deed.option ?? '') } };
    case 'press':
      return { press: { ...locator, key: deed.key ?? 'Enter' } };
    case 'check':
      return { check: locator };
    case 'uncheck':
      return { uncheck: locator };
    case 'click':
      return { click: locator };
  }
}

function typed({ value = '', purpose }: Deed, known: ReadonlyMap<string, string>, remarks: Set<string>): string {
  if (purpose === 'one-time') {
    remarks.add('a one-time password is good once: steps cannot type it; auto does, where the user has a totpSecret');
    return '{{user.oneTimePassword}}';
  }
  if (purpose === 'password' || value === null) return '{{user.password}}';
  const name = known.get(value);
  if (name !== undefined) return `{{${name}}}`;
  return purpose === 'username' ? '{{user.username}}' : literal(value);
}

/** What would be a template, or the environment's, were it not typed by a person. */
function literal(text: string): string {
  return text.replaceAll(/\$(?=\{)/g, () => '$$');
}

/** The user's before the data's; a text of one or two characters is typed by chance. */
function knownValues(values: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const [of, record] of Object.entries(values)) {
    if (!isRecord(record)) continue;
    for (const [name, value] of Object.entries(record)) {
      if (typeof value === 'string' && value.length > 2 && !known.has(value)) known.set(value, `${of}.${name}`);
    }
  }
  return known;
}

import type { Action } from './action.ts';
import type { Control } from './snapshot.ts';

const openEnded =
  /\buntil\b.{0,20}\brevoke|\bforever\b|indefinite|unlimited|\bno (end|expir)|never expires?|not expire|\balways\b|permanent|ongoing|widerruf|unbefristet|dauerhaft|unbegrenzt|r[eé]voqu|illimit|ind[eé]fini|toujours|revoque|siempre|revoc|sempre|intrek|onbeperkt|onbepaald|altijd/i;
const once =
  /\b(once|one.time|this (time|session))\b|dieses mal|\beinmal|\bune (seule )?fois|\buna (sola )?vez|\buna volta|eenmalig|deze keer/i;

/** In days. */
const units: readonly (readonly [RegExp, number])[] = [
  [/^min(s|ut\p{L}*|uut)?$/iu, 1 / 1440],
  [/^(h|hrs?|hours?|stunden?|heures?|horas?|or[ae]|uur|uren)$/i, 1 / 24],
  [/^(days?|tage?n?|jours?|d[ií]as?|giorn[oi]|dag(en)?)$/i, 1],
  [/^(weeks?|wochen?|semaines?|semanas?|settiman[ae]|weken)$/i, 7],
  [/^(months?|monate?n?|mois|m[eê]s|meses|mes[ei]|maand(en)?)$/i, 30],
  [/^(years?|jahre?n?|ans?|ann[eé]es?|a[nñ]os?|ann[oi]|anos?|jaar|jaren)$/i, 365],
];

/** How many days these words give access for; null where they speak of no time. */
function daysIn(words: string): number | null {
  if (openEnded.test(words)) return Number.POSITIVE_INFINITY;
  if (once.test(words)) return 0;
  const [, count, unit = ''] =
    /(?<![\p{L}\p{N}])(\d+|an?|one|eine?n?|une?|una?o?|een|uma?)[\s-]+(\p{L}+)/iu.exec(words) ?? [];
  const [, days] = units.find(([named]) => named.test(unit)) ?? [];
  return days === undefined ? null : days * (Number(count) || 1);
}

/** Chooses the longest time, where a page asks for how long an app may have access: what it asks for ends with less. */
export function forLongest(controls: readonly Control[]): readonly Action[] {
  const radio = longest(
    controls.filter(({ kind }) => kind === 'radio'),
    ({ label, text }) => label || text,
  );
  const lists = controls
    .filter(({ kind }) => kind === 'select')
    .map((control) => ({ control, option: longest(control.options, ({ text }) => text) }));
  return [
    ...(radio && !radio.on ? [{ do: 'tick', control: radio } as const] : []),
    ...lists.flatMap(({ control, option }) =>
      option && option.value !== control.value ? [{ do: 'choose', control, value: option.value } as const] : [],
    ),
  ];
}

/** Of several that speak of a time. */
function longest<Choice>(choices: readonly Choice[], wordsOf: (choice: Choice) => string): Choice | undefined {
  const timed = choices.flatMap((choice) => {
    const days = daysIn(wordsOf(choice));
    return days === null ? [] : [{ choice, days }];
  });
  const most = Math.max(...timed.map(({ days }) => days));
  return timed.length > 1 ? timed.find(({ days }) => days === most)?.choice : undefined;
}

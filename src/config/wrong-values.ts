import type { Step, TargetData, User } from '../kit/index.ts';
import { nearest } from '../kit/nearest.ts';
import type { ConfigurationFile } from './configuration-file.ts';
import type { MistakeAt } from './mistake.ts';
import { type Path, written } from './path.ts';
import { alternatives, quoted, suggestion } from './wording.ts';

type OfUser = Exclude<keyof User, 'mayNotSee'>;
type OfData = Exclude<keyof TargetData, 'subjects'>;

/** What `{{…}}` may name in steps: single values of whoever signs in, and of `data`. */
const known: readonly string[] = Object.keys({
  'user.username': true,
  'user.email': true,
  'user.password': true,
  'user.totpSecret': true,
  'user.patient': true,
  'user.patientName': true,
  'data.patient': true,
  'data.otherPatient': true,
  'data.encounter': true,
  'data.resourceType': true,
  'data.category': true,
  'data.otherCategory': true,
  'data.task': true,
  'data.otherTask': true,
  'data.openResource': true,
} satisfies Record<`user.${OfUser}` | `data.${OfData}`, true>);

/** `{{…}}` in steps that stand for nothing: no such name, or no value of that name anywhere in the configuration. */
export function wrongValues({ authorize, ehrLaunch, users = {}, data = {} }: ConfigurationFile): MistakeAt[] {
  const holders = { user: Object.values(users), data: [data] };
  const problemOf = (name: string): string | null => {
    const shown = quoted(`{{${name}}}`);
    if (!known.includes(name)) {
      const meant = nearest(name, known) ?? known.find((one) => one.endsWith(`.${name}`));
      const hint = meant === undefined ? `; there are ${alternatives(known)}` : suggestion(`{{${meant}}}`);
      return `nothing is called ${shown}${hint}`;
    }
    const [of, member = ''] = name.split('.');
    if (holders[of === 'data' ? 'data' : 'user'].some((holder) => Object.hasOwn(holder, member))) return null;
    return of === 'data' ? `${shown} stands for nothing: ${name} is not set` : `${shown}: no user has a ${member}`;
  };
  return textsIn({ authorize, ehrLaunch }).flatMap(({ path, text }) =>
    [...text.matchAll(/\{\{(.*?)\}\}/g)].flatMap(([, name = '']): MistakeAt[] => {
      const problem = problemOf(name.trim());
      return problem === null ? [] : [{ path, at: 'value', message: `${written(path)}: ${problem}` }];
    }),
  );
}

/** The strings of all steps. */
function textsIn(places: Readonly<Record<string, { readonly steps?: readonly Step[] } | undefined>>) {
  return Object.entries(places).flatMap(([place, had]) =>
    (had?.steps ?? []).flatMap((step, index) =>
      Object.entries(step).flatMap(([action, what]: [string, unknown]) => {
        const path: Path = [place, 'steps', index, action];
        if (typeof what === 'string') return [{ path, text: what }];
        return Object.entries(Object(what)).map(([name, text]) => ({ path: [...path, name], text: String(text) }));
      }),
    ),
  );
}

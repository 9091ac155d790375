import { type ConfigurationFile, singleClients } from './configuration-file.ts';
import type { MistakeAt } from './mistake.ts';
import { type Path, written } from './path.ts';
import { quoted } from './wording.ts';

/** Members of `data` that are to differ: what must be withheld is told by them from what may be had. */
const otherThan = { otherPatient: 'patient', otherCategory: 'category', otherTask: 'task' } as const;

/** What stands for something else, and is the same: a server that gives what it should would be taken for one that leaks. */
export function sameTwice({ data = {}, clients = {} }: ConfigurationFile): MistakeAt[] {
  const wrong = (path: Path, why: string): MistakeAt => ({ path, at: 'value', message: `${written(path)}: ${why}` });
  const others = Object.entries(otherThan).flatMap(([other, one]) => {
    const value = data[other as keyof typeof otherThan];
    if (value === undefined || value !== data[one]) return [];
    return [wrong(['data', other], `expected another than data.${one}, got the same, ${quoted(value)}`)];
  });
  const known = new Map<string, string>();
  for (const name of singleClients) {
    const id = clients[name]?.clientId;
    if (id !== undefined && !known.has(id)) known.set(id, `clients.${name}`);
  }
  const twice = (clients.others ?? []).flatMap(({ clientId }, index) => {
    const first = known.get(clientId);
    known.set(clientId, first ?? `clients.others[${index}]`);
    if (first === undefined) return [];
    const why = `expected another client, got that of ${first}, ${quoted(clientId)}`;
    return [wrong(['clients', 'others', index, 'clientId'], why)];
  });
  const { scope = '', unauthorizedScope = '' } = clients.backend ?? {};
  const allowed = scope.split(' ');
  const both = unauthorizedScope.split(' ').find((one) => one !== '' && allowed.includes(one));
  const path = ['clients', 'backend', 'unauthorizedScope'];
  return [
    ...others,
    ...twice,
    ...(both === undefined
      ? []
      : [wrong(path, `${quoted(both)} stands among the scopes that the client may have, too`)]),
  ];
}

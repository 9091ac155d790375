import { readResourceScope } from '../fhir/resource-scope.ts';
import { asksForCondition } from './launch-context.ts';

const described: Readonly<Record<string, string>> = {
  openid: 'Know that it is you',
  fhirUser: 'Know who you are in this clinic',
  profile: 'Know your profile',
  launch: 'Know what you have open in the clinic\u2019s system',
  'launch/patient': 'Know which patient you chose',
  'launch/encounter': 'Know which encounter you chose',
  offline_access: 'Keep access after you have left',
  online_access: 'Keep access while you are signed in',
};

const verbs = { c: 'create', r: 'read', u: 'change', d: 'delete', s: 'search' } as const;

/** A scope in words for those who approve it. */
export function describeScope(scope: string): string {
  const known = described[scope];
  if (known !== undefined) return known;
  if (asksForCondition(scope)) return 'Know which condition you are looking at';
  const read = readResourceScope(scope);
  if (!read) return 'Other access';
  const actions = [...read.permissions].map((letter) => verbs[letter]).join(', ');
  const whose = read.level === 'patient' ? 'of the patient' : 'that you may see';
  return `${actions} ${read.type === '*' ? 'all data' : `${read.type} data`} ${whose}`;
}

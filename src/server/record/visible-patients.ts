/** Whose records a user may see without any app: what `user/` scopes are bounded by. */
const patientsOfUsers: Readonly<Record<string, readonly string[] | 'all'>> = {
  'Practitioner/dr-bob': 'all',
  'Practitioner/dr-mia': 'all',
  'PractitionerRole/role-bob': 'all',
  'PractitionerRole/role-mia': 'all',
  'Practitioner/dr-eve': ['pat-1', 'pat-2'],
  'PractitionerRole/role-eve': ['pat-1', 'pat-2'],
  // The one person is on record with each child (RelatedPerson.patient holds one).
  'RelatedPerson/rel-1': ['pat-1', 'pat-2'],
  'RelatedPerson/rel-2': ['pat-1', 'pat-2'],
};

/** The ids of the patients a user may see; patients see themselves, strangers nobody. */
export function visiblePatients(user: string): readonly string[] | 'all' {
  if (Object.hasOwn(patientsOfUsers, user)) return patientsOfUsers[user] ?? [];
  return user.startsWith('Patient/') ? [user.slice('Patient/'.length)] : [];
}

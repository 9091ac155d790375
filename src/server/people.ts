import { randomBytes } from 'node:crypto';

/** Somebody who can sign in. */
export interface Person {
  /** What the configuration calls them. */
  readonly role: string;
  readonly username: string;
  readonly password: string;
  /** Base32 (RFC 4648), for one-time passwords; RFC 6238. */
  readonly totpSecret?: string;
  readonly name: string;
  /** Relative to the FHIR base URL. */
  readonly fhirUser: string;
  /** Whose charts they may open. */
  readonly patients: readonly string[];
  /** What they may not see of these charts. */
  readonly mayNotSee: readonly string[];
}

/** The charts, as pickers list them. */
export const charts = [
  { id: 'pat-1', name: 'Ann Example', born: '1974-12-25' },
  { id: 'pat-2', name: 'Ben Sample', born: '1955-07-19' },
  { id: 'pat-3', name: 'Clara Muster', born: '2012-11-30' },
  { id: 'pat-4', name: 'Dan Demo', born: '1990-02-14' },
] as const;

/** The encounters in them. */
export const encounters = [
  { id: 'enc-1', patient: 'pat-1', label: 'Follow-up visit' },
  { id: 'enc-2', patient: 'pat-2', label: 'Annual check-up' },
  { id: 'enc-3', patient: 'pat-1', label: 'Emergency visit' },
] as const;

/** The first condition of each patient; the record has three of each. */
export function conditionOf(patient: string): string {
  const index = charts.findIndex(({ id }) => id === patient);
  return `cond-${index * 3 + 1}`;
}

const everyone = charts.map(({ id }) => id);

const roster: readonly Omit<Person, 'password'>[] = [
  {
    role: 'patient',
    username: 'ann',
    name: 'Ann Example',
    fhirUser: 'Patient/pat-1',
    patients: ['pat-1'],
    mayNotSee: [],
  },
  {
    role: 'practitioner',
    username: 'dr-bob',
    name: 'Dr. Bob Builder',
    fhirUser: 'Practitioner/dr-bob',
    patients: everyone,
    mayNotSee: [],
  },
  {
    role: 'restricted',
    username: 'dr-eve',
    name: 'Dr. Eve Elsewhere',
    fhirUser: 'Practitioner/dr-eve',
    patients: ['pat-1', 'pat-2'],
    // A stranger's, and what is sensitive of somebody whom she treats.
    mayNotSee: ['Observation/obs-9', 'Observation/obs-4'],
  },
  {
    role: 'relative',
    username: 'rel-rita',
    name: 'Rita Example',
    fhirUser: 'RelatedPerson/rel-1',
    patients: ['pat-1', 'pat-2'],
    mayNotSee: [],
  },
  {
    role: 'careful',
    username: 'dr-mia',
    name: 'Dr. Mia Factor',
    totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    fhirUser: 'Practitioner/dr-mia',
    patients: everyone,
    mayNotSee: [],
  },
];

/** The people of one server. Their passwords are made anew at each start. */
export function registerPeople(): readonly Person[] {
  return roster.map((person) => ({ ...person, password: randomBytes(12).toString('base64url') }));
}

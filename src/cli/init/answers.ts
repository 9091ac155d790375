import type { Discovered } from './discovered.ts';

/** What the person, or the command line, said of the server; empty where nothing was said. */
export type Answers = Readonly<Partial<Record<AnswerName, string>>> & { readonly fhirBaseUrl: string };

export type AnswerName = (typeof questions)[number]['name'];

export interface Question {
  readonly name: string;
  readonly text: string;
  /** Asked where this holds of what the server says, or nothing is known of it. */
  readonly when: (found: Discovered) => boolean;
  /** Asked only where this question was answered. */
  readonly after?: string;
}

const can =
  (...names: readonly string[]) =>
  ({ capabilities }: Discovered) =>
    names.some((name) => capabilities.includes(name));
const launches = can('launch-ehr', 'launch-standalone');
const ehr = can('launch-ehr');
const isService = ({ grantTypes, capabilities }: Discovered) =>
  grantTypes.includes('client_credentials') && capabilities.includes('client-confidential-asymmetric');
const symmetric = ({ capabilities, authMethods }: Discovered) =>
  capabilities.includes('client-confidential-symmetric') ||
  authMethods.some((method) => method.startsWith('client_secret'));

/** In the order of asking. A secret is never asked for: the file takes it from the environment. */
export const questions = [
  { name: 'publicClient', text: 'client_id of a public client registered for these tests', when: can('client-public') },
  { name: 'publicRedirect', text: 'its redirect URI', when: launches, after: 'publicClient' },
  { name: 'publicLaunch', text: 'its launch URL (EHR launch)', when: ehr, after: 'publicClient' },
  { name: 'symmetricClient', text: 'client_id of a client with a secret', when: symmetric },
  { name: 'symmetricRedirect', text: 'its redirect URI', when: launches, after: 'symmetricClient' },
  { name: 'symmetricLaunch', text: 'its launch URL (EHR launch)', when: ehr, after: 'symmetricClient' },
  {
    name: 'asymmetricClient',
    text: 'client_id of a client that signs assertions (private_key_jwt)',
    when: can('client-confidential-asymmetric'),
  },
  {
    name: 'asymmetricKeys',
    text: 'the file of its private JWK Set (nothing: a new key pair is made beside the configuration)',
    when: () => true,
    after: 'asymmetricClient',
  },
  { name: 'asymmetricRedirect', text: 'its redirect URI', when: launches, after: 'asymmetricClient' },
  { name: 'backendClient', text: 'client_id of a backend service (client_credentials)', when: isService },
  {
    name: 'backendKeys',
    text: 'the file of its private JWK Set (nothing: a new key pair is made beside the configuration)',
    when: () => true,
    after: 'backendClient',
  },
  { name: 'backendScope', text: 'the system/ scopes it may have', when: () => true, after: 'backendClient' },
  { name: 'username', text: 'user name of someone who may sign in (a patient)', when: launches },
  { name: 'practitioner', text: 'user name of a clinician', when: can('launch-ehr', 'permission-user') },
  { name: 'ehrStartUrl', text: 'the address where the clinician starts an app in the EHR', when: ehr },
  { name: 'patient', text: 'id of a patient to launch with', when: () => true },
  {
    name: 'otherPatient',
    text: 'id of another patient, whose data must stay closed',
    when: () => true,
    after: 'patient',
  },
] as const satisfies readonly Question[];

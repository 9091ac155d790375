import type { RegisteredClient } from './clients.ts';
import { isIn } from './fhir/span.ts';
import type { JsonObject } from './json.ts';
import { charts, type Person } from './people.ts';
import { launchTasksIn } from './record/tasks.ts';
import type { Setup } from './setup.ts';

/** What a user of smart-check would write into its configuration to have this server checked. */
export interface SelfDescription {
  readonly fhirBaseUrl: string;
  readonly specVersion: string;
  readonly fhirVersion: string;
  /** The certificate of the authority itself, PEM. */
  readonly tls?: { readonly ca: string };
  readonly clients: Readonly<Record<Exclude<RegisteredClient['role'], 'others'>, DescribedClient>> & {
    /** The name of the client whose access token opens the introspection endpoint. */
    readonly introspection: { readonly bearer: string };
    readonly others: readonly DescribedClient[];
  };
  readonly jwksListen: string;
  readonly users: Readonly<Record<string, DescribedUser>>;
  readonly ehrLaunch: { readonly startUrl: string; readonly user: string; readonly taskStartUrl?: string };
  readonly data: Readonly<Record<string, string | readonly string[]>>;
  readonly capabilitySets: readonly string[];
  readonly allowWrites: boolean;
}

/** What is configured of it: a user need not have everything. */
export type Configured = Omit<Partial<SelfDescription>, 'clients'> & {
  readonly clients: Partial<Omit<SelfDescription['clients'], 'introspection'>> & {
    readonly introspection?:
      | SelfDescription['clients']['introspection']
      | Pick<DescribedClient, 'clientId' | 'clientSecret'>;
  };
};

export interface DescribedClient {
  readonly clientId: string;
  readonly clientSecret?: string;
  /** A private JWK Set. */
  readonly keys?: { readonly keys: readonly JsonObject[] };
  readonly jwksUrl?: string;
  readonly redirectUri?: string;
  readonly launchUrl?: string;
  readonly ehrStartUrl?: string;
  readonly origin?: string;
  readonly scope?: string;
  readonly unauthorizedScope?: string;
  readonly longestTokenLifetime?: number;
  readonly stateCodes?: readonly string[];
  readonly globalState?: boolean;
}

export interface DescribedUser {
  readonly username: string;
  readonly password: string;
  readonly totpSecret?: string;
  readonly patient: string;
  readonly patientName: string;
  readonly mayNotSee?: readonly string[];
}

export function describe(
  { site, fhirVersion, clients, people, jwksListen }: Setup,
  caCertificate: string | null,
): SelfDescription {
  const described = ({ role: _, name: __, tokenLifetime: ___, keys, ...rest }: RegisteredClient): DescribedClient => ({
    ...rest,
    ...(rest.launchUrl !== undefined && { ehrStartUrl: `${site.ehr}?${new URLSearchParams({ app: rest.clientId })}` }),
    ...(keys && { keys: { keys: keys.map(({ privateJwk }) => privateJwk) } }),
  });
  const registered = (role: RegisteredClient['role']): DescribedClient => {
    const client = clients.find((candidate) => candidate.role === role);
    if (!client) throw new Error(`no client is registered as ${role}`);
    return described(client);
  };
  const [task, otherTask] = launchTasksIn(fhirVersion);
  return {
    fhirBaseUrl: site.fhir,
    specVersion: '2.2',
    fhirVersion,
    ...(caCertificate !== null && { tls: { ca: caCertificate } }),
    clients: {
      public: registered('public'),
      symmetric: registered('symmetric'),
      asymmetric: registered('asymmetric'),
      backend: {
        ...registered('backend'),
        unauthorizedScope: 'system/Encounter.rs system/Patient.cud',
        longestTokenLifetime: 300,
      },
      introspection: { bearer: 'backend' },
      appState: registered('appState'),
      shortLived: registered('shortLived'),
      others: clients.filter(({ role }) => role === 'others').map(described),
    },
    jwksListen,
    users: Object.fromEntries(people.map((person) => [person.role, describedUser(person)])),
    ehrLaunch: {
      startUrl: site.ehr,
      user: 'practitioner',
      ...(task && { taskStartUrl: `${site.ehr}?task=${task.id}` }),
    },
    data: {
      patient: 'pat-1',
      otherPatient: 'pat-2',
      encounter: 'enc-1',
      resourceType: 'Observation',
      category: 'vital-signs',
      otherCategory: 'laboratory',
      ...(task && otherTask && { task: `Task/${task.id}`, otherTask: `Task/${otherTask.id}` }),
      openResource: 'Condition/cond-1',
      subjects: [
        'Patient/pat-1',
        'Practitioner/dr-bob',
        ...(isIn(fhirVersion, { since: '3.0.2' }) ? ['PractitionerRole/role-bob'] : []),
        'RelatedPerson/rel-1',
        'Person/person-1',
      ],
    },
    capabilitySets: [
      'patient-access-standalone',
      'patient-access-ehr',
      'clinician-access-standalone',
      'clinician-access-ehr',
    ],
    allowWrites: true,
  };
}

function describedUser({ username, password, totpSecret, patients, mayNotSee }: Person): DescribedUser {
  const chart = charts.find(({ id }) => patients.includes(id)) ?? charts[0];
  return {
    username,
    password,
    ...(totpSecret !== undefined && { totpSecret }),
    patient: chart.id,
    patientName: chart.name,
    ...(mayNotSee.length > 0 && { mayNotSee }),
  };
}

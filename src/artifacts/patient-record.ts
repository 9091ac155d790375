import { typesOfPatients } from '../fhir/patient-compartment.ts';
import { isResourceType, nameIn } from '../fhir/resource-types.ts';
import { resourceTypesIn } from '../fhir/resource-types-in.ts';
import { addressOf, type Resource, servedResources } from '../fhir/served.ts';
import {
  artifact,
  attempted,
  Block,
  configuration,
  type Exchange,
  isUnobtainable,
  optional,
  Skip,
} from '../kit/index.ts';
import { backendToken } from './backend.ts';
import { capabilityStatement } from './capability-statement.ts';
import { type Bearer, fhirReader, type Reading } from './fhir-reader.ts';
import { type FhirVersion, fhirVersion } from './fhir-version.ts';
import { type ScopedGrant, type ScopeGrants, scopeGrants } from './scope-grants.ts';
import { capabilities } from './smart-configuration.ts';
import { patientType } from './target.ts';

/** Pages of a search that are looked at. */
export const mostPages = 5;

/** Types that are tried before none is found that the patient has something of. */
const mostTypes = 8;

/**
 * What there is of the patient in context, or of a patient whom the user may see, as a token that may read all of it
 * shows: the measure for what is refused.
 */
export interface PatientRecord {
  readonly patient: string;
  /** `data.resourceType`, and resources of it. */
  readonly type: string;
  readonly resources: readonly Resource[];
  /** A resource of another type; null where none was found. */
  readonly another: Resource | null;
  /** The token that may read it. */
  readonly whole: ScopedGrant;
  readonly shows: readonly Exchange[];
}

export const patientRecord = artifact({
  name: 'patientRecord',
  needs: [configuration, scopeGrants, fhirReader, optional(fhirVersion), optional(capabilityStatement)],
  async obtain({
    configuration: { data },
    scopeGrants,
    fhirReader,
    fhirVersion,
    capabilityStatement,
  }): Promise<PatientRecord> {
    const type = patientType(data);
    const release = fhirVersion?.release ?? null;
    if (!isResourceType(type, release)) throw new Skip('not-configured', ofAnotherVersion(type, fhirVersion));
    const served = resourceTypesIn(capabilityStatement?.resource);
    const others = typesOfPatients(release)
      .filter((other) => other !== type && (served.size === 0 || served.has(other)))
      .slice(0, mostTypes);
    const whole = await wholeGrant(scopeGrants, ['Patient', type, ...others]);
    const patient = whole.patient ?? data.patient ?? (await someoneWith(type, fhirReader.by(whole)));
    if (patient === null) {
      throw new Skip('undecided', 'the launch gave no patient whose data could be asked for; data.patient names one');
    }
    const search = (of: string) => `${of}?patient=${encodeURIComponent(patient)}`;
    const shows = await fhirReader.pages(search(type), whole, mostPages);
    const [first] = shows;
    if (first && !first.response) throw new Block(`the FHIR API was not reached: ${first.error?.message}`, shows);
    const resources = shows.flatMap((page) => servedResources(page, type));
    if (resources.length === 0) {
      const wanted = 'data.patient and data.resourceType name some';
      throw new Skip(
        'undecided',
        `patient ${patient} has no ${type} that a launch could read, so nothing shows what is enforced; ${wanted}`,
      );
    }
    const found = await Promise.all(others.map((other) => fhirReader.read(`${search(other)}&_count=1`, whole)));
    const another = found.flatMap((exchange, index) => servedResources(exchange, others[index] ?? ''))[0] ?? null;
    return { patient, type, resources, another, whole, shows };
  },
});

/** The first patient of some that has something of a type. */
async function someoneWith(type: string, reading: Reading): Promise<string | null> {
  for (const { id } of servedResources(await reading('Patient?_count=10'), 'Patient')) {
    if (typeof id !== 'string') continue;
    const search = `${type}?patient=${encodeURIComponent(id)}&_count=1`;
    if (servedResources(await reading(search), type).length > 0) return id;
  }
  return null;
}

function ofAnotherVersion(type: string, fhirVersion: FhirVersion | null): string {
  const name = fhirVersion && nameIn(fhirVersion.release, type);
  const instead = name ? `there it is ${name}` : 'data.resourceType may name another';
  return `needs a resource type of FHIR${fhirVersion ? ` ${fhirVersion.version}` : ''}, which ${type} is not: ${instead}`;
}

/** All that is the patient's, or where no wildcard is granted, the types that are looked at. */
async function wholeGrant(scopeGrants: ScopeGrants, types: readonly string[]): Promise<ScopedGrant> {
  const answer = await scopeGrants.ask(scopeGrants.on('*'));
  if (answer.kind === 'granted' && answer.grant.granted.some((scope) => scope.startsWith(`${scopeGrants.level}/`)))
    return answer.grant;
  return scopeGrants.grant(types.map((type) => scopeGrants.on(type)).join(' '));
}

/** Another patient's data, and who may see them. */
export interface OthersRecord {
  readonly patient: string;
  /** Of the same type as in the record of the patient in context; empty when nobody could show any. */
  readonly resources: readonly Resource[];
  /** The same for who asks: a token that may. Null when there is none. */
  readonly witness: Reading | null;
  /** That token. */
  readonly bearer: Bearer | null;
  readonly shows: readonly Exchange[];
}

export const othersRecord = artifact({
  name: 'othersRecord',
  needs: [configuration, capabilities, patientRecord, scopeGrants, fhirReader, attempted(backendToken)],
  async obtain({
    configuration: { data },
    capabilities,
    patientRecord,
    scopeGrants,
    fhirReader,
    backendToken,
  }): Promise<OthersRecord> {
    const { type, patient } = patientRecord;
    const witnesses: Bearer[] = [];
    if (capabilities.includes('permission-user')) {
      const answer = await scopeGrants.ask(`user/*.${scopeGrants.read}`, 'clinician').catch((thrown) => {
        if (isUnobtainable(thrown)) return null;
        throw thrown;
      });
      if (answer?.kind === 'granted') witnesses.push(answer.grant);
    }
    if (!isUnobtainable(backendToken)) {
      witnesses.push({ client: backendToken.client, accessToken: backendToken.tokens.accessToken });
    }
    for (const bearer of witnesses) {
      const witness = fhirReader.by(bearer);
      const other = data.otherPatient ?? (await someoneElse(witness, patient));
      if (other === null || other === patient) continue;
      const exchange = await witness(`${type}?patient=${encodeURIComponent(other)}`);
      const resources = servedResources(exchange, type);
      if (resources.length > 0) return { patient: other, resources, witness, bearer, shows: [exchange] };
    }
    if (data.otherPatient !== undefined && data.otherPatient !== patient) {
      return { patient: data.otherPatient, resources: [], witness: null, bearer: null, shows: [] };
    }
    const wanted = `data.otherPatient, whose ${type} a user (users.practitioner) or clients.backend may read`;
    throw new Skip(
      'not-configured',
      `needs ${wanted}: without it nothing shows that another patient\u2019s data are withheld`,
    );
  },
});

async function someoneElse(witness: Reading, patient: string): Promise<string | null> {
  const patients = servedResources(await witness('Patient?_count=10'), 'Patient').map(({ id }) => id);
  return patients.find((id): id is string => typeof id === 'string' && id !== patient) ?? null;
}

/** A few resources for a finding: `Observation/1, Observation/2, … 7 in all`. */
export function listed(resources: readonly Resource[]): string {
  const addresses = [...new Set(resources.map(addressOf))];
  const shown = addresses.slice(0, 4).join(', ');
  return addresses.length > 4 ? `${shown}, … ${addresses.length} in all` : shown;
}

import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import { isSuccess } from '../../src/artifacts/document.ts';
import { type Asker, type FhirReader, fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { othersRecord, patientRecord } from '../../src/artifacts/patient-record.ts';
import { letsOut, scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { addressOf, type Resource, resourcesInXml } from '../../src/fhir/served.ts';
import { artifact, optional, Skip, test } from '../../src/kit/index.ts';
import type { Probe } from './judging.ts';
import { judgeProbes } from './judging.ts';
import { demandOnePatient, othersData } from './one-patient.ts';

/** A way to ask for FHIR's XML: a server may watch over one format, and forget another. */
interface Way {
  readonly what: string;
  read(fhirReader: FhirReader, path: string, of: Asker): ReturnType<FhirReader['read']>;
}

/** DSTU2 had another name for it. */
const anyXml = 'application/fhir+xml, application/xml+fhir;q=0.9, application/xml;q=0.8';

const ways: readonly Way[] = [
  { what: 'Accept: application/fhir+xml', read: (reader, path, of) => reader.readAs(anyXml, path, of) },
  {
    what: '_format=xml',
    read: (reader, path, of) => reader.readAs('*/*', `${path}${path.includes('?') ? '&' : '?'}_format=xml`, of),
  },
];

/** The ways by which the server is seen to answer in XML. */
const xmlWays = artifact({
  name: 'xmlWays',
  needs: [patientRecord, fhirReader, optional(capabilityStatement)],
  async obtain({ patientRecord: { resources, whole }, fhirReader, capabilityStatement }): Promise<readonly Way[]> {
    const path = resources.slice(0, 1).map(addressOf).join();
    const answers = await Promise.all(
      ways.map(async (way) => ({ way, exchange: await way.read(fhirReader, path, whole) })),
    );
    const spoken = answers.filter(({ exchange }) => isSuccess(exchange) && resourcesInXml(exchange).length > 0);
    if (spoken.length > 0) return spoken.map(({ way }) => way);
    const format = capabilityStatement?.resource.format;
    const isOffered = Array.isArray(format) && format.some((one) => /xml/i.test(String(one)));
    throw new Skip(
      isOffered ? 'undecided' : 'not-advertised',
      `GET ${path} was answered in XML in no way it was asked`,
    );
  },
});

/** Asks at each path in each way, for whoever is tried, and for whoever may see more. */
function probesOf(
  paths: readonly string[],
  {
    ways,
    fhirReader,
    tried,
    witness,
    isForbidden,
  }: {
    readonly ways: readonly Way[];
    readonly fhirReader: FhirReader;
    readonly tried: Asker;
    readonly witness: Asker | null;
    readonly isForbidden: Probe['isForbidden'];
  },
): Promise<readonly Probe[]> {
  const asked = ways.flatMap((way) => paths.map((path) => ({ way, path })));
  return Promise.all(
    asked.map(async ({ way, path }): Promise<Probe> => {
      const [exchange, seen] = await Promise.all([
        way.read(fhirReader, path, tried),
        witness && way.read(fhirReader, path, witness),
      ]);
      const isThere = seen !== null && isSuccess(seen) && resourcesInXml(seen).some(isForbidden);
      const control = isThere ? seen : null;
      return { what: `GET ${path} with ${way.what}`, exchange, isForbidden, control, found: resourcesInXml };
    }),
  );
}

const nobody = test({
  id: 'scopes/token-needed-in-xml',
  title: 'A patient\u2019s data come out to nobody without a token in XML either',
  requirements: ['scopes/token-validated'],
  needs: [patientRecord, xmlWays, fhirReader],
  async run({ patientRecord: { type, patient, whole }, xmlWays: ways, fhirReader, must, undecided }) {
    const { client } = whole;
    const isForbidden = ({ resourceType }: Resource) => resourceType === type || resourceType === 'Patient';
    const paths = [`Patient/${patient}`, `${type}?patient=${patient}&_count=5`];
    const tokens = [null, 'b7cbfddc3a5b4e0d9c2f6a1e8d7c5b4a'];
    const probes = await Promise.all(
      tokens.map((accessToken) =>
        probesOf(paths, { ways, fhirReader, tried: { client, accessToken }, witness: whole, isForbidden }),
      ),
    );
    const expected = 'no data of a patient to come out without a token';
    judgeProbes('scopes/token-validated', probes.flat(), expected, { must, undecided });
  },
});

const otherTypes = test({
  id: 'scopes/other-types-withheld-in-xml',
  title: 'A token for one type of resource brings no other in XML either',
  requirements: ['scopes/scope-covers-request'],
  needs: [patientRecord, scopeGrants, xmlWays, fhirReader],
  async run({ patientRecord, scopeGrants, xmlWays: ways, fhirReader, must, undecided }) {
    const { type, patient, another, whole } = patientRecord;
    const tried = await scopeGrants.exactly(`patient/${type}.${scopeGrants.read}`);
    const isForbidden = ({ resourceType }: Resource) => !letsOut(tried, String(resourceType));
    const paths = [
      `Patient/${patient}`,
      `Patient?_id=${patient}`,
      `${type}?patient=${patient}&_count=5&_include=${type}:patient`,
      ...(another ? [addressOf(another), `${String(another.resourceType)}?patient=${patient}`] : []),
    ];
    const probes = await probesOf(paths, { ways, fhirReader, tried, witness: whole, isForbidden });
    const expected = `nothing but ${type} to come out with ${tried.granted.join(' ')}`;
    judgeProbes('scopes/scope-covers-request', probes, expected, { must, undecided });
  },
});

const onePatient = test({
  id: 'scopes/other-patient-in-xml',
  title: 'patient/ scopes bring nobody else\u2019s data in XML either',
  requirements: ['scopes/one-patient-only'],
  needs: [patientRecord, othersRecord, xmlWays, fhirReader, fhirBaseUrl],
  async run({ patientRecord, othersRecord, xmlWays: ways, fhirReader, fhirBaseUrl, must, undecided }) {
    const { type, patient, whole } = patientRecord;
    demandOnePatient(whole);
    const { patient: other, resources, bearer: witness } = othersRecord;
    // Told by their JSON: of XML the types and ids are read alone.
    const isOthers = await othersData(patient, fhirReader.by(whole), fhirBaseUrl);
    const theirs = new Set([{ resourceType: 'Patient', id: other }, ...resources].filter(isOthers).map(addressOf));
    const isForbidden = (resource: Resource) => theirs.has(addressOf(resource));
    const paths = [`Patient/${other}`, `${type}?patient=${other}`, ...resources.slice(0, 1).map(addressOf)];
    const probes = await probesOf(paths, { ways, fhirReader, tried: whole, witness, isForbidden });
    const expected = 'patient/ scopes to bring nobody\u2019s data but those of the patient in context';
    judgeProbes('scopes/one-patient-only', probes, expected, { must, undecided });
  },
});

export const formatTests = [nobody, otherTypes, onePatient];

import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import { isSuccess } from '../../src/artifacts/document.ts';
import { type Asker, type FhirReader, fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { othersRecord, patientRecord } from '../../src/artifacts/patient-record.ts';
import { letsOut, scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { addressOf, type Resource, resourcesInXml } from '../../src/fhir/served.ts';
import { artifact, optional, Skip, test } from '../../src/kit/index.ts';
import { judgeNobodies, judgeProbes, probedBy, type Way } from './judging.ts';
import { demandOnePatient, othersData } from './one-patient.ts';

/** A way to ask for FHIR's XML: a server may watch over one format, and forget another. */
interface FormatWay {
  readonly what: string;
  read(fhirReader: FhirReader, path: string, of: Asker): ReturnType<FhirReader['read']>;
}

/** DSTU2 had another name for it. */
const anyXml = 'application/fhir+xml, application/xml+fhir;q=0.9, application/xml;q=0.8';

const ways: readonly FormatWay[] = [
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
  async obtain({
    patientRecord: { resources, whole },
    fhirReader,
    capabilityStatement,
  }): Promise<readonly FormatWay[]> {
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

function waysTo(paths: readonly string[], ways: readonly FormatWay[], fhirReader: FhirReader): readonly Way<Asker>[] {
  return ways.flatMap(({ what, read }) =>
    paths.map((path) => ({ what: `GET ${path} with ${what}`, ask: (of: Asker) => read(fhirReader, path, of) })),
  );
}

const nobody = test({
  id: 'scopes/token-needed-in-xml',
  title: 'A patient\u2019s data come out to nobody without a token in XML either',
  requirements: ['scopes/token-validated'],
  needs: [patientRecord, xmlWays, fhirReader],
  async run({ patientRecord: { type, patient, whole }, xmlWays: ways, fhirReader, must, undecided }) {
    const isForbidden = ({ resourceType }: Resource) => resourceType === type || resourceType === 'Patient';
    const asked = waysTo([`Patient/${patient}`, `${type}?patient=${patient}&_count=5`], ways, fhirReader);
    await judgeNobodies('scopes/token-validated', asked, isForbidden, whole, { must, undecided }, resourcesInXml);
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
    const asked = waysTo(paths, ways, fhirReader);
    const probes = await probedBy<Asker>(asked, isForbidden, tried, whole, resourcesInXml);
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
    const asked = waysTo(paths, ways, fhirReader);
    const probes = await probedBy<Asker>(asked, isForbidden, whole, witness, resourcesInXml);
    const expected = 'patient/ scopes to bring nobody\u2019s data but those of the patient in context';
    judgeProbes('scopes/one-patient-only', probes, expected, { must, undecided });
  },
});

export const formatTests = [nobody, otherTypes, onePatient];

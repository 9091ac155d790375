import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import { isSuccess } from '../../src/artifacts/document.ts';
import { type Asker, type FhirReader, fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { othersRecord, patientRecord } from '../../src/artifacts/patient-record.ts';
import { scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import {
  addressOf,
  type Resource,
  resourcesGivenAway,
  resourcesInXml,
  servedResources,
} from '../../src/fhir/served.ts';
import { toldIn } from '../../src/fhir/told-in.ts';
import { artifact, type Exchange, optional, Skip, test } from '../../src/kit/index.ts';
import { judgeNobodies, judgeProbes, probedBy, uncoveredBy, type Way } from './judging.ts';
import { demandOnePatient, othersData } from './one-patient.ts';

/** A way to ask for data in other words than FHIR's JSON: a server may watch over one format, and forget another. */
interface FormatWay {
  readonly what: string;
  read(fhirReader: FhirReader, path: string, of: Asker): ReturnType<FhirReader['read']>;
}

/** DSTU2 had another name for it. */
const anyXml = 'application/fhir+xml, application/xml+fhir;q=0.9, application/xml;q=0.8';

const ways: readonly FormatWay[] = [
  ...[
    ['application/fhir+xml', anyXml],
    ['text/turtle', 'text/turtle, application/fhir+turtle;q=0.9, application/x-turtle;q=0.8'],
    ['text/html', 'text/html, application/xhtml+xml;q=0.9'],
  ].map(
    ([name, accept = '']): FormatWay => ({
      what: `Accept: ${name}`,
      read: (reader, path, of) => reader.readAs(accept, path, of),
    }),
  ),
  ...['xml', 'ttl', 'html'].map(
    (format): FormatWay => ({
      what: `_format=${format}`,
      read: (reader, path, of) => reader.readAs('*/*', `${path}${path.includes('?') ? '&' : '?'}_format=${format}`, of),
    }),
  ),
  { what: '$graphql', read: (reader, path, of) => reader.read(graphqlFor(path), of) },
];

/** The same question in FHIR's GraphQL, which answers in shapes of its own. */
function graphqlFor(path: string): string {
  const [, type = '', id, search = ''] = /^([A-Za-z]+)(?:\/([^/?]+))?(?:\?(.*))?$/.exec(path) ?? [];
  const fields =
    type === 'Patient'
      ? 'id birthDate gender name { text family given }'
      : 'id status subject { reference } meta { lastUpdated }';
  const [parameter, value = ''] = search.split('&')[0]?.split('=') ?? [];
  const what = id === undefined ? `${type}List(${parameter}: "${value}")` : `${type}(id: "${id}")`;
  return `$graphql?query=${encodeURIComponent(`{ ${what} { ${fields} } }`)}`;
}

/** What an answer tells of resources, and of which: JSON and XML are read, other formats searched for what is known. */
function foundAmong(known: readonly Resource[], others: readonly Resource[]) {
  return (exchange: Exchange): readonly Resource[] => {
    const read = [...resourcesGivenAway(exchange), ...resourcesInXml(exchange)];
    return read.length > 0 ? read : toldIn(exchange, known, others);
  };
}

/** Without what it refers to: all that is one patient's refers to the same. */
function apart(resource: Resource): Resource {
  return JSON.parse(JSON.stringify(resource, (name, value: unknown) => (name === 'reference' ? undefined : value)));
}

/** The ways by which the server is seen to answer with data, and the patient in context as JSON has it. */
const otherFormats = artifact({
  name: 'otherFormats',
  needs: [patientRecord, fhirReader, optional(capabilityStatement)],
  async obtain({
    patientRecord: { patient, resources, whole },
    fhirReader,
    capabilityStatement,
  }): Promise<{ readonly ways: readonly FormatWay[]; readonly own: readonly Resource[] }> {
    const own = servedResources(await fhirReader.read(`Patient/${patient}`, whole), 'Patient');
    const known = [...resources.slice(0, 1), ...own];
    const found = foundAmong(known, []);
    const answers = await Promise.all(
      ways.map(async (way) => ({
        way,
        exchanges: await Promise.all(known.map((one) => way.read(fhirReader, addressOf(one), whole))),
      })),
    );
    const spoken = answers.filter(({ exchanges }) =>
      exchanges.some((exchange) => isSuccess(exchange) && found(exchange).length > 0),
    );
    if (spoken.length > 0) return { ways: spoken.map(({ way }) => way), own };
    const format = capabilityStatement?.resource.format;
    const isOffered = Array.isArray(format) && format.some((one) => /xml|ttl|turtle|html/i.test(String(one)));
    throw new Skip(
      isOffered ? 'undecided' : 'not-advertised',
      `GET ${known.map(addressOf).join(', ')} was answered in XML, Turtle or HTML, or by GraphQL, in no way it was asked`,
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
  title: 'A patient\u2019s data come out to nobody without a token in another format either',
  requirements: ['scopes/token-validated'],
  needs: [patientRecord, otherFormats, fhirReader],
  async run({ patientRecord, otherFormats: { ways, own }, fhirReader, must, undecided }) {
    const { type, patient, resources, whole } = patientRecord;
    const isForbidden = ({ resourceType }: Resource) => resourceType === type || resourceType === 'Patient';
    const paths = [
      `Patient/${patient}`,
      `${type}?patient=${patient}&_count=5`,
      ...resources.slice(0, 1).map(addressOf),
    ];
    const found = foundAmong([...own, ...resources], []);
    const asked = waysTo(paths, ways, fhirReader);
    await judgeNobodies('scopes/token-validated', asked, isForbidden, whole, { must, undecided }, found);
  },
});

const otherTypes = test({
  id: 'scopes/other-types-withheld-in-xml',
  title: 'A token for one type of resource brings no other in another format either',
  requirements: ['scopes/scope-covers-request'],
  needs: [patientRecord, scopeGrants, otherFormats, fhirReader],
  async run({ patientRecord, scopeGrants, otherFormats: { ways, own }, fhirReader, must, undecided }) {
    const { type, patient, resources, another, whole } = patientRecord;
    const tried = await scopeGrants.exactly(scopeGrants.on(type));
    const paths = [
      `Patient/${patient}`,
      `Patient?_id=${patient}`,
      `${type}?patient=${patient}&_count=5&_include=${type}:patient`,
      ...(another ? [addressOf(another), `${String(another.resourceType)}?patient=${patient}`] : []),
    ];
    const found = foundAmong([...own, ...(another ? [another] : [])].map(apart), resources);
    const asked = waysTo(paths, ways, fhirReader);
    const probes = await probedBy<Asker>(asked, uncoveredBy(tried), tried, whole, found);
    const expected = `nothing but ${type} to come out with ${tried.granted.join(' ')}`;
    judgeProbes('scopes/scope-covers-request', probes, expected, { must, undecided });
  },
});

const onePatient = test({
  id: 'scopes/other-patient-in-xml',
  title: 'patient/ scopes bring nobody else\u2019s data in another format either',
  requirements: ['scopes/one-patient-only'],
  needs: [patientRecord, othersRecord, otherFormats, fhirReader, fhirBaseUrl],
  async run({ patientRecord, othersRecord, otherFormats: { ways, own }, fhirReader, fhirBaseUrl, must, undecided }) {
    const { type, patient, whole } = patientRecord;
    demandOnePatient(whole);
    const { patient: other, resources, bearer: witness } = othersRecord;
    // Told by their JSON: of XML the types and ids are read alone, and other formats are not read at all.
    const isOthers = await othersData(patient, fhirReader.by(whole), fhirBaseUrl);
    const person = witness && servedResources(await fhirReader.read(`Patient/${other}`, witness), 'Patient')[0];
    const known = [person ?? { resourceType: 'Patient', id: other }, ...resources].filter(isOthers);
    const theirs = new Set(known.map(addressOf));
    const isForbidden = (resource: Resource) => theirs.has(addressOf(resource));
    const found = foundAmong(known, [...own, ...patientRecord.resources]);
    const paths = [`Patient/${other}`, `${type}?patient=${other}`, ...resources.slice(0, 1).map(addressOf)];
    const asked = waysTo(paths, ways, fhirReader);
    const probes = await probedBy<Asker>(asked, isForbidden, whole, witness, found);
    const expected = 'patient/ scopes to bring nobody\u2019s data but those of the patient in context';
    judgeProbes('scopes/one-patient-only', probes, expected, { must, undecided });
  },
});

export const formatTests = [nobody, otherTypes, onePatient];

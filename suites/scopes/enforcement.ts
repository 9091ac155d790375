import { notWithheld } from '../../src/artifacts/authorization-outcome.ts';
import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { type Asker, type FhirReader, fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { fhirVersion } from '../../src/artifacts/fhir-version.ts';
import { type PatientRecord, patientRecord } from '../../src/artifacts/patient-record.ts';
import { letsOut, type ScopedGrant, scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { offersInteraction, searchParametersOf } from '../../src/fhir/interactions.ts';
import { patientParameter, typesOfPatients } from '../../src/fhir/patient-compartment.ts';
import { resourceTypesIn } from '../../src/fhir/resource-types-in.ts';
import { addressOf, type Resource, servedResources, versionOf } from '../../src/fhir/served.ts';
import { type Exchange, optional, Skip, test } from '../../src/kit/index.ts';
import { bearerChallenges, parameterOf } from '../../src/oauth/challenge.ts';
import { readAll } from '../../src/smart/scope.ts';
import { isEmpty, isRefused, judgeHeads, judgeProbes, probed, probedBy, uncoveredBy } from './judging.ts';

const otherTypes = test({
  id: 'scopes/other-types-withheld',
  title: 'A token for one type of resource brings no other',
  requirements: ['scopes/scope-covers-request', 'scopes/bearer-insufficient-scope'],
  needs: [patientRecord, scopeGrants, fhirReader],
  async run({ patientRecord, scopeGrants, fhirReader, must, should, undecided }) {
    const { type, patient, another, whole } = patientRecord;
    const token = await scopeGrants.exactly(scopeGrants.on(type));
    const { allowed, probes, expected } = await probedBeyond(patientRecord, token, whole, fhirReader);
    judgeProbes('scopes/scope-covers-request', probes, expected, { must, undecided });

    const search = another && probes.find(({ what }) => what === `GET ${searchFor(another, patient)}`);
    if (!search?.control) return;
    const { exchange } = search;
    if (isEmpty(exchange)) {
      should('scopes/scope-covers-request', false, {
        expected: `${search.what} to be refused to a token without a scope for it`,
        actual: `${answered(exchange)} without resources`,
        because: [allowed, exchange],
      });
    } else if (isRefused(exchange)) {
      const header = exchange.response?.headers['www-authenticate'];
      const errors = bearerChallenges(header).map((challenge) => parameterOf(challenge, 'error'));
      should(
        'scopes/bearer-insufficient-scope',
        exchange.response?.status === 403 && errors.includes('insufficient_scope'),
        {
          expected: '403 with error="insufficient_scope" in a Bearer challenge (RFC 6750 section 3.1)',
          actual: `${search.what} was answered ${answered(exchange)}, WWW-Authenticate ${header ?? 'absent'}`,
          because: exchange,
        },
      );
    }
  },
});

const otherTypesFromUsers = test({
  id: 'scopes/other-types-withheld-from-users',
  title: 'A user/ scope for one type of resource brings no other',
  requirements: ['scopes/scope-covers-request'],
  needs: [capabilities, patientRecord, scopeGrants, fhirReader],
  async run({ capabilities, patientRecord, scopeGrants, fhirReader, must, undecided }) {
    if (!capabilities.includes('permission-user')) {
      throw new Skip('not-advertised', 'permission-user is not advertised');
    }
    const token = await scopeGrants.exactly(`user/${patientRecord.type}.${scopeGrants.read}`, 'clinician');
    const whole = await scopeGrants.grant(`user/*.${scopeGrants.read}`, 'clinician');
    const { probes, expected } = await probedBeyond(patientRecord, token, whole, fhirReader);
    judgeProbes('scopes/scope-covers-request', probes, expected, { must, undecided });
  },
});

/**
 * Ways to other types than that of a token, and the search that it allows.
 *
 * @param whole - a token that may see what is asked for
 * @throws Skip when the token finds nothing of its own type either
 */
async function probedBeyond(
  { type, patient, another }: PatientRecord,
  token: ScopedGrant,
  whole: ScopedGrant,
  fhirReader: FhirReader,
) {
  const granted = token.granted.join(' ');
  const allowed = await fhirReader.read(`${type}?patient=${patient}`, token);
  if (servedResources(allowed, type).length === 0) {
    throw new Skip('undecided', `a token with ${granted} finds no ${type} of ${patient}`);
  }
  const isUncovered = uncoveredBy(token);
  const isForbidden = (resource: Resource) => isUncovered(resource) && !isSelfDescription(resource);
  const paths = beyond(type, patient, another);
  const probes = await probed(paths, isForbidden, fhirReader.looking(token), fhirReader.looking(whole));
  return { allowed, probes, expected: `nothing but ${type} to come out with ${granted}` };
}

/** What anybody may see. */
function isSelfDescription({ resourceType }: Resource): boolean {
  return resourceType === 'CapabilityStatement' || resourceType === 'Conformance';
}

/** Ways to data of other types: those of the patient in context, so that nothing but the type is at stake. */
function beyond(type: string, patient: string, another: Resource | null): readonly string[] {
  const viaSearch = `${type}?patient=${patient}&_count=5`;
  const ofAnother = another
    ? [
        addressOf(another),
        `${addressOf(another)}/_history`,
        `${addressOf(another)}/_history/${versionOf(another)}`,
        searchFor(another, patient),
        `Patient/${patient}/${String(another.resourceType)}`,
        `${String(another.resourceType)}/_history`,
        `?_type=${String(another.resourceType)}`,
        `?_type=${type},${String(another.resourceType)}`,
        `_history?_type=${String(another.resourceType)}`,
      ]
    : [];
  const everything = ['?_count=100', '_history?_count=100'];
  return [
    `Patient/${patient}`,
    `Patient?_id=${patient}`,
    `${viaSearch}&_include=${type}:patient`,
    `${viaSearch}&_include=${type}:subject`,
    `${viaSearch}&_include=*`,
    `${viaSearch}&_include=${type}:encounter`,
    `${viaSearch}&_include=${type}:performer`,
    `${viaSearch}&_revinclude=Provenance:target`,
    `${viaSearch}&_revinclude=DiagnosticReport:result`,
    `Patient/${patient}/$everything`,
    ...everything,
    ...ofAnother,
  ];
}

/** From the patient more ways lead on than from anything else. */
const aroundPatient = test({
  id: 'scopes/other-types-withheld-around-patient',
  title: 'A token for Patient brings nothing that belongs to the patient',
  requirements: ['scopes/scope-covers-request'],
  needs: [patientRecord, scopeGrants, fhirReader],
  async run({ patientRecord: { type, patient, resources, whole }, scopeGrants, fhirReader, must, undecided }) {
    const token = await scopeGrants.exactly(scopeGrants.on('Patient'));
    const paths = around(type, patient, resources);
    const probes = await probed(paths, uncoveredBy(token), fhirReader.looking(token), fhirReader.looking(whole));
    const expected = `nothing but Patient to come out with ${token.granted.join(' ')}`;
    judgeProbes('scopes/scope-covers-request', probes, expected, { must, undecided });
  },
});

/** Ways from the patient to resources of another type, the patient's own. */
function around(type: string, patient: string, resources: readonly Resource[]): readonly string[] {
  const address = resources.slice(0, 1).map(addressOf);
  return [
    `Patient/${patient}/$everything`,
    `Patient?_id=${patient}&_revinclude=${type}:subject`,
    `Patient?_id=${patient}&_revinclude=${type}:patient`,
    `Patient/${patient}/${type}`,
    ...address.flatMap((one) => [one, `${one}?_elements=id`, `${one}?_summary=true`]),
    `${type}?patient=${patient}&_elements=id`,
  ];
}

const otherTypesByPost = test({
  id: 'scopes/other-types-withheld-by-post',
  title: 'A token for one type of resource finds no other by POST',
  requirements: ['scopes/scope-covers-request'],
  needs: [patientRecord, scopeGrants, fhirReader],
  async run({ patientRecord: { type, patient, another, whole }, scopeGrants, fhirReader, must, undecided }) {
    const token = await scopeGrants.exactly(scopeGrants.on(type));
    const searches: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ['Patient', { _id: patient }],
      ...(another ? [[String(another.resourceType), { patient }] as const] : []),
      [type, { patient, _include: `${type}:subject` }],
    ];
    const ways = searches.map(([of, form]) => ({
      what: `POST ${of}/_search ${new URLSearchParams(form)}`,
      ask: (one: Asker) => fhirReader.search(of, form, one),
    }));
    const probes = await probedBy(ways, uncoveredBy(token), token, whole);
    const expected = `nothing but ${type} to come out with ${token.granted.join(' ')}`;
    judgeProbes('scopes/scope-covers-request', probes, expected, { must, undecided });
  },
});

const otherTypesByHead = test({
  id: 'scopes/other-types-withheld-by-head',
  title: 'HEAD tells a token for one type of resource nothing of another',
  requirements: ['scopes/scope-covers-request'],
  needs: [patientRecord, scopeGrants, fhirReader],
  async run({ patientRecord: { type, patient, another, whole }, scopeGrants, fhirReader, ...judge }) {
    if (!another) throw nothingBeside(type, patient);
    const token = await scopeGrants.exactly(scopeGrants.on(type));
    const address = addressOf(another);
    const [allowed, tried, ofNothing] = await Promise.all([
      fhirReader.head(address, whole),
      fhirReader.head(address, token),
      fhirReader.head(`${String(another.resourceType)}/smart-check-no-such-resource`, token),
    ]);
    const expected = `HEAD ${address} to be refused with ${token.granted.join(' ')}`;
    judgeHeads('scopes/scope-covers-request', { allowed, tried, ofNothing }, expected, judge);
  },
});

const readOnlyByPost = test({
  id: 'scopes/read-is-no-search-by-post',
  title: 'A token to read does not search by POST',
  requirements: ['scopes/read-scope'],
  needs: [patientRecord, scopeGrants, fhirReader],
  async run({ patientRecord: { type, patient, whole }, scopeGrants, fhirReader, must, undecided }) {
    demandLetters(scopeGrants);
    const token = await scopeGrants.exactly(scopeGrants.on(type, 'r'));
    const way = {
      what: `POST ${type}/_search patient=${patient}`,
      ask: (one: Asker) => fhirReader.search(type, { patient }, one),
    };
    const probes = await probedBy([way], anything, token, whole);
    judgeProbes('scopes/read-scope', probes, `no search with ${scopeGrants.on(type, 'r')} alone`, { must, undecided });
  },
});

const deselected = test({
  id: 'scopes/deselected-withheld',
  title: 'What the user has deselected does not come out',
  requirements: ['scopes/scope-covers-request'],
  needs: [patientRecord, scopeGrants, fhirReader],
  async run({ patientRecord: { type, patient, another, whole }, scopeGrants, fhirReader, must, undecided }) {
    if (!another) throw nothingBeside(type, patient);
    const other = String(another.resourceType);
    const [kept, left] = [scopeGrants.on(type), scopeGrants.on(other)];
    const answer = await scopeGrants.withholding(`${kept} ${left}`, [left]);
    if (answer.kind === 'refused') throw notWithheld(answer.why);
    const { grant } = answer;
    if (letsOut(grant, other)) {
      const granted = grant.granted.join(' ');
      throw new Skip(
        'undecided',
        `${left} was deselected, and ${granted} was granted all the same: the guide leaves it open`,
      );
    }
    const paths = [addressOf(another), searchFor(another, patient)];
    const probes = await probed(paths, uncoveredBy(grant), fhirReader.looking(grant), fhirReader.looking(whole));
    const expected = `nothing but ${grant.granted.join(' ')} covers, where ${left} was deselected`;
    judgeProbes('scopes/scope-covers-request', probes, expected, { must, undecided });
  },
});

function nothingBeside(type: string, patient: string): Skip {
  const why = `patient ${patient} has nothing but ${type} that could be withheld`;
  return new Skip('undecided', `${why}; data.patient may name one who has more`);
}

function searchFor(resource: Resource, patient: string): string {
  return `${String(resource.resourceType)}?patient=${patient}`;
}

const anything = () => true;

const readOnly = test({
  id: 'scopes/read-is-no-search',
  title: 'A token to read does not search',
  requirements: ['scopes/read-scope'],
  needs: [patientRecord, scopeGrants, fhirReader],
  async run({ patientRecord: { type, patient, resources, whole }, scopeGrants, fhirReader, must, undecided }) {
    demandLetters(scopeGrants);
    const token = await scopeGrants.exactly(scopeGrants.on(type, 'r'));
    const [first] = resources;
    if (!first) throw new Skip('undecided', `the patient has no ${type}`);
    const read = await fhirReader.read(addressOf(first), token);
    must('scopes/read-scope', isSuccess(read), {
      expected: `GET ${addressOf(first)} to be answered to a token with ${scopeGrants.on(type, 'r')}`,
      actual: answered(read),
      because: read,
    });
    const paths = [
      ...[`${type}?patient=${patient}`, `${type}?_id=${String(first.id)}`, `Patient/${patient}/${type}`],
      ...[`?_type=${type}`, `${type}/_history`, `_history?_type=${type}`],
    ];
    const probes = await probed(paths, anything, fhirReader.looking(token), fhirReader.looking(whole));
    judgeProbes(
      'scopes/read-scope',
      probes,
      `no search and no history of types with ${scopeGrants.on(type, 'r')} alone`,
      {
        must,
        undecided,
      },
    );
  },
});

const searchOnly = test({
  id: 'scopes/search-is-no-read',
  title: 'A token to search does not read',
  requirements: ['scopes/search-scope'],
  needs: [patientRecord, scopeGrants, fhirReader],
  async run({ patientRecord: { type, patient, resources, whole }, scopeGrants, fhirReader, must, undecided }) {
    demandLetters(scopeGrants);
    const token = await scopeGrants.exactly(scopeGrants.on(type, 's'));
    const search = await fhirReader.read(`${type}?patient=${patient}`, token);
    must('scopes/search-scope', servedResources(search, type).length > 0, {
      expected: `GET ${type}?patient=${patient} to find the patient\u2019s ${type} with ${scopeGrants.on(type, 's')}`,
      actual: answered(search),
      because: search,
    });
    const [first] = resources;
    if (!first) return;
    const address = addressOf(first);
    const paths = [address, `${address}/_history`, `${address}/_history/${versionOf(first)}`];
    const probes = await probed(paths, anything, fhirReader.looking(token), fhirReader.looking(whole));
    judgeProbes('scopes/search-scope', probes, `nothing to be read by its id with ${scopeGrants.on(type, 's')} alone`, {
      must,
      undecided,
    });
  },
});

/** @throws Skip where scopes of version 1 are all there is */
export function demandLetters({ read }: { readonly read: 'rs' | 'read' }): void {
  if (read === 'read') throw new Skip('not-advertised', 'permission-v2 is not advertised');
}

const union = test({
  id: 'scopes/union-of-scopes',
  title: 'r and s, granted one by one, are rs',
  requirements: ['scopes/union-of-scopes'],
  needs: [patientRecord, scopeGrants, fhirReader],
  async run({ patientRecord: { type, patient, resources }, scopeGrants, fhirReader, must }) {
    demandLetters(scopeGrants);
    const token = await scopeGrants.exactly(`${scopeGrants.on(type, 'r')} ${scopeGrants.on(type, 's')}`);
    const [first] = resources;
    if (!first) throw new Skip('undecided', `the patient has no ${type}`);
    const [read, search] = await Promise.all([
      fhirReader.read(addressOf(first), token),
      fhirReader.read(`${type}?patient=${patient}`, token),
    ]);
    for (const exchange of [read, search]) {
      must('scopes/union-of-scopes', servedResources(exchange, type).length > 0, {
        expected: `${exchange === read ? 'reading' : 'searching'} to be allowed by ${token.granted.join(' ')}`,
        actual: answered(exchange),
        because: [token.exchange, exchange],
      });
    }
  },
});

/** Types that are tried with a wildcard. */
const mostTypes = 80;

const wildcard = test({
  id: 'scopes/wildcard-covers-types',
  title: 'A wildcard covers every type the server has of a patient',
  requirements: ['scopes/wildcard-covers-types'],
  needs: [patientRecord, fhirReader, optional(fhirVersion), capabilityStatement],
  async run({ patientRecord: { patient, whole }, fhirReader, fhirVersion, capabilityStatement: { resource }, should }) {
    if (!readAll(whole.granted).some(({ type, permissions }) => type === '*' && permissions.includes('s'))) {
      throw new Skip('undecided', 'no wildcard was granted');
    }
    const served = resourceTypesIn(resource);
    const release = fhirVersion?.release ?? null;
    const types = typesOfPatients(release)
      .filter((type) => served.has(type) && offersInteraction(resource, type, 'search-type') !== false)
      .slice(0, mostTypes);
    const answers = await Promise.all(
      types.flatMap((type) => {
        const listed = searchParametersOf(resource, type);
        const usual = [patientParameter(type, release), 'patient', 'subject', 'beneficiary'];
        const parameter = usual.find((name) => listed.includes(name));
        return parameter === undefined ? [] : fhirReader.read(`${type}?${parameter}=${patient}&_count=1`, whole);
      }),
    );
    const refused = answers.filter(({ response }) => response?.status === 401 || response?.status === 403);
    should('scopes/wildcard-covers-types', refused.length === 0, {
      expected: `searches of all ${answers.length} types that are a patient\u2019s to be allowed by ${whole.granted.join(' ')}`,
      actual: refused.length === 0 ? 'none refused' : `refused: ${refused.map(typeAsked).join(', ')}`,
      because: refused.length === 0 ? answers : refused,
    });
  },
});

function typeAsked({ request }: Exchange): string {
  return new URL(request.url).pathname.split('/').at(-1) ?? '';
}

export const enforcementTests = [
  otherTypes,
  otherTypesFromUsers,
  aroundPatient,
  deselected,
  otherTypesByPost,
  otherTypesByHead,
  readOnly,
  readOnlyByPost,
  searchOnly,
  union,
  wildcard,
];

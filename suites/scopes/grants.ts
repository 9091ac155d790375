import { answered } from '../../src/artifacts/document.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { othersRecord, patientRecord } from '../../src/artifacts/patient-record.ts';
import { type ScopeAnswer, type ScopedGrant, type ScopeGrants, scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { capabilities, smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { addressOf, servedResources } from '../../src/fhir/served.ts';
import { attempted, Block, type Exchange, isUnobtainable, Skip, test } from '../../src/kit/index.ts';
import { isRegisteredFor } from '../../src/smart/is-registered-for.ts';
import { allowsWith, isMalformed, readAll, readResourceScope, unfactored } from '../../src/smart/scope.ts';

const patientSupported = test({
  id: 'scopes/patient-scopes',
  title: 'patient/ scopes are granted, and read the patient in context and nobody else',
  requirements: ['scopes/patient-scopes-supported'],
  needs: [capabilities, scopeGrants, fhirReader, attempted(othersRecord)],
  async run({ capabilities, scopeGrants, fhirReader, othersRecord, must }) {
    const id = 'scopes/patient-scopes-supported';
    if (!capabilities.includes('permission-patient')) {
      throw new Skip('not-advertised', 'permission-patient is not advertised');
    }
    const scope = `patient/Patient.${scopeGrants.read}`;
    scopeGrants.demandAskable(scope);
    const answer = await scopeGrants.ask(scope);
    const grant = granted(answer);
    const isGranted = grant !== null && readAll(grant.granted).some(({ level }) => level === 'patient');
    if (!isGranted) scopeGrants.mayBeWithheld(scope);
    must(id, isGranted, {
      expected: `a patient/ scope to be granted when ${scope} is asked for`,
      actual: saying(answer),
      because: evidence(answer),
    });
    if (!isGranted || grant.patient === null) return;
    const read = await fhirReader.read(`Patient/${grant.patient}`, grant);
    must(id, servedResources(read, 'Patient').length > 0, {
      expected: `GET Patient/${grant.patient}, the patient in context, to be answered`,
      actual: answered(read),
      because: [grant.exchange, read],
    });
    const isOfOne = readAll(grant.granted).every(({ level }) => level === 'patient');
    if (isUnobtainable(othersRecord) || !isOfOne) return;
    const other = await fhirReader.read(`Patient/${othersRecord.patient}`, grant);
    must(id, !servedResources(other, 'Patient').some(({ id: found }) => found === othersRecord.patient), {
      expected: `Patient/${othersRecord.patient} to be withheld from a token for patient ${grant.patient}`,
      actual: answered(other),
      because: [grant.exchange, other],
    });
  },
});

function granted(answer: ScopeAnswer): ScopedGrant | null {
  if (answer.kind === 'granted') return answer.grant;
  if (answer.how === 'stuck') throw new Block(`no answer to an authorization request: ${answer.why}`, answer.exchanges);
  return null;
}

function saying(answer: ScopeAnswer): string {
  return answer.kind === 'granted' ? answer.grant.granted.join(' ') || 'no scope' : answer.why;
}

function evidence(answer: ScopeAnswer): readonly Exchange[] {
  return answer.kind === 'granted' ? [answer.grant.exchange] : answer.exchanges;
}

/** A scope nobody knows: what is granted for it is what the server grants by default. */
export const nonsense = 'patient/smart-check.nonsense';

const v1Supported = test({
  id: 'scopes/v1-scopes',
  title: 'A scope of version 1 is granted as such, and means reading and searching',
  requirements: [
    'scopes/v1-scopes-supported',
    'scopes/v1-returned-as-v1',
    'scopes/v1-scopes-meaning',
    'scopes/odd-interactions',
  ],
  needs: [capabilities, patientRecord, scopeGrants, fhirReader],
  async run({
    capabilities,
    patientRecord: { type, patient, resources },
    scopeGrants,
    fhirReader,
    must,
    should,
    undecided,
  }) {
    if (!capabilities.includes('permission-v1')) throw new Skip('not-advertised', 'permission-v1 is not advertised');
    const scope = scopeGrants.on(type, 'read');
    scopeGrants.demandAskable(scope);
    const answer = await scopeGrants.ask(scope);
    const grant = granted(answer);
    const mayRead = grant !== null && allowsWith(grant.granted, type, 'r');
    if (!mayRead) scopeGrants.mayBeWithheld(scope);
    must('scopes/v1-scopes-supported', mayRead, {
      expected: `a scope that allows to read ${type} to be granted when ${scope} is asked for`,
      actual: saying(answer),
      because: evidence(answer),
    });
    if (!mayRead) return;
    if (grant.granted.includes(scope) || isRegisteredFor(scopeGrants.client, scope)) {
      should('scopes/v1-returned-as-v1', grant.granted.includes(scope), {
        expected: `${scope} to be returned as it was asked for`,
        actual: saying(answer),
        because: grant.exchange,
      });
    } else {
      const message = `${scope} came back as ${saying(answer)}, in the words that this client may be registered for`;
      undecided('scopes/v1-returned-as-v1', { message, because: grant.exchange });
    }
    const usually = granted(await scopeGrants.ask(nonsense))?.granted ?? [];
    must('scopes/odd-interactions', !allowsWith(grant.granted, type, 'd') || allowsWith(usually, type, 'd'), {
      expected: `no permission to delete when ${scope} is asked for, unless the server grants it by default`,
      actual: saying(answer),
      because: grant.exchange,
    });
    const [first] = resources;
    const reads = [
      await fhirReader.read(`${type}?patient=${patient}`, grant),
      ...(first ? [await fhirReader.read(addressOf(first), grant)] : []),
    ];
    for (const exchange of reads) {
      const evidenceOfRead = {
        expected: `reading and searching ${type} to be allowed by ${grant.granted.join(' ')}`,
        actual: `${exchange === reads[0] ? 'a search' : 'a read'} was answered ${answered(exchange)}`,
        because: [grant.exchange, exchange],
      };
      should('scopes/v1-scopes-meaning', servedResources(exchange, type).length > 0, evidenceOfRead);
    }
  },
});

const v2Supported = test({
  id: 'scopes/v2-scopes',
  title: 'A scope of version 2 is granted, and enforced',
  requirements: ['scopes/v2-scopes-supported'],
  needs: [capabilities, patientRecord, scopeGrants, fhirReader],
  async run({ capabilities, patientRecord: { type, patient }, scopeGrants, fhirReader, must }) {
    const id = 'scopes/v2-scopes-supported';
    if (!capabilities.includes('permission-v2')) throw new Skip('not-advertised', 'permission-v2 is not advertised');
    const scope = scopeGrants.on(type, 'rs');
    scopeGrants.demandAskable(scope);
    const answer = await scopeGrants.ask(scope);
    const grant = granted(answer);
    const isGranted = grant !== null && readAll(grant.granted).some(({ syntax }) => syntax === 'v2');
    if (!isGranted) scopeGrants.mayBeWithheld(scope);
    must(id, isGranted, {
      expected: `a scope of version 2 to be granted when ${scope} is asked for`,
      actual: saying(answer),
      because: evidence(answer),
    });
    if (!isGranted || !allowsWith(grant.granted, type, 's')) return;
    const search = await fhirReader.read(`${type}?patient=${patient}`, grant);
    must(id, servedResources(search, type).length > 0, {
      expected: `the patient\u2019s ${type} to be found with ${grant.granted.join(' ')}`,
      actual: answered(search),
      because: [grant.exchange, search],
    });
  },
});

const v1Advertised = test({
  id: 'scopes/v1-advertised',
  title: 'permission-v1 is advertised for older apps',
  requirements: ['scopes/v1-advertised'],
  needs: [smartConfiguration, capabilities],
  run({ smartConfiguration: { exchange }, capabilities, should }) {
    if (!capabilities.launchesApps) throw new Skip('not-advertised', 'no launch is advertised');
    should('scopes/v1-advertised', capabilities.includes('permission-v1'), {
      expected: 'permission-v1 among the capabilities',
      actual: capabilities.includes('permission-v1') ? 'it is' : capabilities.all.join(', '),
      because: exchange,
    });
  },
});

/** What apps ask for most: enough to see how scopes are written here. */
const usual = ({ on }: Pick<ScopeGrants, 'on'>, type: string) => [
  on('*', 'rs'),
  on(type, 'rs'),
  on(type, 'cruds'),
  `${on(type, 'rs')} ${on('Patient', 'r')}`,
];

const syntax = test({
  id: 'scopes/granted-syntax',
  title: 'Granted scopes are written as the guide has them, and no longer than need be',
  requirements: ['scopes/granted-syntax', 'scopes/shortest-form'],
  needs: [capabilities, patientRecord, scopeGrants],
  async run({ capabilities, patientRecord: { type }, scopeGrants, must, should }) {
    if (!capabilities.includes('permission-v2')) throw new Skip('not-advertised', 'permission-v2 is not advertised');
    await Promise.all(usual(scopeGrants, type).map((scope) => scopeGrants.ask(scope)));
    const grants = await scopeGrants.soFar();
    if (grants.length === 0) throw new Skip('undecided', 'nothing was granted');
    const seen = (grant: ScopedGrant) => ({
      actual: `asked for ${grant.asked.join(' ')}, granted ${grant.granted.join(' ')}`,
      because: grant.exchange,
    });
    for (const grant of grants) {
      // A scope that was malformed when it was asked for is another test's.
      const odd = grant.granted.filter((scope) => isMalformed(scope) && !grant.asked.includes(scope));
      must('scopes/granted-syntax', odd.length === 0, {
        expected: 'patient, user or system, a type or *, and letters in the order of cruds',
        ...seen(grant),
      });
      const wantedV1 = grant.asked.some((scope) => readResourceScope(scope)?.syntax === 'v1');
      const old = readAll(grant.granted).filter(({ syntax }) => syntax === 'v1');
      should('scopes/granted-syntax', wantedV1 || old.length === 0, {
        expected: 'scopes of version 2 where none of version 1 was asked for',
        ...seen(grant),
      });
      if (unfactored(grant.asked).length > 0) continue;
      should('scopes/shortest-form', unfactored(grant.granted).length === 0, {
        expected: 'one scope for what one scope can say',
        ...seen(grant),
      });
    }
  },
});

const odd = test({
  id: 'scopes/odd-interactions',
  title: 'Undefined and out-of-order interactions are ignored, replaced or refused',
  requirements: ['scopes/odd-interactions'],
  needs: [capabilities, patientRecord, scopeGrants],
  async run({ capabilities, patientRecord: { type }, scopeGrants, must }) {
    if (!capabilities.includes('permission-v2')) throw new Skip('not-advertised', 'permission-v2 is not advertised');
    const usually = granted(await scopeGrants.ask(nonsense))?.granted ?? [];
    const answers = await Promise.all(
      ['dus', 'sr', 'xyz'].map(async (suffix) => {
        const scope = scopeGrants.on(type, suffix);
        return { scope, answer: await scopeGrants.ask(scope) };
      }),
    );
    for (const { scope, answer } of answers) {
      const given = granted(answer)?.granted ?? [];
      const isVerbatim = given.includes(scope);
      const mayDelete = allowsWith(given, type, 'd') && !allowsWith(usually, type, 'd');
      must('scopes/odd-interactions', !isVerbatim && !mayDelete, {
        expected: `${scope} to be refused, ignored, or replaced by what the server grants by default`,
        actual: isVerbatim ? 'granted as it was asked for' : mayDelete ? `granted ${given.join(' ')}` : saying(answer),
        because: evidence(answer),
      });
    }
  },
});

export const grantTests = [patientSupported, v1Supported, v2Supported, v1Advertised, syntax, odd];

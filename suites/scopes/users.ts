import { backendToken } from '../../src/artifacts/backend.ts';
import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { launcher } from '../../src/artifacts/launcher.ts';
import { usualLaunch } from '../../src/artifacts/launches.ts';
import { othersRecord, patientRecord } from '../../src/artifacts/patient-record.ts';
import { scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { restrictedUser, type SigningIn, userOf } from '../../src/artifacts/users.ts';
import { usualWay } from '../../src/artifacts/usual-way.ts';
import { patientsOf } from '../../src/fhir/patient-compartment.ts';
import { addressOf, type Resource, resourcesServed, servedResources, versionOf } from '../../src/fhir/served.ts';
import {
  attempted,
  type Configuration,
  configuration,
  type Exchange,
  isUnobtainable,
  optional,
  Skip,
  test,
} from '../../src/kit/index.ts';
import { patientInContext } from '../../src/smart/patient-in-context.ts';
import { allowsWith, readAll } from '../../src/smart/scope.ts';
import { controlled, judgeProbes, type Probe } from './judging.ts';
import { performersOf } from './one-patient.ts';

const withinRights = test({
  id: 'scopes/within-user-rights',
  title: 'user/ scopes give an app no more than its user may see',
  requirements: ['scopes/within-user-rights'],
  needs: [configuration, scopeGrants, fhirReader, fhirBaseUrl],
  async run({ configuration, scopeGrants, fhirReader, fhirBaseUrl, must, undecided }) {
    const restricted = restrictedUser(configuration);
    if (!restricted) throw new Skip('not-configured', 'needs users.restricted.mayNotSee, such as Observation/obs-9');
    const hidden = restricted.user.mayNotSee;
    const scope = `user/*.${scopeGrants.read}`;
    const [token, witness] = await Promise.all([
      scopeGrants.grant(scope, 'restricted'),
      maySeeMore(configuration, restricted) ? scopeGrants.grant(scope, 'clinician') : null,
    ]);
    const probes = await Promise.all(
      hidden.map(async (address): Promise<readonly Probe[]> => {
        const [type = '', id = ''] = address.split('/');
        if (!allowsWith(token.granted, type, 'r', 's')) {
          throw new Skip(
            'undecided',
            `${token.granted.join(' ')} is not for ${type}, so that its refusal shows nothing`,
          );
        }
        const seen = witness && (await fhirReader.read(address, witness));
        const original = seen && resourcesServed(seen).find((one) => addressOf(one) === address);
        // What is redacted is withheld as well as what is not served.
        const isForbidden = (resource: Resource) =>
          addressOf(resource) === address &&
          (original ? contentOf(resource) === contentOf(original) : !isRedacted(resource));
        const [patient] = original ? patientsOf(original, fhirBaseUrl) : [];
        const paths = [
          ...[address, `${type}?_id=${id}`, `${address}/_history`, `${type}/_history`, `?_type=${type}`],
          ...(original ? [`${address}/_history/${versionOf(original)}`] : []),
          ...(original ? performersOf(original) : []).map((performer) => {
            const [of, whose] = performer.split('/');
            return `${of}?_id=${whose}&_revinclude=${type}:performer`;
          }),
          ...(patient === undefined || type === 'Patient'
            ? []
            : ['patient', 'subject'].flatMap((name) => [
                `${type}?${name}=${patient}`,
                `Patient?_id=${patient}&_revinclude=${type}:${name}`,
              ])),
        ];
        const ways = [
          ...paths.map((path) => [`GET ${path}`, fhirReader.read(path, token)] as const),
          ...(configuration.allowWrites
            ? [
                [`POST ${type}/_search _id=${id}`, fhirReader.search(type, { _id: id }, token)] as const,
                [`batch of GET ${address}`, fhirReader.bundle('batch', [address], token)] as const,
              ]
            : []),
        ];
        const control = controlled(seen, isForbidden);
        return Promise.all(ways.map(async ([what, sent]) => ({ what, exchange: await sent, isForbidden, control })));
      }),
    );
    judgeProbes('scopes/within-user-rights', probes.flat(), `nothing of ${hidden.join(', ')} with ${scope}`, {
      must,
      undecided,
    });
  },
});

/** Whether there is a clinician beside the user who may not see all. */
function maySeeMore({ users: { practitioner } }: Configuration, restricted: SigningIn): boolean {
  return practitioner !== undefined && practitioner.username !== restricted.user?.username;
}

/** Patient/ scopes are for one patient’s data, of which whoever approves may not see all. */
const withinRightsForPatient = test({
  id: 'scopes/within-user-rights-for-patient',
  title: 'patient/ scopes give an app no more than whoever approved them may see',
  requirements: ['scopes/within-user-rights'],
  needs: [configuration, scopeGrants, fhirReader, fhirBaseUrl],
  async run({ configuration, scopeGrants, fhirReader, fhirBaseUrl, must, undecided }) {
    const restricted = restrictedUser(configuration);
    if (!restricted || !maySeeMore(configuration, restricted)) {
      throw new Skip('not-configured', 'needs users.restricted.mayNotSee, and users.practitioner, who may see it');
    }
    const hidden = restricted.user.mayNotSee;
    if (scopeGrants.level !== 'patient') throw new Skip('not-advertised', 'permission-patient is not advertised');
    const [token, witness] = await Promise.all([
      scopeGrants.grant(`launch/patient patient/*.${scopeGrants.read}`, 'restricted'),
      scopeGrants.grant(`user/*.${scopeGrants.read}`, 'clinician'),
    ]);
    const probes = await Promise.all(
      hidden.map(async (address): Promise<readonly Probe[]> => {
        const [type = '', id = ''] = address.split('/');
        const seen = await fhirReader.read(address, witness);
        const original = resourcesServed(seen).find((one) => addressOf(one) === address);
        const isOfPatient =
          original && token.patient !== null && patientsOf(original, fhirBaseUrl).includes(token.patient);
        if (!isOfPatient || !allowsWith(token.granted, type, 'r', 's')) return [];
        const isForbidden = (resource: Resource) =>
          addressOf(resource) === address && contentOf(resource) === contentOf(original);
        const paths = [address, `${type}?_id=${id}`, `${type}?patient=${token.patient}`];
        return Promise.all(
          paths.map(async (path) => ({
            what: `GET ${path}`,
            exchange: await fhirReader.read(path, token),
            isForbidden,
            control: controlled(seen, isForbidden),
          })),
        );
      }),
    );
    if (probes.flat().length === 0) {
      throw new Skip('undecided', `nothing of ${hidden.join(', ')} is known to be of the patient in context`);
    }
    judgeProbes('scopes/within-user-rights', probes.flat(), `nothing of ${hidden.join(', ')} with patient/ scopes`, {
      must,
      undecided,
    });
  },
});

/** Whether a resource says that something was left out of it (FHIR, "Security Labels", SUBSETTED, REDACTED, MASKED). */
function isRedacted({ meta }: Resource): boolean {
  return /"(SUBSETTED|REDACTED|MASKED)"/.test(JSON.stringify(meta) ?? '');
}

function contentOf({ meta: _, text: __, ...content }: Resource): string {
  return JSON.stringify(Object.entries(content).sort(([one], [other]) => one.localeCompare(other)));
}

const userSupported = test({
  id: 'scopes/user-scopes',
  title: 'user/ scopes are granted, and read a patient whom the user may see',
  requirements: ['scopes/user-scopes-supported'],
  needs: [configuration, capabilities, scopeGrants, fhirReader, attempted(usualLaunch)],
  async run({ configuration, capabilities, scopeGrants, fhirReader, usualLaunch, must, undecided }) {
    if (!capabilities.includes('permission-user'))
      throw new Skip('not-advertised', 'permission-user is not advertised');
    const scope = `user/Patient.${scopeGrants.read}`;
    scopeGrants.demandAskable(scope);
    const answer = await scopeGrants.ask(scope, 'clinician');
    if (answer.kind === 'refused') {
      if (answer.how === 'stuck') throw new Skip('undecided', answer.why);
      scopeGrants.mayBeWithheld(scope);
      return must('scopes/user-scopes-supported', false, {
        expected: `a token with ${scope}`,
        actual: answer.why,
        because: answer.exchanges,
      });
    }
    const { grant } = answer;
    const isGranted = readAll(grant.granted).some(({ level }) => level === 'user');
    if (!isGranted) scopeGrants.mayBeWithheld(scope);
    must('scopes/user-scopes-supported', isGranted, {
      expected: `a user/ scope to be granted when ${scope} is asked for`,
      actual: grant.granted.join(' ') || 'nothing',
      because: grant.exchange,
    });
    const patient = userOf(configuration, 'practitioner', 'patient').user?.patient ?? configuration.data.patient;
    if (!isGranted || patient === undefined) return;
    const read = await fhirReader.read(`Patient/${patient}`, grant);
    const isSeen = !isUnobtainable(usualLaunch) && patientInContext(usualLaunch.tokens.members) === patient;
    if (!isSeen && (read.response?.status === 404 || read.response?.status === 410)) {
      const message = `nothing shows that there is a patient ${patient}: GET Patient/${patient} was answered ${answered(read)}; look at data.patient, and at patient of the user`;
      return undecided('scopes/user-scopes-supported', { message, because: [grant.exchange, read] });
    }
    must('scopes/user-scopes-supported', servedResources(read, 'Patient').length > 0, {
      expected: `GET Patient/${patient} to be answered to a token with ${grant.granted.join(' ')}`,
      actual: answered(read),
      because: [grant.exchange, read],
    });
  },
});

const userReach = test({
  id: 'scopes/user-scope-reach',
  title: 'user/ scopes reach every patient the user may see',
  requirements: ['scopes/user-scope-reach'],
  needs: [configuration, capabilities, patientRecord, othersRecord, scopeGrants, usualWay, launcher, fhirReader],
  async run({ configuration, capabilities, patientRecord, othersRecord, scopeGrants, usualWay, ...rest }) {
    const { launcher, fhirReader, must } = rest;
    if (!capabilities.includes('permission-user'))
      throw new Skip('not-advertised', 'permission-user is not advertised');
    const token = await scopeGrants.grant(`user/Patient.${scopeGrants.read}`, 'clinician');
    if (!readAll(token.granted).some(({ level }) => level === 'user'))
      throw new Skip('undecided', `a token with ${token.granted.join(' ')} has no user/ scope to reach anybody with`);
    const patients = [patientRecord.patient, othersRecord.patient];
    const reads = await Promise.all(patients.map((patient) => fhirReader.read(`Patient/${patient}`, token)));
    const unseen = patients.filter((_, index) => !isServed(reads[index]));
    for (const patient of unseen) {
      // Whose chart the user may open in a launch, the user may see.
      const signingIn = userOf(configuration, 'practitioner', 'patient');
      const { patientName: _, ...user } = signingIn.user ?? { username: '' };
      const opened = await launcher.grant({
        client: scopeGrants.client,
        signingIn: { ...signingIn, user: signingIn.user && { ...user, patient } },
        scope: usualWay.withSignOn(`launch/patient patient/Patient.${scopeGrants.read}`, scopeGrants.client),
      });
      if (patientInContext(opened.tokens.members) !== patient) {
        throw new Skip('undecided', `nothing shows that the user may see patient ${patient}`);
      }
    }
    must('scopes/user-scope-reach', unseen.length === 0, {
      expected: `patients ${patients.join(' and ')}, both of whom the user may see, to be read with ${token.granted.join(' ')}`,
      actual: unseen.length === 0 ? 'both' : `not ${unseen.join(', ')}`,
      because: [token.exchange, ...reads],
    });
  },
});

function isServed(exchange: Exchange | undefined): boolean {
  return exchange !== undefined && servedResources(exchange, 'Patient').length > 0;
}

const systemReach = test({
  id: 'scopes/system-scope-reach',
  title: 'system/ scopes are for clients that act without a user, and give them data',
  requirements: ['scopes/system-scope-reach'],
  needs: [scopeGrants, fhirReader, optional(backendToken)],
  async run({ scopeGrants, fhirReader, backendToken, should, undecided }) {
    const scope = `system/Patient.${scopeGrants.read}`;
    const answer = await scopeGrants.ask(scope);
    if (answer.kind === 'granted' && typeof answer.grant.members.scope !== 'string') {
      const message = `a launch that asked for ${scope} brought a token, and no scope that tells what it is good for`;
      undecided('scopes/system-scope-reach', { message, because: answer.grant.exchange });
    } else {
      const inLaunch = answer.kind === 'granted' ? answer.grant.granted.filter((one) => one.startsWith('system/')) : [];
      should('scopes/system-scope-reach', inLaunch.length === 0, {
        expected: `no system/ scope in a user\u2019s launch that asks for ${scope}`,
        actual: inLaunch.length === 0 ? 'none' : `granted ${inLaunch.join(' ')}`,
        because: answer.kind === 'granted' ? answer.grant.exchange : answer.exchanges,
      });
    }
    if (!backendToken) return;
    const { client, tokens, scope: requested, exchange } = backendToken;
    const found = readAll(tokens.scopes ?? requested.split(' ')).find(
      ({ level, permissions }) => level === 'system' && permissions.includes('s'),
    );
    if (!found) return;
    const type = found.type === '*' ? 'Patient' : found.type;
    const search = await fhirReader.read(`${type}?_count=1`, { client, accessToken: tokens.accessToken });
    should('scopes/system-scope-reach', isSuccess(search), {
      expected: `a search of ${type} to be allowed by the ${found.level}/ scope that the service was granted`,
      actual: answered(search),
      because: [exchange, search],
    });
  },
});

export const userTests = [withinRights, withinRightsForPatient, userSupported, userReach, systemReach];

import { answered } from '../../src/artifacts/document.ts';
import { type FhirReader, fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { fhirVersion } from '../../src/artifacts/fhir-version.ts';
import type { Grant } from '../../src/artifacts/launcher.ts';
import { grantedScopes } from '../../src/artifacts/refreshes.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { userOf } from '../../src/artifacts/users.ts';
import { usualWay } from '../../src/artifacts/usual-way.ts';
import { isResourceType } from '../../src/fhir/resource-types.ts';
import { servedResources } from '../../src/fhir/served.ts';
import { Block, configuration, describe, isSince, optional, Skip, test } from '../../src/kit/index.ts';
import { readJwt } from '../../src/oauth/jwt.ts';
import { patientInContext } from '../../src/smart/patient-in-context.ts';
import { asksForUser, type FhirUser, fhirUserClaim, fhirUsers, resolveFhirUser } from './fhir-users.ts';
import { isSomeoneElse, secondSignIns } from './second-sign-ins.ts';

const claim = test({
  id: 'openid-connect/fhir-user-claim',
  title: 'The id_token says which resource represents the user',
  requirements: ['openid-connect/fhir-user-claim'],
  needs: [fhirUsers],
  run({ fhirUsers, must }) {
    // Where there is an id_token openid was granted, whether or not the response names it.
    for (const { claim, because } of fhirUsers) {
      must('openid-connect/fhir-user-claim', typeof claim === 'string' && claim !== '', {
        expected: 'fhirUser, a string, as openid and fhirUser were granted',
        actual: describe(claim),
        because,
      });
    }
  },
});

const type = test({
  id: 'openid-connect/fhir-user-type',
  title: 'The user is a patient, a practitioner or another person',
  requirements: ['openid-connect/fhir-user-type', 'openid-connect/fhir-user-url'],
  needs: [configuration, fhirUsers, optional(fhirVersion)],
  run({ configuration: { specVersion }, fhirUsers, fhirVersion, must, info }) {
    const release = fhirVersion?.release ?? null;
    const roles = isSince(specVersion, '2.1') ? ['PractitionerRole'] : [];
    const named = ['Patient', 'Practitioner', ...roles, 'RelatedPerson', 'Person'];
    const allowed = named.filter((type) => isResourceType(type, release));
    for (const { claim, type, path, because } of present(fhirUsers)) {
      must('openid-connect/fhir-user-type', type !== null && allowed.includes(type), {
        expected: `fhirUser to be the URL of a ${allowed.join(', ')}`,
        actual: describe(claim),
        because,
      });
      const place = path === null ? 'on another server' : 'below the FHIR base URL';
      info('openid-connect/fhir-user-url', { message: `fhirUser, ${describe(claim)}, is ${place}`, because });
    }
  },
});

/** Those with a claim; that it is there is judged by itself. */
function present(users: readonly FhirUser[]): readonly FhirUser[] {
  const named = users.filter(({ claim }) => claim !== undefined);
  if (named.length > 0) return named;
  throw new Skip('undecided', 'no id_token has fhirUser, which openid-connect/fhir-user-claim judges');
}

const personLast = test({
  id: 'openid-connect/fhir-user-person-last',
  title: 'The user is a Person only where no other type fits',
  requirements: ['openid-connect/fhir-user-person-last'],
  needs: [configuration, fhirUsers],
  run({ configuration, fhirUsers, should }) {
    const standalone = userOf(configuration, 'patient', 'practitioner').name;
    for (const { launch, type, claim, because } of present(fhirUsers)) {
      // What the configuration calls a user says what they are.
      const name = launch.opening?.signingIn.name ?? standalone;
      const fits = { patient: 'Patient', practitioner: 'Practitioner' }[name];
      should('openid-connect/fhir-user-person-last', type !== 'Person' || fits === undefined, {
        expected: `another type than Person${fits === undefined ? '' : `, such as ${fits}`}, for the user "${name}"`,
        actual: describe(claim),
        because,
      });
    }
  },
});

const resolves = test({
  id: 'openid-connect/fhir-user-resolves',
  title: 'fhirUser leads to a resource of its type',
  requirements: ['openid-connect/fhir-user-resolves'],
  needs: [fhirUsers, fhirReader],
  async run({ fhirUsers, fhirReader, must, undecided }) {
    const requirement = 'openid-connect/fhir-user-resolves';
    for (const { launch, url, path, type, claim, because } of fhirUsers) {
      if (url && path === null) {
        const message = `fhirUser is on another server, ${url.host}, to which the token is not sent`;
        undecided(requirement, { message, because });
        continue;
      }
      const read = path === null ? null : await readUser(fhirReader, path, launch);
      const status = read?.response?.status;
      // What a token may not read, some servers say is not there.
      const isInContext = path === `Patient/${patientInContext(launch.tokens.members)}`;
      const scopes = grantedScopes(launch).filter((scope) => isInContext || !scope.startsWith('patient/'));
      const mayBeHidden = status === 404 && !scopes.some((scope) => opens(scope, type));
      if (read && (status === 401 || status === 403 || mayBeHidden)) {
        const message = `whether ${path} is there is not known: the token may not read it (${status})`;
        undecided(requirement, { message, because: [...because, read] });
        continue;
      }
      must(requirement, read !== null && type !== null && servedResources(read, type).length > 0, {
        expected: 'fhirUser to lead to a resource of the type in its URL',
        actual: read ? `${status} for ${path}` : `fhirUser is ${describe(claim)}`,
        because: [...because, ...(read ? [read] : [])],
      });
    }
  },
});

/** Whether a scope clearly opens resources of a type outside the record of a patient, or patients themselves. */
export function opens(scope: string, type: string | null): boolean {
  const [, level, scopeType, permissions = ''] = /^(patient|user)\/([A-Za-z]+|\*)\.([a-z]+|\*)$/.exec(scope) ?? [];
  const reads = permissions === '*' || permissions === 'read' || (permissions !== 'write' && permissions.includes('r'));
  return reads && (scopeType === '*' || scopeType === type) && (level === 'user' || type === 'Patient');
}

/** @throws Block when nothing came back */
async function readUser(reader: FhirReader, path: string, { client, tokens }: Pick<Grant, 'client' | 'tokens'>) {
  const exchange = await reader.read(path, { client, accessToken: tokens.accessToken });
  if (exchange.response) return exchange;
  throw new Block(`the user\u2019s resource was not reached: ${exchange.error?.message ?? 'no answer'}`, [exchange]);
}

const readable = test({
  id: 'openid-connect/fhir-user-readable',
  title: 'A token for openid and fhirUser alone reads the user\u2019s own resource',
  requirements: ['openid-connect/fhir-user-readable'],
  needs: [fhirUsers, fhirBaseUrl, fhirReader, usualWay],
  async run({ fhirUsers, fhirBaseUrl, fhirReader, usualWay, should }) {
    const control = fhirUsers.find(({ launch }) => launch.kind === usualWay.kind);
    if (!control) throw new Skip('undecided', `fhirUser was granted in no ${usualWay.kind} launch`);
    const { client } = control.launch;
    const grant = await usualWay.grant({ client, scope: 'openid fhirUser' });
    const jwt = readJwt(grant.tokens.idToken ?? '');
    const { path } = resolveFhirUser(jwt.kind === 'jwt' ? jwt.claims.fhirUser : undefined, fhirBaseUrl);
    if (path === null)
      throw new Skip('undecided', 'a launch with openid and fhirUser alone named no user of this server');
    const read = await readUser(fhirReader, path, grant);
    const type = path.slice(0, path.indexOf('/'));
    should('openid-connect/fhir-user-readable', servedResources(read, type).length > 0, {
      expected: `${path} to be readable with openid and fhirUser alone`,
      actual: answered(read),
      because: [grant.exchange, read],
    });
  },
});

const notThePatient = test({
  id: 'openid-connect/fhir-user-not-the-chart',
  title: 'fhirUser is who launched the app, not the patient whose chart is open',
  requirements: ['openid-connect/fhir-user-claim'],
  needs: [fhirUsers],
  run({ fhirUsers, must }) {
    // What the configuration calls a user says what they are.
    const ofPractitioners = fhirUsers.filter(({ launch }) => launch.opening?.signingIn.name === 'practitioner');
    if (ofPractitioners.length === 0) {
      throw new Skip('not-configured', 'needs launches from the EHR by users.practitioner');
    }
    for (const { launch, path, claim, because } of ofPractitioners) {
      const patient = patientInContext(launch.tokens.members);
      must('openid-connect/fhir-user-claim', patient === null || path !== `Patient/${patient}`, {
        expected: `fhirUser to represent ${launch.opening?.signingIn.user?.username ?? 'users.practitioner'}`,
        actual: `${describe(claim)}${path === `Patient/${patient}` ? ', the patient in context' : ''}`,
        because,
      });
    }
  },
});

const others = test({
  id: 'openid-connect/fhir-user-of-another',
  title: 'Another user has another fhirUser',
  requirements: ['openid-connect/fhir-user-claim'],
  needs: [configuration, fhirBaseUrl, secondSignIns],
  run({ configuration: { specVersion }, fhirBaseUrl, secondSignIns: { again, different }, must, should, info }) {
    const requirement = 'openid-connect/fhir-user-claim';
    if (!different) throw new Skip('not-configured', 'needs one more of users, who can launch the same app');
    const { signingIn, grant, jwt } = different;
    if (!grantedScopes(grant).some(asksForUser(specVersion))) {
      throw new Skip('undecided', `fhirUser was not granted to ${signingIn.name}, who may be represented by nothing`);
    }
    const claims = [again, different].map((one) => fhirUserClaim(one.jwt.claims, specVersion));
    const because = [again.grant.exchange, grant.exchange];
    const actual = describe(claims[1]);
    must(requirement, typeof claims[1] === 'string' && claims[1] !== '', {
      expected: `fhirUser, a string, for ${signingIn.user?.username ?? signingIn.name} as well`,
      actual,
      because: grant.exchange,
    });
    const [one, other] = claims.map((claim) => resolveFhirUser(claim, fhirBaseUrl).url?.href);
    if (other === undefined || !isSomeoneElse(again, different) || jwt.claims.sub === undefined) return;
    if (one === other && /\/Person\/[^/]+$/.test(other)) {
      // Which is there for one who has several roles, and an account for each.
      return info(requirement, { message: `both accounts belong to one ${actual}`, because });
    }
    // One person may have two accounts; patient and practitioner are two people to whoever configured them.
    const kinds = [again, different].map(({ signingIn: { name } }) => name);
    const demand = kinds.includes('patient') && kinds.includes('practitioner') ? must : should;
    demand(requirement, one !== other, {
      expected: `another fhirUser for ${signingIn.user?.username ?? signingIn.name}, whose sub is another`,
      actual: one === other ? `${actual} for both` : actual,
      because,
    });
  },
});

export const fhirUserTests = [claim, type, personLast, resolves, readable, notThePatient, others];

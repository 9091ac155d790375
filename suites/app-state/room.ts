import { newState, type StateIdentity } from '../../src/artifacts/app-state/basic.ts';
import {
  otherPatientOwner,
  owner,
  patientOwner,
  stateLaunches,
  userOwner,
} from '../../src/artifacts/app-state/state-actors.ts';
import { stateApi } from '../../src/artifacts/app-state/state-api.ts';
import { ordinaryApp, stateApp, tokenOf } from '../../src/artifacts/app-state/state-app.ts';
import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import { answered } from '../../src/artifacts/document.ts';
import { fhirVersion } from '../../src/artifacts/fhir-version.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { isResourceType } from '../../src/fhir/resource-types.ts';
import { resourceTypesIn } from '../../src/fhir/resource-types-in.ts';
import { attempted, configuration, isUnobtainable, optional, Skip, test } from '../../src/kit/index.ts';
import { belowBase } from '../../src/smart/well-known.ts';
import { intrude } from './access.ts';
import { isForbidden } from './judging.ts';
import { storedLifecycle } from './lifecycle.ts';

const perCode = test({
  id: 'app-state/one-resource-per-code',
  title: 'There is room for a resource under each state code',
  requirements: ['app-state/one-resource-per-code'],
  needs: [owner, stateApi, storedLifecycle],
  async run({ owner, stateApi, storedLifecycle, must, undecided }) {
    const [first, second] = owner.app.codes;
    if (!second) throw new Skip('not-configured', 'needs a second one in clients.appState.stateCodes');
    const identities = [first, second].map((code): StateIdentity => ({ code, subject: owner.subject }));
    await stateApi.alone(
      identities.map((identity) => ({ actor: owner, identity })),
      async (session) => {
        const created = [];
        for (const identity of identities) created.push(await session.create(owner, newState(identity)));
        const refused = created.find(({ isAccepted }) => !isAccepted);
        const because = [storedLifecycle.created.exchange, ...created.map(({ exchange }) => exchange)];
        if (refused && isForbidden(refused.exchange)) {
          const message = `${owner.client.clientId} may not use ${identities.map(({ code }) => tokenOf(code)).join(' and ')}`;
          return undecided('app-state/one-resource-per-code', { message, because });
        }
        must('app-state/one-resource-per-code', !refused, {
          expected: `a resource under ${tokenOf(first)} and another under ${tokenOf(second)}`,
          actual: created.map(({ exchange }) => answered(exchange)).join(', then '),
          because,
        });
      },
    );
  },
});

/** What a subject may be, whatever server it is. */
const requiredTypes = ['Patient', 'Practitioner', 'PractitionerRole', 'RelatedPerson', 'Person'];

function isOf(type: string, reference: string): boolean {
  return reference.split('/').at(-2) === type;
}

const perSubject = test({
  id: 'app-state/one-resource-per-subject',
  title: 'There is room for a resource under each state code and subject',
  requirements: ['app-state/one-resource-per-subject'],
  needs: [attempted(patientOwner), attempted(userOwner), attempted(otherPatientOwner), stateApi],
  async run({ patientOwner, userOwner, otherPatientOwner, stateApi, must, info }) {
    const all = [patientOwner, userOwner, otherPatientOwner];
    const there = all.flatMap((one) => (isUnobtainable(one) ? [] : [one]));
    const possible = there.filter(({ subject }) => requiredTypes.some((type) => isOf(type, subject)));
    const subjects = new Map(possible.map((one) => [one.subject, one]));
    const [first, second] = subjects.values();
    const reason = all.find((one) => isUnobtainable(one));
    if (!first || !second)
      throw (
        reason ??
        new Skip('undecided', 'there is one subject only; data.otherPatient or users.practitioner would be another')
      );
    const holdings = [first, second].map((actor) => ({
      actor,
      identity: { code: actor.code, subject: actor.subject },
    }));
    await stateApi.alone(holdings, async (session) => {
      const created = [];
      for (const { actor, identity } of holdings) created.push(await session.create(actor, newState(identity)));
      must(
        'app-state/one-resource-per-subject',
        created.every(({ isAccepted }) => isAccepted),
        {
          expected: `a resource about ${first.subject} and another about ${second.subject}`,
          actual: created.map(({ exchange }) => answered(exchange)).join(', then '),
          because: created.map(({ exchange }) => exchange),
        },
      );
      const again = await session.create(first, newState({ code: first.code, subject: first.subject }));
      const message = `a second resource for the same code and subject: ${answered(again.exchange)}`;
      info('app-state/one-resource-per-subject', { message, because: again.exchange });
    });
  },
});

const subjectTypes = test({
  id: 'app-state/subject-types',
  title: 'A subject may be a Patient, Practitioner, PractitionerRole, RelatedPerson or Person',
  requirements: ['app-state/subject-types'],
  needs: [
    configuration,
    attempted(userOwner),
    owner,
    stateApi,
    fhirBaseUrl,
    optional(capabilityStatement),
    optional(fhirVersion),
  ],
  async run({ configuration: { data }, userOwner, owner, stateApi, fhirBaseUrl, must, should, undecided, ...more }) {
    const requirement = 'app-state/subject-types';
    const actor = isUnobtainable(userOwner) ? owner : userOwner;
    const known = [
      ...(data.subjects ?? []).map((reference) => belowBase(fhirBaseUrl, reference)),
      ...[actor.subject, actor.patient, actor.user].flatMap((reference) => reference ?? []),
    ];
    const served = resourceTypesIn(more.capabilityStatement?.resource);
    for (const type of requiredTypes) {
      if (!isResourceType(type, more.fhirVersion?.release ?? null)) continue;
      const subject = known.find((reference) => isOf(type, reference));
      if (subject === undefined) {
        if (served.size > 0 && !served.has(type)) continue;
        undecided(requirement, { message: `${type}: needs one in data.subjects` });
        continue;
      }
      const identity = { code: actor.code, subject };
      const { isAccepted, exchange } = await stateApi.alone([{ actor, identity }], (session) =>
        session.create(actor, newState(identity)),
      );
      if (isForbidden(exchange) && actor === owner) {
        // Whoever has scopes for one patient may be kept to that patient.
        const message = `${type}: ${answered(exchange)}; needs an app that acts for its user`;
        undecided(requirement, { message, because: exchange });
        continue;
      }
      const demand = isForbidden(exchange) ? should : must;
      demand(requirement, isAccepted, {
        expected: `state about ${subject} to be stored`,
        actual: answered(exchange),
        because: exchange,
      });
    }
  },
});

const globalState = test({
  id: 'app-state/global-state',
  title: 'State without a subject can be created',
  requirements: ['app-state/global-state'],
  needs: [stateApp, attempted(userOwner), stateApi],
  async run({ stateApp, userOwner, stateApi, must }) {
    if (!stateApp.mayChangeGlobalState) throw new Skip('not-configured', 'needs clients.appState.globalState: true');
    if (isUnobtainable(userOwner)) throw userOwner;
    const identity = { code: userOwner.code, subject: null };
    const { isAccepted, exchange } = await stateApi.alone([{ actor: userOwner, identity }], (session) =>
      session.create(userOwner, newState(identity)),
    );
    must('app-state/global-state', isAccepted, {
      expected: `a Basic under ${tokenOf(identity.code)} without subject to be stored`,
      actual: answered(exchange),
      because: exchange,
    });
  },
});

const administrators = test({
  id: 'app-state/global-state-for-administrators',
  title: 'An ordinary app cannot change global state',
  requirements: ['app-state/global-state-for-administrators'],
  needs: [configuration, stateLaunches, stateApi, attempted(userOwner)],
  async run({ configuration, stateLaunches, stateApi, userOwner, should, undecided }) {
    const requirement = 'app-state/global-state-for-administrators';
    const app = ordinaryApp(configuration);
    if (!app)
      throw new Skip('not-configured', 'needs a client with stateCodes and without globalState in clients.others');
    const actor = await stateLaunches.own(app, 'user', ['practitioner', 'patient']);
    const mine = { code: actor.code, subject: actor.subject };
    const identity = { code: actor.code, subject: null };
    const holdings = [mine, identity].map((one) => ({ actor, identity: one }));
    const [control, creation] = await stateApi.alone(holdings, async (session) => [
      await session.create(actor, newState(mine)),
      await session.create(actor, newState(identity)),
    ]);
    const because = [control, creation].flatMap((one) => one?.exchange ?? []);
    if (!control?.isAccepted || !creation) {
      const message = `${app.client.clientId} could not store state about its user either`;
      return undecided(requirement, { message, because });
    }
    should(requirement, !creation.isAccepted, {
      expected: `${app.client.clientId}, which has no rights to global state, to be refused`,
      actual: answered(creation.exchange),
      because,
    });
    if (isUnobtainable(userOwner) || !userOwner.app.mayChangeGlobalState) return;
    // Of the app that has such rights, where both may keep state under the same code.
    const administrator = userOwner;
    const theirs = { code: administrator.code, subject: null };
    if (!app.codes.some((code) => tokenOf(code) === tokenOf(theirs.code))) return;
    const intrusions = await stateApi.alone([{ actor: administrator, identity: theirs }], (session) =>
      intrude(session, administrator, actor, theirs),
    );
    for (const { letter, what, exchange, succeeded, control, afterwards } of intrusions) {
      if (letter !== 'u' && letter !== 'd') continue;
      if (!succeeded && !control) continue;
      should(requirement, !succeeded, {
        expected: `${what} of global state to be refused to ${app.client.clientId}, which has no rights to it`,
        actual: `${answered(exchange)}; ${afterwards}`,
        because: control ? [control, exchange] : exchange,
      });
    }
  },
});

export const roomTests = [perCode, perSubject, subjectTypes, globalState, administrators];

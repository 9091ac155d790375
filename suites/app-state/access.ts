import { randomUUID } from 'node:crypto';
import { newState, type StateIdentity } from '../../src/artifacts/app-state/basic.ts';
import {
  otherPatientOwner,
  owner,
  patientOwner,
  type StateActor,
  type StateOwner,
  stateLaunches,
  userOwner,
} from '../../src/artifacts/app-state/state-actors.ts';
import {
  type Caller,
  etagIn,
  type Found,
  type StateSession,
  stateApi,
} from '../../src/artifacts/app-state/state-api.ts';
import { ordinaryApp, stateApp, tokenOf } from '../../src/artifacts/app-state/state-app.ts';
import { allowsWithBasic, coversBasic } from '../../src/artifacts/app-state/state-scopes.ts';
import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { nobodies } from '../../src/artifacts/nobodies.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import {
  artifact,
  attempted,
  configuration,
  type Exchange,
  isUnobtainable,
  type Judge,
  Skip,
  test,
} from '../../src/kit/index.ts';
import { afterwards, hasId, isClientError, snapshot, statusIn } from './judging.ts';
import { storedLifecycle } from './lifecycle.ts';

type Letter = 'c' | 'u' | 'd' | 's';

/** What somebody without rights tried, and what came of it. */
export interface Intrusion {
  readonly letter: Letter;
  readonly what: string;
  readonly exchange: Exchange;
  /** Whether it did what it should not have. */
  readonly succeeded: boolean;
  /** Nobody with rights could do it either, just then. */
  readonly control: Exchange | null;
  readonly afterwards: string;
}

/** Tries everything with an owner's state; what the owner may do with it just the same is the control. */
export async function intrude(
  session: StateSession,
  owner: StateOwner,
  intruder: Caller,
  identity: StateIdentity = { code: owner.code, subject: owner.subject },
): Promise<readonly Intrusion[]> {
  const secret = randomUUID();
  const told = { url: 'https://smart-check.test/fhir/secret', valueString: secret };
  const stored = await session.store(owner, newState(identity, [told]));
  const { id, sent } = stored;
  const before = await snapshot(session, owner, identity, id, stored.etag);
  const ways = roundabout(session, identity, id).map(async ({ what, ask }) => {
    const [ownLook, theirLook] = await Promise.all([ask(owner), ask(intruder)]);
    return { what, ownLook, theirLook };
  });
  const [mine, theirs, looks] = await Promise.all([
    session.find(owner, identity, hasId(id)),
    session.find(intruder, identity),
    Promise.all(ways),
  ]);
  const intrusions: Intrusion[] = [
    {
      letter: 's',
      what: 'GET',
      exchange: theirs.exchange,
      succeeded: hasId(id)(theirs.states),
      control: hasId(id)(mine.states) ? mine.exchange : null,
      afterwards: `Basic/${id} ${hasId(id)(theirs.states) ? 'is' : 'is not'} in the answer`,
    },
  ];

  for (const { what, ownLook, theirLook } of looks) {
    const [isSeen, isLeaked] = [hasId(id)(ownLook.states), hasId(id)(theirLook.states)];
    // The guide asks for none of these: there are servers without them.
    if (!isSeen && !isLeaked) continue;
    intrusions.push({
      letter: 's',
      what,
      exchange: theirLook.exchange,
      succeeded: isLeaked,
      control: isSeen ? ownLook.exchange : null,
      afterwards: `Basic/${id} ${isLeaked ? 'is' : 'is not'} in the answer`,
    });
  }

  const altered = { ...newState(identity, [{ url: 'https://smart-check.test/fhir/intruder', valueString: 'x' }]), id };
  const put = await session.update(intruder, id, altered, stored.etag);
  const afterPut = await afterwards(session, owner, identity, before);
  const ownPut = await session.update(owner, id, { ...sent, id }, isSuccess(put) ? etagIn(put) : stored.etag);
  intrusions.push({
    letter: 'u',
    what: 'PUT with the current ETag',
    exchange: put,
    succeeded: isSuccess(put) || isAltered(afterPut.isUnchanged, isSuccess(ownPut)),
    control: isSuccess(ownPut) ? ownPut : null,
    afterwards: afterPut.now,
  });

  const etag = isSuccess(ownPut) ? etagIn(ownPut) : stored.etag;
  const removal = await session.remove(intruder, id, etag);
  const afterDelete = await afterwards(session, owner, identity, before);
  const ownDelete = await session.remove(owner, id, etag);
  intrusions.push({
    letter: 'd',
    what: 'DELETE with the current ETag',
    exchange: removal,
    succeeded: isSuccess(removal) || isAltered(afterDelete.isUnchanged, isSuccess(ownDelete)),
    control: isSuccess(ownDelete) || isSuccess(removal) ? ownDelete : null,
    afterwards: afterDelete.now,
  });

  // Now there is room, also where a server keeps but one resource for each code and subject.
  const post = await session.create(intruder, newState(identity), { owner });
  const ownPost = post.isAccepted ? post : await session.create(owner, newState(identity));
  intrusions.push({
    letter: 'c',
    what: 'POST',
    exchange: post.exchange,
    succeeded: post.isAccepted,
    control: ownPost.isAccepted ? ownPost.exchange : null,
    afterwards: post.isAccepted ? `Basic/${post.id} was stored` : 'nothing was stored',
  });
  // Whatever else came of it: who is told the value has found it.
  const telling = intrusions.filter(
    ({ succeeded, exchange }) => !succeeded && exchange.response?.body.includes(secret),
  );
  return [
    ...intrusions.filter((one) => !telling.includes(one)),
    ...telling.map(
      (one): Intrusion => ({
        ...one,
        letter: 's',
        what: `the answer to ${one.what}`,
        succeeded: true,
        control: mine.exchange,
        afterwards: `the value of Basic/${id} is in it`,
      }),
    ),
  ];
}

/** Other ways to the same state than a search by its code and subject. */
function roundabout(session: StateSession, { code, subject }: StateIdentity, id: string) {
  const token = tokenOf(code);
  const ways: readonly { readonly what: string; readonly ask: (caller: Caller) => Promise<Found> }[] = [
    { what: 'GET by its id', ask: (caller) => session.read(caller, id) },
    { what: 'a search by its code alone', ask: (caller) => session.search(caller, { code: token }) },
    { what: 'a search without parameters', ask: (caller) => session.search(caller, {}) },
    {
      what: 'a search by POST',
      ask: (caller) => session.searchByPost(caller, { code: token, ...(subject !== null && { subject }) }),
    },
    ...(subject === null
      ? []
      : [
          {
            what: 'a search by its subject alone',
            ask: (caller: Caller) => session.search(caller, { subject }),
          },
        ]),
  ];
  return ways;
}

/** What was found changed, though the intruder was refused: by the intruder, when the owner's ETag no longer fits. */
function isAltered(isUnchanged: boolean, ownerSucceeded: boolean): boolean {
  return !isUnchanged && !ownerSucceeded;
}

const tokenRequired = test({
  id: 'app-state/token-required',
  title: 'Nothing is read or changed without a valid token',
  requirements: ['app-state/token-required'],
  needs: [owner, stateApi],
  async run({ owner, stateApi, must, should, undecided }) {
    const requirement = 'app-state/token-required';
    const holdings = [{ actor: owner, identity: { code: owner.code, subject: owner.subject } }];
    for (const { who, accessToken } of nobodies) {
      const intruder = { client: owner.client, accessToken };
      const intrusions = await stateApi.alone(holdings, (session) => intrude(session, owner, intruder));
      for (const { what, exchange, succeeded, control, afterwards } of intrusions) {
        if (!control && !succeeded) {
          const message = `${what}: the owner could not do it either`;
          undecided(requirement, { message, because: exchange });
          continue;
        }
        const evidence = {
          expected: `${what} ${who} to be answered 401`,
          actual: `${answered(exchange)}; ${afterwards}`,
          because: control ? [control, exchange] : exchange,
        };
        const isRefused = !succeeded && !isSuccess(exchange);
        must(requirement, isRefused, evidence);
        if (isRefused) should(requirement, statusIn(exchange, 401), evidence);
      }
    }
  },
});

/** Another app, with a token that says nothing of state. */
const stranger = artifact({
  name: 'stranger',
  needs: [configuration, capabilities, stateLaunches],
  async obtain({ configuration: { clients }, capabilities, stateLaunches }): Promise<StateActor> {
    const all = [...(clients.others ?? []), clients.public, clients.symmetric, clients.asymmetric];
    const others = all.flatMap((client) => {
      const isOther = client && client.clientId !== clients.appState?.clientId && client.stateCodes === undefined;
      return isOther && client.redirectUri !== undefined ? [{ ...client, redirectUri: client.redirectUri }] : [];
    });
    const [client] = others;
    if (!client)
      throw new Skip('not-configured', 'needs clients.others, or public, with a redirectUri and without stateCodes');
    const level =
      capabilities.includes('permission-user') && !capabilities.includes('permission-patient') ? 'user' : 'patient';
    const suffix = capabilities.includes('permission-v1') && !capabilities.includes('permission-v2') ? 'read' : 'rs';
    return stateLaunches.with(client, [`${level}/Patient.${suffix}`], ['patient', 'practitioner']);
  },
});

const authorizedApps = test({
  id: 'app-state/authorized-apps-only',
  title: 'An app without rights neither finds nor changes another\u2019s state',
  requirements: ['app-state/authorized-apps-only'],
  needs: [owner, stranger, stateApi],
  async run({ owner, stranger, stateApi, ...judge }) {
    const requirement = 'app-state/authorized-apps-only';
    const holdings = [{ actor: owner, identity: { code: owner.code, subject: owner.subject } }];
    const intrusions = await stateApi.alone(holdings, (session) => intrude(session, owner, stranger));
    const by = `by ${stranger.client.clientId} with scope=${stranger.scopes.join(' ')}`;
    judgeIntrusions(requirement, intrusions, stranger, by, judge);
  },
});

/** @param how - an intruder tried, for the report: `by my-app with scope=openid` */
function judgeIntrusions<Id extends string>(
  requirement: Id,
  intrusions: readonly Intrusion[],
  intruder: StateActor,
  how: string,
  { must, undecided }: Pick<Judge<Id>, 'must' | 'undecided'>,
): void {
  for (const intrusion of intrusions) {
    const { letter, what, exchange, succeeded, control, afterwards } = intrusion;
    const open = whyUndecided(intrusion, intruder);
    const because = [intruder.exchange, ...(control ? [control] : []), exchange];
    if (open !== null) {
      undecided(requirement, { message: `${what}: ${open}`, because });
      continue;
    }
    must(requirement, !succeeded, {
      expected: `${what} ${how} to be refused${letter === 's' ? ', or to find nothing' : ''}`,
      actual: `${answered(exchange)}; ${afterwards}`,
      because,
    });
  }
}

/** Why an intrusion decides nothing, in words; null when it does. */
function whyUndecided({ letter, exchange, succeeded, control }: Intrusion, intruder: StateActor): string | null {
  if (succeeded && allowsWithBasic(intruder.scopes, letter))
    return `granted was ${intruder.scopes.join(' ')}, which covers it`;
  if (succeeded) return null;
  if (!control) return 'the owner could not do it either';
  const isPlain = letter === 's' ? isSuccess(exchange) || isClientError(exchange) : statusIn(exchange, 401, 403, 404);
  return isPlain ? null : `refused with ${answered(exchange)}, perhaps for another reason`;
}

const trustedCodes = test({
  id: 'app-state/codes-of-trusted-apps',
  title: 'An app cannot store state under a code that is not its own',
  requirements: ['app-state/codes-of-trusted-apps'],
  needs: [owner, stateApi],
  async run({ owner, stateApi, should, undecided }) {
    const requirement = 'app-state/codes-of-trusted-apps';
    const foreign = { code: { system: 'https://another-app.smart-check.test', code: 'keys' }, subject: owner.subject };
    const mine = { ...foreign, code: owner.code };
    const holdings = [mine, foreign].map((identity) => ({ actor: owner, identity }));
    const { control, creation } = await stateApi.alone(holdings, async (session) => ({
      control: await session.create(owner, newState(mine)),
      creation: await session.create(owner, newState(foreign)),
    }));
    const because = [control.exchange, creation.exchange];
    if (!control.isAccepted) {
      return undecided(requirement, { message: 'state under a code of its own was not stored either', because });
    }
    should(requirement, !creation.isAccepted, {
      expected: `state under ${tokenOf(foreign.code)}, a code of another origin, to be refused to ${owner.client.clientId}`,
      actual: answered(creation.exchange),
      because,
    });
  },
});

/** Rights to one code alone, as scopes ("Granting access at the patient level"). */
function codeScope(letters: string, { code }: StateOwner): string {
  return `patient/Basic.${letters}?code=${tokenOf(code)}`;
}

/** @throws Skip when another scope on Basic was granted than the one asked for: rights are no scopes there */
function demandGranted(actor: StateActor, scope: string): void {
  const onBasic = actor.scopes.filter((one) => coversBasic(one)).map(decoded);
  if (onBasic.length === 1 && onBasic[0] === scope) return;
  const granted = onBasic.length === 0 ? 'no scope on Basic' : onBasic.join(' ');
  throw new Skip(
    'not-advertised',
    `${scope} was asked for, and granted was ${granted}: rights to state are no scopes here`,
  );
}

function decoded(scope: string): string {
  try {
    return decodeURIComponent(scope);
  } catch {
    return scope;
  }
}

const separateRights = test({
  id: 'app-state/rights-tracked-separately',
  title: 'The right to search state of a patient is no right to change it, nor to search global state',
  requirements: ['app-state/rights-tracked-separately'],
  needs: [configuration, patientOwner, attempted(userOwner), stateLaunches, stateApi],
  async run({ configuration, patientOwner, userOwner, stateLaunches, stateApi, must, undecided }) {
    const requirement = 'app-state/rights-tracked-separately';
    const companion = ordinaryApp(configuration);
    const isCompanion = companion?.codes.some((code) => tokenOf(code) === tokenOf(patientOwner.code));
    const { client } = isCompanion && companion ? companion : patientOwner;
    const scope = codeScope('s', patientOwner);
    const reader = await stateLaunches.with(client, [scope], ['patient', 'practitioner']);
    demandGranted(reader, scope);
    const identity = { code: patientOwner.code, subject: patientOwner.subject };
    const intrusions = await stateApi.alone([{ actor: patientOwner, identity }], (session) =>
      intrude(session, patientOwner, reader),
    );
    const [searched, ...changes] = intrusions;
    must(requirement, searched?.succeeded === true, {
      expected: `state of the patient to be found with ${scope}`,
      actual: searched ? `${answered(searched.exchange)}; ${searched.afterwards}` : '',
      because: [reader.exchange, ...(searched ? [searched.exchange] : [])],
    });
    const writing = changes.filter(({ letter }) => letter !== 's');
    judgeIntrusions(requirement, writing, reader, `with ${scope}`, { must, undecided });
    if (isUnobtainable(userOwner) || !userOwner.app.mayChangeGlobalState) return;
    const global = { code: userOwner.code, subject: null };
    await stateApi.alone([{ actor: userOwner, identity: global }], async (session) => {
      const { id, exchange } = await session.create(userOwner, newState(global));
      const control = await session.find(userOwner, global, id === null ? undefined : hasId(id));
      if (id === null || !hasId(id)(control.states)) return;
      const found = await session.find(reader, global);
      must(requirement, !hasId(id)(found.states), {
        expected: `global state not to be found with ${scope}`,
        actual: `${answered(found.exchange)}${hasId(id)(found.states) ? `, with Basic/${id}` : ''}`,
        because: [exchange, control.exchange, found.exchange],
      });
    });
  },
});

const rightsAsScopes = test({
  id: 'app-state/rights-as-scopes',
  title: 'A scope for one code gives no access to state of another',
  requirements: ['app-state/rights-as-scopes'],
  needs: [patientOwner, stateLaunches, stateApi, storedLifecycle],
  async run({ patientOwner, stateLaunches, stateApi, must, undecided }) {
    const requirement = 'app-state/rights-as-scopes';
    const [, second] = patientOwner.app.codes;
    if (!second) throw new Skip('not-configured', 'needs a second one in clients.appState.stateCodes');
    const scope = codeScope('cuds', patientOwner);
    const narrow = await stateLaunches.with(patientOwner.client, [scope], ['patient', 'practitioner']);
    demandGranted(narrow, scope);
    const mine = { code: patientOwner.code, subject: patientOwner.subject };
    const control = await stateApi.alone([{ actor: patientOwner, identity: mine }], (session) =>
      session.create(narrow, newState(mine), { owner: patientOwner }),
    );
    must(requirement, control.isAccepted, {
      expected: `state under ${tokenOf(mine.code)} to be stored with ${scope}`,
      actual: answered(control.exchange),
      because: [narrow.exchange, control.exchange],
    });
    if (!control.isAccepted) return;
    const wide = { ...patientOwner, code: second };
    const holding = { actor: wide, identity: { code: second, subject: wide.subject } };
    const intrusions = await stateApi.alone([holding], (session) => intrude(session, wide, narrow));
    // The scope covers Basic, and not of this code.
    const intruder = { ...narrow, scopes: [] };
    const how = `of state under ${tokenOf(second)} with ${scope}`;
    judgeIntrusions(requirement, intrusions, intruder, how, { must, undecided });
  },
});

const otherPatients = test({
  id: 'app-state/subject-bound-to-patient',
  title: 'Rights for the patient in context do not reach another\u2019s state',
  requirements: ['app-state/subject-bound'],
  needs: [patientOwner, otherPatientOwner, stateApi],
  async run({ patientOwner, otherPatientOwner, stateApi, must, undecided }) {
    if (patientOwner.subject === otherPatientOwner.subject) {
      throw new Skip('undecided', `both launches came with ${patientOwner.subject}: data.otherPatient is to be chosen`);
    }
    const because = [patientOwner.exchange];
    if (patientOwner.scopes.some((scope) => coversBasic(scope, 'user'))) {
      const message = `granted was ${patientOwner.scopes.join(' ')}: as the user the app may reach further`;
      return undecided('app-state/subject-bound', { message, because });
    }
    const identity = { code: otherPatientOwner.code, subject: otherPatientOwner.subject };
    const intrusions = await stateApi.alone([{ actor: otherPatientOwner, identity }], (session) =>
      intrude(session, otherPatientOwner, patientOwner),
    );
    judgeBound(intrusions, patientOwner, otherPatientOwner, { must, undecided });
  },
});

/** Patients and their relatives: staff may be allowed to see to each other's state. */
const layTypes = /\/(Patient|RelatedPerson)\/[^/]+$/;

const otherUsers = test({
  id: 'app-state/subject-bound-to-user',
  title: 'Rights of a user who is no staff do not reach another user\u2019s state',
  requirements: ['app-state/subject-bound'],
  needs: [stateApp, userOwner, stateLaunches, stateApi],
  async run({ stateApp, userOwner, stateLaunches, stateApi, ...judge }) {
    const lay = await stateLaunches.own(stateApp, 'user', ['patient', 'practitioner']);
    if (!layTypes.test(lay.user ?? '') || lay.user === userOwner.user) {
      throw new Skip(
        'not-configured',
        `needs users.patient, who is no staff, beside users.practitioner: ${lay.user} it was`,
      );
    }
    const identity = { code: userOwner.code, subject: userOwner.subject };
    const intrusions = await stateApi.alone([{ actor: userOwner, identity }], (session) =>
      intrude(session, userOwner, lay),
    );
    judgeBound(intrusions, lay, userOwner, judge);
  },
});

function judgeBound(
  intrusions: readonly Intrusion[],
  intruder: StateOwner,
  owner: StateOwner,
  judge: Pick<Judge<'app-state/subject-bound'>, 'must' | 'undecided'>,
): void {
  const how = `of state about ${owner.subject} in the context of ${intruder.subject}`;
  // Its scopes cover Basic, and not about this subject.
  judgeIntrusions('app-state/subject-bound', intrusions, { ...intruder, scopes: [] }, how, judge);
}

export const accessTests = [
  tokenRequired,
  authorizedApps,
  trustedCodes,
  separateRights,
  rightsAsScopes,
  otherPatients,
  otherUsers,
];

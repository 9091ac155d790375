import {
  type Basic,
  basicIn,
  newState,
  readEtag,
  type StateIdentity,
  versionOf,
} from '../../src/artifacts/app-state/basic.ts';
import { owner, type StateOwner, userOwner } from '../../src/artifacts/app-state/state-actors.ts';
import {
  etagIn,
  type StateApi,
  type StateSession,
  type Stored,
  stateApi,
} from '../../src/artifacts/app-state/state-api.ts';
import { tokenOf } from '../../src/artifacts/app-state/state-app.ts';
import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { missingFrom } from '../../src/fhir/missing-from.ts';
import { attempted, configuration, type Exchange, isUnobtainable, Skip, test } from '../../src/kit/index.ts';
import { belowBase } from '../../src/smart/well-known.ts';
import { type Afterwards, afterwards, contentOf, hasId, isForbidden, snapshot, statusIn } from './judging.ts';
import { preferences, storedLifecycle } from './lifecycle.ts';

/** State of the owner, stored for one test. */
interface Changeable {
  readonly session: StateSession;
  readonly identity: StateIdentity;
  readonly stored: Stored;
  /** The same with another value, and with the id, as an update sends it. */
  revised(value: string): Basic;
  /** As a search gives it now. */
  readonly before: Basic;
  /** The same after an update. */
  now(updated: Exchange): Promise<Basic>;
  after(before?: Basic): Promise<Afterwards>;
}

function withState<Result>(owner: StateOwner, api: StateApi, run: (changeable: Changeable) => Promise<Result>) {
  const identity = { code: owner.code, subject: owner.subject };
  return api.alone([{ actor: owner, identity }], async (session) => {
    const stored = await session.store(owner, newState(identity, [{ url: preferences, valueString: 'first' }]));
    const before = await snapshot(session, owner, identity, stored.id, stored.etag);
    return run({
      session,
      identity,
      stored,
      before,
      revised: (valueString) => ({ ...newState(identity, [{ url: preferences, valueString }]), id: stored.id }),
      now: (updated) => snapshot(session, owner, identity, stored.id, etagIn(updated)),
      after: (state = before) => afterwards(session, owner, identity, state),
    });
  });
}

/** @throws Skip where no well-made update works: others are then refused for whatever reason */
function demandSuccess(update: Exchange): void {
  if (isSuccess(update)) return;
  throw new Skip('undecided', 'no update worked, which app-state/update-with-if-match judges');
}

const updated = test({
  id: 'app-state/updated',
  title: 'An update is answered 200 with the new version, its ETag and the Basic as stored',
  requirements: ['app-state/update-answered-200', 'app-state/update-etag-and-body'],
  needs: [storedLifecycle],
  run({ storedLifecycle: { created, updated, foundAgain, id }, must, should }) {
    const { exchange, sent } = updated;
    demandSuccess(exchange);
    const header = exchange.response?.headers.etag;
    const read = readEtag(header);
    const before = readEtag(created.etag ?? undefined)?.version;
    const found = foundAgain.states.find((state) => state.id === id);
    const body = basicIn(exchange);
    const versions = [read?.version, versionOf(found ?? null), versionOf(body)].filter((version) => version != null);
    must('app-state/update-answered-200', statusIn(exchange, 200) && versions.some((version) => version !== before), {
      expected: `200, and another version than ${before}`,
      actual: `${answered(exchange)}, version ${[...new Set(versions)].join(' and ') || 'not given'}`,
      because: [created.exchange, exchange, foundAgain.exchange],
    });
    const faults = [
      ...(read ? [] : [`ETag ${header ?? 'absent'}`]),
      ...(read && read.version === before ? ['the ETag of the version before'] : []),
      ...(body ? [] : ['no Basic in the body']),
      ...(body && versionOf(body) !== read?.version
        ? [`meta.versionId ${versionOf(body) ?? 'absent'}, ETag ${header ?? 'absent'}`]
        : []),
      ...(body && missingFrom(body.extension, sent.extension).length > 0
        ? ['a body with other values than those sent']
        : []),
      ...(found && missingFrom(found.extension, sent.extension).length > 0
        ? ['other values in a search than those sent']
        : []),
    ];
    must('app-state/update-etag-and-body', faults.length === 0, {
      expected: 'the ETag of the new version, and the Basic with that version and the values sent',
      actual: faults.join('; ') || header || '',
      because: [exchange, foundAgain.exchange],
    });
    if (faults.length === 0) {
      should('app-state/update-etag-and-body', read?.isWeak === true, {
        expected: `a weak ETag, W/"${read?.version}"`,
        actual: header ?? '',
        because: exchange,
      });
    }
  },
});

const ifMatchOnUpdate = test({
  id: 'app-state/update-with-if-match',
  title: 'An update needs If-Match',
  requirements: ['app-state/update-with-if-match'],
  needs: [owner, stateApi],
  async run({ owner, stateApi, must, should }) {
    const requirement = 'app-state/update-with-if-match';
    await withState(owner, stateApi, async ({ session, stored, revised, after }) => {
      const bare = await session.update(owner, stored.id, revised('without If-Match'), null);
      const then = await after();
      const control = await session.update(
        owner,
        stored.id,
        revised('second'),
        isSuccess(bare) ? etagIn(bare) : stored.etag,
      );
      must(requirement, isSuccess(control), {
        expected: 'PUT with the current ETag in If-Match to update',
        actual: answered(control),
        because: [stored.exchange, control],
      });
      const evidence = {
        expected: 'PUT without If-Match to be refused with 400 (412 and 428 pass too)',
        actual: `${answered(bare)}; ${then.now}`,
        because: [control, bare, then.exchange],
      };
      must(requirement, !isSuccess(bare) && then.isUnchanged, evidence);
      if (!isSuccess(bare) && then.isUnchanged) should(requirement, statusIn(bare, 400, 412, 428), evidence);
    });
  },
});

/** Tries something by the ETag of a version that has been replaced. */
function staleTest(
  id: 'app-state/update-stale-412' | 'app-state/delete-stale-412',
  title: string,
  otherwise: string,
  act: (changeable: Changeable, owner: StateOwner) => Promise<Exchange>,
) {
  return test({
    id,
    title,
    requirements: [id],
    needs: [owner, stateApi],
    async run({ owner, stateApi, must, undecided }) {
      await withState(owner, stateApi, async (changeable) => {
        const { session, stored, revised, now, after } = changeable;
        const control = await session.update(owner, stored.id, revised('second'), stored.etag);
        if (!isSuccess(control) || etagIn(control) === stored.etag) {
          const message = `there is no old version: ${answered(control)}, ETag ${etagIn(control) ?? 'absent'}`;
          return undecided(id, { message, because: [stored.exchange, control] });
        }
        const second = await now(control);
        const stale = await act(changeable, owner);
        const then = await after(second);
        must(id, statusIn(stale, 412) && then.isUnchanged, {
          expected: `412 for If-Match: ${stored.etag} once it was replaced by ${etagIn(control)}, and ${otherwise}`,
          actual: `${answered(stale)}; ${then.now}`,
          because: [stored.exchange, control, stale, then.exchange],
        });
      });
    },
  });
}

const staleUpdate = staleTest(
  'app-state/update-stale-412',
  'An update of an old version is answered 412',
  'nothing changed',
  ({ session, stored, revised }, owner) => session.update(owner, stored.id, revised('third'), stored.etag),
);

const staleDelete = staleTest(
  'app-state/delete-stale-412',
  'A delete of an old version is answered 412',
  'nothing deleted',
  ({ session, stored }, owner) => session.remove(owner, stored.id, stored.etag),
);

const identityKept = test({
  id: 'app-state/update-identity-412',
  title: 'An update that changes code or subject is answered 412',
  requirements: ['app-state/update-identity-412'],
  needs: [configuration, owner, attempted(userOwner), stateApi, fhirBaseUrl, storedLifecycle],
  async run({ configuration: { data }, userOwner, stateApi, fhirBaseUrl, must, undecided, ...needed }) {
    const requirement = 'app-state/update-identity-412';
    const { exchange: control } = needed.storedLifecycle.updated;
    demandSuccess(control);
    const owner = isUnobtainable(userOwner) ? needed.owner : userOwner;
    const code = owner.app.codes[1] ?? { ...owner.code, code: `${owner.code.code}-2` };
    const other = [owner.patient, belowBase(fhirBaseUrl, `Patient/${data.otherPatient ?? 'smart-check'}`)];
    const subject = other.find((one) => one !== null && one !== owner.subject) ?? null;
    const changes: readonly { what: string; to: StateIdentity }[] = [
      { what: `code ${tokenOf(code)}`, to: { code, subject: owner.subject } },
      ...(subject === null ? [] : [{ what: `subject ${subject}`, to: { code: owner.code, subject } }]),
      { what: 'no subject', to: { code: owner.code, subject: null } },
    ];
    for (const { what, to } of changes) {
      await withState(owner, stateApi, async ({ session, stored, after }) => {
        const changed = await session.update(owner, stored.id, { ...newState(to), id: stored.id }, stored.etag);
        const then = await after();
        const because = [control, changed, then.exchange];
        if (isForbidden(changed) && then.isUnchanged) {
          const message = `${what}: refused for want of rights, which leaves open what would be said to an app with rights`;
          return undecided(requirement, { message, because });
        }
        must(requirement, statusIn(changed, 412) && then.isUnchanged, {
          expected: `412 for an update with ${what} in place of what was stored, and nothing changed`,
          actual: `${answered(changed)}; ${then.now}`,
          because,
        });
      });
    }
  },
});

const idOfUrl = test({
  id: 'app-state/update-id-matches-url',
  title: 'An update whose body has another id, or none, is answered 400',
  requirements: ['app-state/update-id-matches-url'],
  needs: [owner, stateApi, storedLifecycle],
  async run({ owner, stateApi, storedLifecycle, must }) {
    const { exchange: control } = storedLifecycle.updated;
    demandSuccess(control);
    const bodies = [
      { what: 'another id', change: (sent: Basic): Basic => ({ ...sent, id: 'smart-check-other-id' }) },
      { what: 'no id', change: contentOf },
    ];
    for (const { what, change } of bodies) {
      await withState(owner, stateApi, async ({ session, stored, revised, after }) => {
        const changed = await session.update(owner, stored.id, change(revised('second')), stored.etag);
        const then = await after();
        must('app-state/update-id-matches-url', statusIn(changed, 400) && then.isUnchanged, {
          expected: `400 for PUT Basic/${stored.id} with ${what} in the body, and nothing changed`,
          actual: `${answered(changed)}; ${then.now}`,
          because: [control, changed, then.exchange],
        });
      });
    }
  },
});

const ifMatchOnDelete = test({
  id: 'app-state/delete-with-if-match',
  title: 'A delete needs If-Match',
  requirements: ['app-state/delete-with-if-match'],
  needs: [owner, stateApi],
  async run({ owner, stateApi, must, should }) {
    const requirement = 'app-state/delete-with-if-match';
    await withState(owner, stateApi, async ({ session, stored, after }) => {
      const bare = await session.remove(owner, stored.id, null);
      const then = await after();
      const isRefused = !isSuccess(bare) && then.isUnchanged;
      const evidence = {
        expected: 'DELETE without If-Match to be refused with 400 (412 and 428 pass too)',
        actual: `${answered(bare)}; ${then.now}`,
        because: [stored.exchange, bare, then.exchange],
      };
      if (!isRefused) return must(requirement, false, evidence);
      const control = await session.remove(owner, stored.id, stored.etag);
      must(requirement, isSuccess(control), {
        expected: 'DELETE with the current ETag in If-Match to delete',
        actual: answered(control),
        because: [stored.exchange, control],
      });
      if (!isSuccess(control)) return;
      must(requirement, isRefused, evidence);
      should(requirement, statusIn(bare, 400, 412, 428), evidence);
    });
  },
});

const final = test({
  id: 'app-state/delete-final',
  title: 'What was deleted stays deleted',
  requirements: ['app-state/delete-final'],
  needs: [owner, stateApi],
  async run({ owner, stateApi, must, should, undecided }) {
    const requirement = 'app-state/delete-final';
    await withState(owner, stateApi, async ({ session, identity, stored, revised }) => {
      const deleted = await session.remove(owner, stored.id, stored.etag);
      const find = () => session.find(owner, identity, (states) => !hasId(stored.id)(states));
      const gone = await find();
      if (!isSuccess(deleted) || hasId(stored.id)(gone.states)) {
        const message = `nothing was deleted: ${answered(deleted)}`;
        return undecided(requirement, { message, because: [stored.exchange, deleted, gone.exchange] });
      }
      const again = await session.remove(owner, stored.id, stored.etag);
      const back = await session.update(owner, stored.id, revised('again'), stored.etag);
      const then = await find();
      const because = [deleted, again, back, then.exchange];
      const isBack = hasId(stored.id)(then.states);
      must(requirement, !isSuccess(back) && !isBack, {
        expected: `PUT of the deleted Basic/${stored.id} with its last ETag to be answered 412`,
        actual: `${answered(back)}${isBack ? '; the state is back' : ''}`,
        because,
      });
      for (const [method, exchange] of [
        ['DELETE', again],
        ['PUT', back],
      ] as const) {
        if (isSuccess(back) || isBack) break;
        should(requirement, statusIn(exchange, 412), {
          expected: `${method} of the deleted Basic/${stored.id} with its last ETag to be answered 412, as the guide has it`,
          actual: answered(exchange),
          because,
        });
      }
    });
  },
});

const deleteAnswer = test({
  id: 'app-state/delete-answered',
  title: 'A delete is answered 200 or 204, and what was deleted is found no more',
  requirements: ['app-state/delete-answered-200-or-204', 'app-state/deleted-not-found'],
  needs: [storedLifecycle],
  run({ storedLifecycle: { deleted, foundLast, id }, should }) {
    if (!isSuccess(deleted))
      throw new Skip('undecided', 'no delete worked, which app-state/delete-with-if-match judges');
    should('app-state/delete-answered-200-or-204', statusIn(deleted, 200, 204), {
      expected: '200 or 204',
      actual: answered(deleted),
      because: deleted,
    });
    should('app-state/deleted-not-found', !hasId(id)(foundLast.states), {
      expected: `no Basic/${id} in a search after its deletion`,
      actual: hasId(id)(foundLast.states) ? 'it is still found' : 'it is not found',
      because: [deleted, foundLast.exchange],
    });
  },
});

export const changeTests = [
  updated,
  ifMatchOnUpdate,
  staleUpdate,
  identityKept,
  idOfUrl,
  ifMatchOnDelete,
  staleDelete,
  final,
  deleteAnswer,
];

import { appStateBase } from '../../src/artifacts/app-state/app-state-base.ts';
import { type Basic, belongsTo, idOf, newState } from '../../src/artifacts/app-state/basic.ts';
import { owner, userOwner } from '../../src/artifacts/app-state/state-actors.ts';
import { type Found, foundIn, queryFor, stateApi } from '../../src/artifacts/app-state/state-api.ts';
import { stateApp, tokenOf } from '../../src/artifacts/app-state/state-app.ts';
import { answered } from '../../src/artifacts/document.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { missingFrom } from '../../src/fhir/missing-from.ts';
import { artifact, attempted, isRecord, isUnobtainable, Skip, test } from '../../src/kit/index.ts';
import { contentOf, hasId, isForbidden } from './judging.ts';
import { storedLifecycle } from './lifecycle.ts';

/** State beside other state of the same app, where its rights go so far; and searches with one thing changed. */
const searches = artifact({
  name: 'searches',
  needs: [owner, stateApi, storedLifecycle],
  async obtain({ owner, stateApi }) {
    const identity = { code: owner.code, subject: owner.subject };
    const [, secondCode] = owner.app.codes;
    const beside = secondCode ? { code: secondCode, subject: owner.subject } : null;
    const holdings = [identity, ...(beside ? [beside] : [])].map((one) => ({ actor: owner, identity: one }));
    return stateApi.alone(holdings, async (session) => {
      const { id, exchange } = await session.store(owner, newState(identity));
      if (beside) await session.create(owner, newState(beside));
      const exact = await session.find(owner, identity, hasId(id));
      const { system, code } = owner.code;
      const token = tokenOf(owner.code);
      const { subject } = owner;
      const search = async (what: string, query: Readonly<Record<string, string>>) => ({
        what,
        found: await session.search(owner, query),
      });
      const [codes, subjects, [lenientCode, lenientSubject]] = await Promise.all([
        Promise.all([
          search('another code', { code: tokenOf({ system, code: `${code}-2` }), subject }),
          search('the beginning of the code', { code: tokenOf({ system, code: code.slice(0, -1) }), subject }),
          search('another system', { code: `https://smart-check.test/other|${code}`, subject }),
          search('no system', { code: `|${code}`, subject }),
          ...(secondCode ? [search('its other code', { code: tokenOf(secondCode), subject })] : []),
        ]),
        Promise.all([
          search('another patient', { code: token, subject: subject.replace(/[^/]+$/, 'smart-check-nobody') }),
          search('the beginning of the reference', { code: token, subject: subject.slice(0, -1) }),
          search('the same path at another server', {
            code: token,
            subject: `https://smart-check.test/fhir/${relative(subject)}`,
          }),
          search('no subject', { code: token, 'subject:missing': 'true' }),
        ]),
        Promise.all([
          search('the code without its system', { code, subject }),
          search('the relative reference', { code: token, subject: relative(subject) }),
        ]),
      ]);
      const lenient = { code: lenientCode, subject: lenientSubject };
      return { identity, id, exchange, exact, codes, subjects, lenient };
    });
  },
});

function relative(reference: string): string {
  return reference.split('/').slice(-2).join('/');
}

const byCodeAndSubject = test({
  id: 'app-state/search-by-code-and-subject',
  title: 'A search by code and subject finds exactly that state',
  requirements: ['app-state/search-by-code-and-subject'],
  needs: [searches],
  run({ searches: { identity, id, exchange, exact }, must }) {
    const others = exact.states.filter((state) => !belongsTo(state, identity));
    const isFound = hasId(id)(exact.states);
    must('app-state/search-by-code-and-subject', isFound && others.length === 0, {
      expected: `200 and a Bundle with Basic/${id}, and with nothing of another code or subject`,
      actual: `${answered(exact.exchange)}, ${isFound ? 'with' : 'without'} it${others.length > 0 ? `, and with ${named(others)}` : ''}`,
      because: [exchange, exact.exchange],
    });
  },
});

const exactness = test({
  id: 'app-state/search-exact',
  title: 'A search matches code and subject exactly',
  requirements: ['app-state/search-code-exact', 'app-state/search-subject-exact'],
  needs: [searches],
  run({ searches: { id, exact, codes, subjects, lenient }, must, info, undecided }) {
    const kinds = [
      { requirement: 'app-state/search-code-exact', departures: codes, lenient: lenient.code },
      { requirement: 'app-state/search-subject-exact', departures: subjects, lenient: lenient.subject },
    ] as const;
    for (const { requirement, departures, lenient } of kinds) {
      if (!hasId(id)(exact.states)) {
        undecided(requirement, {
          message: 'the state is not found by its own code and subject',
          because: exact.exchange,
        });
        continue;
      }
      must(requirement, true, {
        expected: `Basic/${id} for its code and subject`,
        actual: 'it',
        because: exact.exchange,
      });
      for (const { what, found } of departures) {
        must(requirement, !hasId(id)(found.states), {
          expected: `a search for ${what} not to find Basic/${id}`,
          actual: hasId(id)(found.states) ? 'it is found' : outcomeIn(found),
          because: [exact.exchange, found.exchange],
        });
      }
      const message = `a search for ${lenient.what} ${hasId(id)(lenient.found.states) ? 'finds it too' : `does not find it: ${outcomeIn(lenient.found)}`}`;
      info(requirement, { message, because: lenient.found.exchange });
    }
  },
});

function outcomeIn({ exchange, bundle, states }: Found): string {
  return bundle ? `a Bundle with ${states.length} Basic` : answered(exchange);
}

function named(states: readonly Basic[]): string {
  return states.map((state) => `Basic/${idOf(state)}`).join(', ');
}

const bundle = test({
  id: 'app-state/search-bundle',
  title: 'A search gives a searchset of Basic resources as they were stored',
  requirements: ['app-state/search-bundle', 'app-state/search-bundle-members'],
  needs: [storedLifecycle],
  run({ storedLifecycle: { created, found, id }, must, should, undecided }) {
    const { bundle, exchange, states } = found;
    const entries = bundle && Array.isArray(bundle.entry) ? bundle.entry.filter(isRecord) : [];
    const odd = entries.filter(({ resource, search }) => {
      const type = isRecord(resource) ? resource.resourceType : undefined;
      const mode = isRecord(search) ? search.mode : undefined;
      return type !== 'Basic' && !(type === 'OperationOutcome' && mode === 'outcome');
    });
    const state = states.find((candidate) => idOf(candidate) === id);
    // The subject's form is judged by app-state/create-persists-everything.
    const { subject: _, ...sent } = contentOf(created.sent);
    const changed = state ? missingFrom(state, sent) : [];
    must('app-state/search-bundle', bundle?.type === 'searchset' && odd.length === 0 && changed.length === 0, {
      expected: 'a Bundle of type searchset, with Basic resources as they were stored',
      actual: bundle
        ? [
            `type ${String(bundle.type)}`,
            ...(odd.length > 0 ? ['entries that are no Basic'] : []),
            ...changed.map((path) => `${path} is not as stored`),
          ].join('; ')
        : answered(exchange),
      because: exchange,
    });
    if (!bundle)
      return undecided('app-state/search-bundle-members', { message: 'there is no Bundle', because: exchange });
    const modes = entries
      .filter(({ resource }) => isRecord(resource) && resource.resourceType === 'Basic')
      .map(({ search }) => (isRecord(search) ? search.mode : undefined));
    must(
      'app-state/search-bundle-members',
      modes.every((mode) => mode === undefined || mode === 'match'),
      {
        expected: 'search.mode match in the entries that matched',
        actual: modes.map((mode) => mode ?? 'absent').join(', ') || 'no entries',
        because: exchange,
      },
    );
    const links = Array.isArray(bundle.link) ? bundle.link.filter(isRecord) : [];
    const hasSelf = links.some(({ relation, url }) => relation === 'self' && typeof url === 'string');
    should('app-state/search-bundle-members', hasSelf, {
      expected: 'a link with relation self',
      actual: hasSelf ? 'it is there' : `links: ${links.map(({ relation }) => String(relation)).join(', ') || 'none'}`,
      because: exchange,
    });
  },
});

const global = test({
  id: 'app-state/search-global-state',
  title: 'A search with subject:missing=true finds global state alone',
  requirements: ['app-state/search-global-state'],
  needs: [stateApp, attempted(userOwner), stateApi],
  async run({ stateApp, userOwner, stateApi, must, undecided }) {
    const requirement = 'app-state/search-global-state';
    if (!stateApp.mayChangeGlobalState) throw new Skip('not-configured', 'needs clients.appState.globalState: true');
    if (isUnobtainable(userOwner)) throw userOwner;
    const { code, subject } = userOwner;
    const identities = { all: { code, subject: null }, one: { code, subject } };
    const holdings = Object.values(identities).map((identity) => ({ actor: userOwner, identity }));
    await stateApi.alone(holdings, async (session) => {
      const all = await session.create(userOwner, newState(identities.all));
      const one = await session.create(userOwner, newState(identities.one));
      if (all.id === null || one.id === null) {
        const message = 'global state and state with a subject are needed under the same code, and one was not stored';
        return undecided(requirement, { message, because: [all.exchange, one.exchange] });
      }
      const found = await session.find(userOwner, identities.all, hasId(all.id));
      const [isFound, isOther] = [all.id, one.id].map((id) => hasId(id)(found.states));
      must(requirement, isFound === true && isOther === false, {
        expected: `Basic/${all.id}, which has no subject, and not Basic/${one.id}, which has one`,
        actual: `${answered(found.exchange)}, ${found.states.length === 0 ? 'with neither' : `with ${named(found.states)}`}`,
        because: [all.exchange, one.exchange, found.exchange],
      });
    });
  },
});

const generalSearches = test({
  id: 'app-state/not-in-general-searches',
  title: 'State does not turn up in searches of Basic at the FHIR base URL',
  requirements: ['app-state/not-in-general-searches'],
  needs: [appStateBase, owner, stateApi, fhirReader],
  async run({ appStateBase, owner, stateApi, fhirReader, should }) {
    if (!appStateBase.isApart) throw new Skip('not-advertised', 'App State is served at the FHIR base URL');
    const identity = { code: owner.code, subject: owner.subject };
    await stateApi.alone([{ actor: owner, identity }], async (session) => {
      const { id } = await session.store(owner, newState(identity));
      const control = await session.find(owner, identity, hasId(id));
      const { subject } = owner;
      for (const path of [
        'Basic',
        `Basic?${new URLSearchParams({ subject })}`,
        `Basic?${new URLSearchParams(queryFor(identity))}`,
      ]) {
        const general = foundIn(await fhirReader.read(path, owner));
        should('app-state/not-in-general-searches', !hasId(id)(general.states), {
          expected: `no Basic/${id} for GET ${path} at the FHIR base URL`,
          actual: isForbidden(general.exchange) ? 'the search is refused' : outcomeIn(general),
          because: [control.exchange, general.exchange],
        });
      }
    });
  },
});

export const searchTests = [byCodeAndSubject, exactness, bundle, global, generalSearches];

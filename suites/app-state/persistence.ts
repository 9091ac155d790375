import {
  type Basic,
  basicIn,
  idOf,
  isSameReference,
  newState,
  type StateIdentity,
  subjectOf,
  versionOf,
} from '../../src/artifacts/app-state/basic.ts';
import { owner, type StateOwner } from '../../src/artifacts/app-state/state-actors.ts';
import { type Creation, type StateSession, stateApi } from '../../src/artifacts/app-state/state-api.ts';
import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { missingFrom } from '../../src/fhir/missing-from.ts';
import { artifact, type Exchange, test } from '../../src/kit/index.ts';
import { contentOf, hasId, isClientError, statusIn } from './judging.ts';
import { lifecycle, storedLifecycle } from './lifecycle.ts';

/** What a server gave back of state it accepted: in its answer, and to a search. */
interface RoundTrip {
  readonly creation: Creation;
  readonly returned: readonly { readonly where: string; readonly basic: Basic | null; readonly exchange: Exchange }[];
}

async function roundTrip(
  session: StateSession,
  owner: StateOwner,
  identity: StateIdentity,
  sent: Basic,
): Promise<RoundTrip> {
  const creation = await session.create(owner, sent);
  const { id, body, exchange } = creation;
  const answer = body ? [{ where: 'the answer', basic: body, exchange }] : [];
  if (id === null) return { creation, returned: answer };
  const found = await session.find(owner, identity, hasId(id));
  const basic = found.states.find((state) => idOf(state) === id) ?? null;
  return { creation, returned: [...answer, { where: 'a search', basic, exchange: found.exchange }] };
}

const everything = test({
  id: 'app-state/create-persists-everything',
  title: 'What is accepted is stored whole, under a new id and version',
  requirements: ['app-state/create-persists-everything'],
  needs: [storedLifecycle],
  run({ storedLifecycle: { identity, created, found, id }, must, should }) {
    const requirement = 'app-state/create-persists-everything';
    const returned = [
      ...(created.body ? [{ where: 'the answer', basic: created.body, exchange: created.exchange }] : []),
      { where: 'a search', basic: found.states.find((state) => idOf(state) === id) ?? null, exchange: found.exchange },
    ];
    for (const { where, basic, exchange } of returned) {
      const { subject: _, ...rest } = contentOf(created.sent);
      const lost = [
        ...missingFrom(basic, rest),
        ...(versionOf(basic) === null ? ['meta.versionId'] : []),
        ...(isSameReference(basic && subjectOf(basic), identity.subject) ? [] : ['subject.reference']),
      ];
      must(requirement, lost.length === 0, {
        expected: `code, subject, every extension and meta.versionId in ${where}`,
        actual: basic ? (lost.length === 0 ? 'all of it' : `without ${lost.join(', ')} as sent`) : `no Basic/${id}`,
        because: [created.exchange, exchange],
      });
      if (lost.length > 0 || !basic) continue;
      should(requirement, subjectOf(basic) === identity.subject, {
        expected: `the subject as it was sent in ${where}: apps search for ${identity.subject}`,
        actual: subjectOf(basic) ?? 'no subject',
        because: [created.exchange, exchange],
      });
    }
  },
});

/** What a server may not be able to keep: it must say so. Each is a change to state that was accepted. */
const demanding = artifact({
  name: 'demanding',
  needs: [owner, stateApi, storedLifecycle],
  async obtain({ owner, stateApi }) {
    const identity = { code: owner.code, subject: owner.subject };
    const usual = newState(identity);
    const further = (extension: Basic): Basic => ({ ...usual, extension: [...usual.extension, extension] });
    const url = 'https://smart-check.test/fhir/demanding';
    const relative = owner.subject.split('/').slice(-2).join('/');
    const forms: readonly { what: string; sent: Basic }[] = [
      { what: 'an extension with valueInteger', sent: further({ url, valueInteger: 42 }) },
      { what: 'an extension with valueBoolean', sent: further({ url, valueBoolean: false }) },
      {
        what: 'an extension of an extension',
        sent: further({ url, extension: [{ url: 'inner', valueString: 'deep' }] }),
      },
      {
        what: 'two codings',
        sent: { ...usual, code: { coding: [...codings(usual), { ...codings(usual)[0], code: 'smart-check-second' }] } },
      },
      { what: 'a relative subject', sent: { ...usual, subject: { reference: relative } } },
      {
        what: 'a contained resource',
        sent: {
          ...usual,
          // Of elements that look alike in every version of FHIR.
          contained: [{ resourceType: 'Practitioner', id: 'writer', identifier: [{ system: url, value: 'writer' }] }],
          author: { reference: '#writer' },
        },
      },
      ...['same', 'another'].map((second) => ({
        what: `an extension twice, with ${second} value`,
        sent: { ...usual, extension: [...usual.extension, { url, valueString: 'same' }, { url, valueString: second }] },
      })),
    ];
    const results: (RoundTrip & { readonly what: string })[] = [];
    for (const { what, sent } of forms) {
      const trip = await stateApi.alone([{ actor: owner, identity }], (session) =>
        roundTrip(session, owner, identity, sent),
      );
      results.push({ what, ...trip });
    }
    return results;
  },
});

function codings({ code }: Basic): readonly Basic[] {
  return (code as { coding: readonly Basic[] }).coding;
}

const refusesOrKeeps = test({
  id: 'app-state/create-rejects-what-it-cannot-keep',
  title: 'What cannot be stored whole is refused',
  requirements: ['app-state/create-rejects-what-it-cannot-keep'],
  needs: [demanding, storedLifecycle],
  run({ demanding, storedLifecycle, must, undecided }) {
    const requirement = 'app-state/create-rejects-what-it-cannot-keep';
    for (const { what, creation, returned } of demanding) {
      const because = [
        storedLifecycle.created.exchange,
        creation.exchange,
        ...returned.map(({ exchange }) => exchange),
      ];
      if (!creation.isAccepted && !isClientError(creation.exchange)) {
        undecided(requirement, { message: `${what}: the server broke: ${answered(creation.exchange)}`, because });
        continue;
      }
      // Of what was found: a search that finds nothing is another requirement's.
      const seen = returned.map(({ basic }) => basic).filter((basic) => basic !== null);
      const lost = creation.isAccepted ? seen.flatMap((basic) => lostFrom(basic, creation.sent)) : [];
      if (creation.isAccepted && seen.length === 0) {
        undecided(requirement, { message: `${what}: accepted, and neither answered nor found`, because });
        continue;
      }
      must(requirement, lost.length === 0, {
        expected: `${what}: refused, or kept`,
        actual: creation.isAccepted
          ? `${creation.exchange.response?.status}${lost.length > 0 ? `, and ${[...new Set(lost)].join(', ')} is not as sent` : ', and kept'}`
          : answered(creation.exchange),
        because,
      });
    }
  },
});

/** A relative reference may have become the absolute one. */
function lostFrom(basic: Basic, sent: Basic): readonly string[] {
  const { subject: _, ...rest } = contentOf(sent);
  const [found, wanted] = [subjectOf(basic), subjectOf(sent)];
  const isKept = isSameReference(found, wanted) || isSameReference(wanted, found);
  return [...missingFrom(basic, rest), ...(isKept ? [] : ['subject.reference'])];
}

/** Strings that FHIR allows ("string": from U+0020 on, and tab, line feed, carriage return), and that servers are tempted by. */
const values = {
  markup: '<div onclick="alert(1)">&amp;&lt;b&gt; <script>alert("x")</script><!-- c --></div>',
  unicode: 'Zażółć 你好 עברית \u{1f469}\u200d\u{1f52c} e\u0301 \u00e9 \uffee 中 😀',
  'control characters': 'tab\there, line\nfeed, carriage\rreturn, both\r\nof them',
  'quotes and backslashes': '{"a":"\\"b\\" \\\\ \\u0041 \\n"} \'; DROP TABLE state; -- %00 $x {{y}}',
  'a number': '007.10',
  '100 KB of base64': Buffer.from(Array.from({ length: 75_000 }, (_, index) => (index * 7919) % 251)).toString(
    'base64',
  ),
} as const;

/** XML forms of FHIR may lose it, so that it is only a warning. */
const padded = '  between blanks \t';

const unmodified = test({
  id: 'app-state/values-unmodified',
  title: 'String values come back as they were sent, byte for byte',
  requirements: ['app-state/values-unmodified'],
  needs: [owner, stateApi, storedLifecycle],
  async run({ owner, stateApi, storedLifecycle, must, should, undecided }) {
    const requirement = 'app-state/values-unmodified';
    const identity = { code: owner.code, subject: owner.subject };
    const url = 'https://smart-check.test/fhir/value/';
    const all = Object.entries({ ...values, 'blanks around': padded });
    const extensions = all.map(([what, valueString]) => ({ url: url + what.replaceAll(' ', '-'), valueString }));
    const { creation, returned } = await stateApi.alone([{ actor: owner, identity }], async (session) => {
      const trip = await roundTrip(session, owner, identity, newState(identity, extensions));
      const { id, etag } = trip.creation;
      if (id === null || etag === null) return trip;
      // The same values once more, by the other way in.
      const further = { url: `${url}further`, valueString: 'updated' };
      const sent = { ...newState(identity, [...extensions, further]), id };
      const exchange = await session.update(owner, id, sent, etag);
      if (!isSuccess(exchange)) return trip;
      const isNew = (state: Basic) => idOf(state) === id && missingFrom(state.extension, [further]).length === 0;
      const found = await session.find(owner, identity, (states) => states.some(isNew));
      const later = [
        { where: 'the answer to an update', basic: basicIn(exchange), exchange },
        { where: 'a search after an update', basic: found.states.find(isNew) ?? null, exchange: found.exchange },
      ];
      return { ...trip, returned: [...trip.returned, ...later] };
    });
    const control = storedLifecycle.created.exchange;
    if (!creation.isAccepted) {
      const message = `the values were refused together: ${answered(creation.exchange)}`;
      return undecided(requirement, { message, because: [control, creation.exchange] });
    }
    for (const { where, basic, exchange } of returned) {
      if (!basic) continue;
      for (const [index, [what]] of all.entries()) {
        const isKept = missingFrom(basic.extension, [extensions[index]]).length === 0;
        const demand = what === 'blanks around' ? should : must;
        demand(requirement, isKept, {
          expected: `${what}: the value in ${where} as it was sent`,
          actual: isKept ? 'it is' : 'another value, or none',
          because: [creation.exchange, exchange],
        });
      }
    }
  },
});

/** Just under the limit of 256 KB, and above it. */
const sizes = { within: 256_000, beyond: 300_000 };

const size = test({
  id: 'app-state/size-256-kb',
  title: 'State of nearly 256 KB is accepted, and kept whole',
  requirements: ['app-state/size-256-kb', 'app-state/create-persists-everything'],
  needs: [owner, stateApi, lifecycle, storedLifecycle],
  async run({ owner, stateApi, storedLifecycle, must, should, info }) {
    const identity = { code: owner.code, subject: owner.subject };
    const url = 'https://smart-check.test/fhir/size';
    const ofSize = (bytes: number): Basic => {
      const empty = newState(identity, [{ url, valueString: '' }]);
      return newState(identity, [{ url, valueString: 'x'.repeat(bytes - JSON.stringify(empty).length) }]);
    };
    const create = (bytes: number) =>
      stateApi.alone([{ actor: owner, identity }], (session) => roundTrip(session, owner, identity, ofSize(bytes)));
    const { creation, returned } = await create(sizes.within);
    const because = [storedLifecycle.created.exchange, creation.exchange];
    should('app-state/size-256-kb', creation.isAccepted, {
      expected: `state of ${sizes.within} bytes to be accepted: up to 256 KB is the app\u2019s to use`,
      actual: answered(creation.exchange),
      because,
    });
    for (const { where, basic, exchange } of creation.isAccepted ? returned : []) {
      if (!basic) continue;
      const isWhole = missingFrom(basic.extension, creation.sent.extension).length === 0;
      must('app-state/create-persists-everything', isWhole, {
        expected: `all of ${sizes.within} bytes in ${where}`,
        actual: isWhole ? 'all of them' : 'a value that is not as sent',
        because: [...because, exchange],
      });
    }
    const larger = await create(sizes.beyond);
    const isRefused = statusIn(larger.creation.exchange, 400, 413, 422);
    const message = `state of ${sizes.beyond} bytes: ${isRefused ? 'refused with' : 'answered'} ${answered(larger.creation.exchange)}`;
    info('app-state/size-256-kb', { message, because: larger.creation.exchange });
  },
});

export const persistenceTests = [everything, refusesOrKeeps, unmodified, size];

import { codingsOf, extensionsOf, newState, readEtag, versionOf } from '../../src/artifacts/app-state/basic.ts';
import { owner } from '../../src/artifacts/app-state/state-actors.ts';
import { idIn, stateApi } from '../../src/artifacts/app-state/state-api.ts';
import { coversBasic } from '../../src/artifacts/app-state/state-scopes.ts';
import { answered } from '../../src/artifacts/document.ts';
import { Skip, test } from '../../src/kit/index.ts';
import { isClientError, isForbidden, statusIn } from './judging.ts';
import { lifecycle, storedLifecycle } from './lifecycle.ts';

const supported = test({
  id: 'app-state/create-supported',
  title: 'POST of a Basic creates state',
  requirements: ['app-state/create-supported'],
  needs: [lifecycle],
  run({ lifecycle: { owner, created }, must, undecided }) {
    const { exchange, isAccepted } = created;
    if (isForbidden(exchange) && !owner.scopes.some((scope) => coversBasic(scope))) {
      const message = `${answered(exchange)}, and no scope on Basic was granted: has ${owner.client.clientId} the right to state?`;
      return undecided('app-state/create-supported', { message, because: [owner.exchange, exchange] });
    }
    must('app-state/create-supported', isAccepted, {
      expected: `POST Basic about ${owner.subject} to create state`,
      actual: answered(exchange),
      because: exchange,
    });
  },
});

const location = test({
  id: 'app-state/create-location',
  title: 'A create is answered 201 with the Location of what was created',
  requirements: ['app-state/create-location'],
  needs: [storedLifecycle],
  run({ storedLifecycle: { created }, must }) {
    const { exchange, id } = created;
    const header = exchange.response?.headers.location;
    const named = idIn(header);
    must('app-state/create-location', statusIn(exchange, 201) && named !== null && named === id, {
      expected: `201 and a Location that ends in Basic/${id}`,
      actual: `${exchange.response?.status}, Location ${header ?? 'absent'}`,
      because: exchange,
    });
  },
});

const etag = test({
  id: 'app-state/create-etag',
  title: 'A create is answered with an ETag of the new version',
  requirements: ['app-state/create-etag'],
  needs: [storedLifecycle],
  run({ storedLifecycle: { created }, must, should }) {
    const { exchange, body } = created;
    const header = exchange.response?.headers.etag;
    const read = readEtag(header);
    const version = versionOf(body);
    const evidence = {
      expected: version === null ? 'an ETag such as W/"1"' : `ETag W/"${version}", for that is meta.versionId`,
      actual: header ?? 'no ETag',
      because: exchange,
    };
    const isRight = read !== null && (version === null || read.version === version);
    must('app-state/create-etag', isRight, evidence);
    if (isRight) should('app-state/create-etag', read.isWeak, evidence);
  },
});

const body = test({
  id: 'app-state/create-body',
  title: 'A create is answered with the Basic as it was stored',
  requirements: ['app-state/create-body'],
  needs: [storedLifecycle],
  run({ storedLifecycle: { created }, must }) {
    must('app-state/create-body', created.body !== null, {
      expected: 'the new Basic as the body of the answer',
      actual: created.exchange.response?.body === '' ? 'no body' : `${answered(created.exchange)}, and no Basic`,
      because: created.exchange,
    });
  },
});

const profile = test({
  id: 'app-state/returned-profile',
  title: 'A Basic that is returned has one coding, and extensions with strings alone',
  requirements: ['app-state/one-coding', 'app-state/string-extensions'],
  needs: [storedLifecycle],
  run({ storedLifecycle: { created, found, id }, must }) {
    const returned = [
      ...(created.body ? [{ basic: created.body, exchange: created.exchange }] : []),
      ...found.states.filter((state) => state.id === id).map((basic) => ({ basic, exchange: found.exchange })),
    ];
    if (returned.length === 0) throw new Skip('undecided', 'neither the create nor a search gave the Basic back');
    for (const { basic, exchange } of returned) {
      const codings = codingsOf(basic).length;
      must('app-state/one-coding', codings === 1, {
        expected: 'exactly one Basic.code.coding',
        actual: `${codings} of them`,
        because: exchange,
      });
      const odd = extensionsOf(basic).flatMap((extension) =>
        Object.keys(extension).filter(
          (name) => name === 'extension' || (/^value/.test(name) && name !== 'valueString'),
        ),
      );
      must('app-state/string-extensions', odd.length === 0, {
        expected: 'extensions with valueString, and without extensions of their own',
        actual: odd.length === 0 ? 'valueString alone' : `also ${[...new Set(odd)].join(', ')}`,
        because: exchange,
      });
    }
  },
});

const clientId = test({
  id: 'app-state/client-id-ignored',
  title: 'An id that the app sends with a create is not taken',
  requirements: ['app-state/client-id-ignored'],
  needs: [owner, stateApi, storedLifecycle],
  async run({ owner, stateApi, storedLifecycle, must, undecided }) {
    const identity = { code: owner.code, subject: owner.subject };
    const mine = 'smart-check-chose-this-id';
    const sent = { ...newState(identity), id: mine, meta: { versionId: 'smart-check' } };
    const { exchange, isAccepted, id } = await stateApi.alone([{ actor: owner, identity }], (session) =>
      session.create(owner, sent),
    );
    const because = [storedLifecycle.created.exchange, exchange];
    if (!isAccepted && !isClientError(exchange)) {
      return undecided('app-state/client-id-ignored', { message: `the server broke: ${answered(exchange)}`, because });
    }
    must('app-state/client-id-ignored', !isAccepted || id !== mine, {
      expected: 'an id of the server\u2019s own, or a refusal',
      actual: isAccepted ? `stored as Basic/${id}` : answered(exchange),
      because,
    });
  },
});

const codeRequired = test({
  id: 'app-state/code-required',
  title: 'A Basic without code is refused',
  requirements: ['app-state/code-required'],
  needs: [owner, stateApi, storedLifecycle],
  async run({ owner, stateApi, storedLifecycle, must, should }) {
    const identity = { code: owner.code, subject: owner.subject };
    const { code: _, ...codeless } = newState(identity);
    const { exchange, isAccepted } = await stateApi.alone([{ actor: owner, identity }], (session) =>
      session.create(owner, codeless),
    );
    const evidence = {
      expected: 'a Basic without code to be refused',
      actual: answered(exchange),
      because: [storedLifecycle.created.exchange, exchange],
    };
    must('app-state/code-required', !isAccepted, evidence);
    if (!isAccepted) should('app-state/code-required', isClientError(exchange), evidence);
  },
});

export const createTests = [supported, location, etag, body, profile, clientId, codeRequired];

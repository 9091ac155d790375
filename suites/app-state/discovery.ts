import { appStateBase, appStatePointers } from '../../src/artifacts/app-state/app-state-base.ts';
import { newState } from '../../src/artifacts/app-state/basic.ts';
import { owner } from '../../src/artifacts/app-state/state-actors.ts';
import { etagIn, stateApi } from '../../src/artifacts/app-state/state-api.ts';
import { registeredOrigin } from '../../src/artifacts/cross-origin.ts';
import { answered, isSuccess, readDocument } from '../../src/artifacts/document.ts';
import { smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { interactionsOf } from '../../src/fhir/interactions.ts';
import { anyFhirJson, isJsonMediaType } from '../../src/fhir/json-media-type.ts';
import { attempted, configuration, http, isUnobtainable, Skip, test } from '../../src/kit/index.ts';
import { belowBase } from '../../src/smart/well-known.ts';
import { lifecycle, storedLifecycle } from './lifecycle.ts';

const advertised = test({
  id: 'app-state/capability-advertised',
  title: 'smart-app-state is among the capabilities of a server that has it',
  requirements: ['app-state/capability-advertised'],
  needs: [configuration, smartConfiguration, appStatePointers],
  run({ configuration: { clients }, smartConfiguration: { exchange }, appStatePointers, must, should }) {
    const { isCapability, associated, deprecated } = appStatePointers;
    const isThere = isCapability || associated !== null || deprecated !== null;
    if (!clients.appState && !isThere) throw new Skip('not-advertised', 'smart-app-state is not advertised');
    const evidence = {
      expected: 'smart-app-state among the capabilities of the FHIR server',
      actual: isCapability
        ? 'it is'
        : isThere
          ? 'only another endpoint is named for it'
          : 'nothing points to App State',
      because: exchange,
    };
    must('app-state/capability-advertised', isThere, evidence);
    if (isThere) should('app-state/capability-advertised', isCapability, evidence);
  },
});

const associatedEndpoint = test({
  id: 'app-state/associated-endpoint',
  title: 'App State may be served at an associated endpoint',
  requirements: ['app-state/associated-endpoint'],
  needs: [smartConfiguration, appStatePointers, appStateBase],
  informs: true,
  run({ smartConfiguration: { exchange }, appStatePointers: { associated }, appStateBase, info }) {
    const message =
      associated === null ? `no associated endpoint: its base is ${appStateBase.url}` : `at ${associated}`;
    info('app-state/associated-endpoint', { message, because: exchange });
  },
});

const works = test({
  id: 'app-state/capability-works',
  title: 'State can be created, found, changed and deleted',
  requirements: ['app-state/capability-works'],
  needs: [lifecycle],
  run({ lifecycle: { owner, created, rest }, must }) {
    const steps = [
      { what: 'create', exchange: created.exchange, worked: created.isAccepted },
      ...(rest
        ? [
            { what: 'search', exchange: rest.found.exchange, worked: rest.found.states.length > 0 },
            { what: 'update', exchange: rest.updated.exchange, worked: isSuccess(rest.updated.exchange) },
            { what: 'delete', exchange: rest.deleted, worked: isSuccess(rest.deleted) },
          ]
        : []),
    ];
    const failed = steps.filter(({ worked }) => !worked);
    const last = rest ? [] : [`${created.isAccepted ? 'nothing to go on with after' : 'no further than'} the create`];
    must('app-state/capability-works', rest !== null && failed.length === 0, {
      expected: `the app with scope=${owner.scopes.join(' ')} to create, find, change and delete its state`,
      actual:
        [...failed.map(({ what, exchange }) => `${what}: ${answered(exchange)}`), ...last].join('; ') || 'all worked',
      because: steps.map(({ exchange }) => exchange),
    });
  },
});

const capabilityStatement = test({
  id: 'app-state/capability-statement',
  title: 'The CapabilityStatement at the base of App State lists search, create, update and delete of Basic',
  requirements: ['app-state/capability-statement'],
  needs: [appStateBase, http],
  async run({ appStateBase, http, should }) {
    const exchange = await http.send({
      url: belowBase(appStateBase.url, 'metadata'),
      headers: { accept: anyFhirJson },
    });
    const document = readDocument(exchange, 'the CapabilityStatement of App State');
    if (document.kind === 'other') {
      throw new Skip(
        'not-advertised',
        `no CapabilityStatement is served at ${exchange.request.url}: ${document.instead}`,
      );
    }
    const found = interactionsOf(document.object, 'Basic');
    const missing = ['search-type', 'create', 'update', 'delete'].filter((code) => !found.includes(code));
    should('app-state/capability-statement', missing.length === 0, {
      expected: 'Basic with search-type, create, update and delete',
      actual: missing.length === 0 ? 'all four' : `without ${missing.join(', ')}`,
      because: exchange,
    });
  },
});

const json = test({
  id: 'app-state/json-format',
  title: 'App State takes and gives JSON',
  requirements: ['app-state/json-format'],
  needs: [storedLifecycle],
  run({ storedLifecycle: { created, found }, must }) {
    const answers = [created.exchange, found.exchange].filter(({ response }) => response?.body !== '');
    if (answers.length === 0) throw new Skip('undecided', 'no answer had a body');
    for (const exchange of answers) {
      const type = exchange.response?.headers['content-type'];
      must('app-state/json-format', isJsonMediaType(type), {
        expected: 'application/fhir+json, application/json+fhir or application/json',
        actual: answered(exchange),
        because: exchange,
      });
    }
  },
});

const cors = test({
  id: 'app-state/cors-etag-exposed',
  title: 'Browser apps may read ETag and Location of App State',
  requirements: ['app-state/cors-etag-exposed'],
  needs: [owner, stateApi, attempted(registeredOrigin)],
  async run({ owner, stateApi, registeredOrigin, should, info }) {
    const origin = owner.client.origin ?? registeredOrigin;
    if (isUnobtainable(origin)) throw origin;
    const identity = { code: owner.code, subject: owner.subject };
    const { exchange } = await stateApi.alone([{ actor: owner, identity }], (session) =>
      session.create(owner, newState(identity), { headers: { origin: new URL(origin).origin } }),
    );
    if (!isSuccess(exchange) || etagIn(exchange) === null) {
      throw new Skip('undecided', `there was no state whose ETag could be read: ${answered(exchange)}`);
    }
    const listed = exchange.response?.headers['access-control-expose-headers'] ?? '';
    const exposed = listed.split(',').map((name) => name.trim().toLowerCase());
    const isExposed = (name: string) => exposed.includes(name) || exposed.includes('*');
    should('app-state/cors-etag-exposed', isExposed('etag'), {
      expected: 'Access-Control-Expose-Headers with ETag: without it a browser app cannot send If-Match',
      actual: listed === '' ? 'no Access-Control-Expose-Headers' : listed,
      because: exchange,
    });
    if (!isExposed('location')) {
      info('app-state/cors-etag-exposed', {
        message: 'Location is not exposed; the id is in the body',
        because: exchange,
      });
    }
  },
});

export const discoveryTests = [advertised, associatedEndpoint, works, capabilityStatement, json, cors];

import { answered, isSuccess, mediaType } from '../../src/artifacts/document.ts';
import { type EndpointAnswer, endpointAnswers, oauthError } from '../../src/artifacts/endpoint-answers.ts';
import { unregister } from '../../src/artifacts/registration.ts';
import { capabilities, smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { Block, configuration, describe, http, isRecord, isSince, Skip, test } from '../../src/kit/index.ts';
import {
  endpointMembers,
  endpointUrl,
  isAbsoluteUrl,
  type SmartConfiguration,
  stringsIn,
} from '../../src/smart/smart-configuration.ts';

/** Statuses by which a server says that nothing of the kind is at this address. */
const nothingThere = [404, 405, 410, 501];

function isThere({ exchange: { response } }: EndpointAnswer): boolean {
  return response !== null && !nothingThere.includes(response.status);
}

/** A web page in answer to a machine's request: a server's front page or a sign-in, not the endpoint. */
function isPageInsteadOfEndpoint(answer: EndpointAnswer): boolean {
  const type = mediaType(answer.exchange.response?.headers['content-type']);
  return answer.method === 'POST' && isSuccess(answer.exchange) && type === 'text/html';
}

const absoluteUrls = test({
  id: 'discovery/absolute-urls',
  title: 'Endpoint URLs are absolute',
  requirements: ['discovery/absolute-urls'],
  needs: [smartConfiguration, configuration],
  run({ smartConfiguration: { document, exchange }, configuration: { specVersion }, must, should }) {
    // Some servers write null for what they do not have.
    const urls = ['issuer', ...endpointMembers]
      .map((member) => ({ place: member, value: document[member] }))
      .filter(({ value }) => value !== undefined && value !== null)
      .concat(isSince(specVersion, '2.2') ? associatedUrls(document) : []);
    const wrong = urls.filter(({ value }) => !isAbsoluteUrl(value));
    const onlyTheBundle = wrong.every(({ place }) => place === 'user_access_brand_bundle');
    const demand = onlyTheBundle || !isSince(specVersion, '2.1') ? should : must;
    demand('discovery/absolute-urls', wrong.length === 0, {
      expected: 'URLs with scheme and host',
      actual:
        wrong.length === 0
          ? `${urls.length} absolute URLs`
          : wrong.map(({ place, value }) => `${place} is ${describe(value)}`).join('; '),
      because: exchange,
    });
  },
});

function associatedUrls({ associated_endpoints: listed }: SmartConfiguration['document']) {
  if (!Array.isArray(listed)) return [];
  const entries: readonly unknown[] = listed;
  return entries.flatMap((entry, index) =>
    // Any other url is the finding of discovery/associated-endpoints.
    isRecord(entry) && typeof entry.url === 'string'
      ? [{ place: `associated_endpoints[${index}].url`, value: entry.url }]
      : [],
  );
}

const authorizationEndpoint = test({
  id: 'discovery/authorization-endpoint',
  title: 'authorization_endpoint is there when apps can be launched',
  requirements: ['discovery/authorization-endpoint', 'discovery/authorization-endpoint-optional'],
  needs: [smartConfiguration, capabilities, configuration],
  run({ smartConfiguration: { document, exchange }, capabilities, configuration: { specVersion }, must, info }) {
    const { authorization_endpoint: endpoint } = document;
    const { launchesApps } = capabilities;
    if (launchesApps || !isSince(specVersion, '2.2')) {
      return must('discovery/authorization-endpoint', isNonEmpty(endpoint), {
        expected: `authorization_endpoint, a URL${launchesApps ? ', since a launch mode is advertised' : ''}`,
        actual: describe(endpoint),
        because: exchange,
      });
    }
    const message = `no launch mode is advertised, and authorization_endpoint is ${describe(endpoint)}: both are fine`;
    info('discovery/authorization-endpoint-optional', { message, because: exchange });
  },
});

function isNonEmpty(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

const tokenEndpoint = test({
  id: 'discovery/token-endpoint',
  title: 'token_endpoint is there and answers as one',
  requirements: ['discovery/token-endpoint'],
  needs: [smartConfiguration, endpointAnswers],
  run({ smartConfiguration: { document, exchange }, endpointAnswers, must, should }) {
    const requirement = 'discovery/token-endpoint';
    const answer = endpointAnswers.find(({ member }) => member === 'token_endpoint');
    if (!answer) {
      return must(requirement, false, {
        expected: 'token_endpoint, a URL',
        actual: describe(document.token_endpoint),
        because: exchange,
      });
    }
    if (!answer.exchange.response) throw unreachable([answer]);
    // Nothing there, or a success for a request that asks for nothing, is no token endpoint; other words are only odd.
    const demand = isThere(answer) && !isSuccess(answer.exchange) ? should : must;
    demand(requirement, isThere(answer) && oauthError(answer.exchange) !== null, {
      expected: 'a POST of an empty form to be answered with an OAuth error in JSON (RFC 6749 section 5.2)',
      actual: `POST ${answer.url} answered ${answered(answer.exchange)}`,
      because: answer.exchange,
    });
  },
});

const endpointsAnswer = test({
  id: 'discovery/endpoints-answer',
  title: 'Something answers at every published endpoint',
  requirements: ['discovery/endpoints-answer'],
  needs: [endpointAnswers],
  run({ endpointAnswers, must, should }) {
    const requirement = 'discovery/endpoints-answer';
    // What these two answer has requirements of its own.
    const others = endpointAnswers.filter(
      ({ member }) => member !== 'token_endpoint' && member !== 'management_endpoint',
    );
    if (others.length === 0) throw new Skip('not-advertised', 'no such endpoint is published');
    const reached = others.filter(({ exchange }) => exchange.response);
    for (const answer of reached) {
      const { member, method, url, exchange } = answer;
      const crashed = (exchange.response?.status ?? 0) >= 500 && isThere(answer);
      const page = isPageInsteadOfEndpoint(answer);
      // An authorization endpoint may hide from a request that names no client.
      const mayHide = member === 'authorization_endpoint' || member === 'user_access_brand_bundle';
      const demand = crashed || page || mayHide ? should : must;
      demand(requirement, isThere(answer) && !crashed && !page, {
        expected: `${member} to answer a ${method} as something that is there`,
        actual: `${method} ${url} answered ${answered(exchange)}`,
        because: exchange,
      });
    }
    const silent = others.filter(({ exchange }) => !exchange.response);
    if (silent.length > 0) throw unreachable(silent);
  },
});

function unreachable(answers: readonly EndpointAnswer[]): Block {
  const places = answers.map(({ member, exchange }) => `${member}: ${exchange.error?.message ?? 'no answer'}`);
  return new Block(
    `not reached: ${places.join('; ')}`,
    answers.map(({ exchange }) => exchange),
  );
}

const managementEndpoint = test({
  id: 'discovery/management-endpoint',
  title: 'management_endpoint leads to a page for users',
  requirements: ['discovery/management-endpoint'],
  needs: [smartConfiguration, endpointAnswers],
  run({ smartConfiguration: { document, exchange }, endpointAnswers, should }) {
    const requirement = 'discovery/management-endpoint';
    const answer = endpointAnswers.find(({ member }) => member === 'management_endpoint');
    if (!answer) {
      const actual = describe(document.management_endpoint);
      return should(requirement, false, {
        expected: 'management_endpoint, the URL of such a page',
        actual,
        because: exchange,
      });
    }
    const { response } = answer.exchange;
    if (!response) throw unreachable([answer]);
    const isPage = response.status === 200 && /html/.test(mediaType(response.headers['content-type']) ?? '');
    const asksToSignIn = (response.status >= 300 && response.status < 400) || response.status === 401;
    should(requirement, isPage || asksToSignIn, {
      expected: 'a page, or the way to sign in',
      actual: `GET ${answer.url} answered ${answered(answer.exchange)}`,
      because: answer.exchange,
    });
  },
});

const recommended = (['introspection_endpoint', 'revocation_endpoint'] as const).map((member) => {
  const id = `discovery/${member.replace('_', '-')}` as const;
  return test({
    id,
    title: `${member} is there`,
    requirements: [id],
    needs: [smartConfiguration],
    run({ smartConfiguration: { document, exchange }, should }) {
      const actual = describe(document[member]);
      should(id, isNonEmpty(document[member]), { expected: `${member}, a URL`, actual, because: exchange });
    },
  });
});

const brandBundle = test({
  id: 'discovery/brand-bundle',
  title: 'The brand bundle is named',
  requirements: ['discovery/brand-bundle'],
  needs: [smartConfiguration],
  run({ smartConfiguration: { document, exchange }, should }) {
    const actual = describe(document.user_access_brand_bundle);
    should('discovery/brand-bundle', isNonEmpty(document.user_access_brand_bundle), {
      expected: 'user_access_brand_bundle, the URL of a brand bundle',
      actual,
      because: exchange,
    });
  },
});

const brandIdentifier = test({
  id: 'discovery/brand-identifier',
  title: 'The primary brand is named',
  requirements: ['discovery/brand-identifier'],
  needs: [smartConfiguration],
  run({ smartConfiguration: { document, exchange }, must, should }) {
    const identifier = document.user_access_brand_identifier;
    // JSON has no undefined, and some servers write null for what they do not have.
    const demand = identifier === undefined || identifier === null ? should : must;
    demand('discovery/brand-identifier', isRecord(identifier), {
      expected: 'user_access_brand_identifier, a FHIR Identifier (an object)',
      actual: describe(identifier),
      because: exchange,
    });
  },
});

const associatedEndpoints = test({
  id: 'discovery/associated-endpoints',
  title: 'associated_endpoints are objects with url and capabilities',
  requirements: ['discovery/associated-endpoints', 'discovery/associated-endpoints-optional'],
  needs: [smartConfiguration],
  run({ smartConfiguration: { document, exchange }, must, should, info }) {
    const listed = document.associated_endpoints;
    if (listed === undefined) {
      return info('discovery/associated-endpoints-optional', { message: 'absent, which is fine', because: exchange });
    }
    const entries: readonly unknown[] | null = Array.isArray(listed) ? listed : null;
    const defects = entries?.flatMap((entry, index) =>
      defectsOf(entry).map((defect) => `associated_endpoints[${index}]: ${defect}`),
    );
    const demand = listed === null ? should : must;
    demand('discovery/associated-endpoints', defects?.length === 0, {
      expected: 'an array of objects, each with an absolute url and an array of capabilities',
      actual: defects ? defects.join('; ') || `${entries?.length} such objects` : describe(listed),
      because: exchange,
    });
  },
});

function defectsOf(endpoint: unknown): readonly string[] {
  if (!isRecord(endpoint)) return [`${describe(endpoint)} instead of an object`];
  const { url, capabilities } = endpoint;
  const namesCapabilities = Array.isArray(capabilities) && stringsIn(capabilities).length === capabilities.length;
  return [
    // A relative url is discovery/absolute-urls' finding.
    ...(typeof url === 'string' ? [] : [`url is ${describe(url)}`]),
    ...(namesCapabilities ? [] : [`capabilities is ${describe(capabilities)}`]),
  ];
}

const appStateEndpoint = test({
  id: 'discovery/app-state-endpoint-deprecated',
  title: 'smart_app_state_endpoint is not the only pointer to app state',
  requirements: ['discovery/app-state-endpoint-deprecated'],
  needs: [smartConfiguration, configuration],
  run({ smartConfiguration: { document, exchange }, configuration: { specVersion }, should, info }) {
    const requirement = 'discovery/app-state-endpoint-deprecated';
    if (typeof document.smart_app_state_endpoint !== 'string') {
      throw new Skip('not-advertised', `smart_app_state_endpoint is ${describe(document.smart_app_state_endpoint)}`);
    }
    if (!isSince(specVersion, '2.2')) {
      const message = `${describe(document.smart_app_state_endpoint)}; deprecated by version 2.2`;
      return info(requirement, { message, because: exchange });
    }
    const associated = Array.isArray(document.associated_endpoints) ? document.associated_endpoints : [];
    const alsoAssociated = associated.filter(isRecord).some(({ capabilities }) => {
      return stringsIn(capabilities).includes('smart-app-state');
    });
    should(requirement, alsoAssociated, {
      expected: 'an associated endpoint with the capability smart-app-state beside the deprecated member',
      actual: alsoAssociated ? 'both' : 'smart_app_state_endpoint alone',
      because: exchange,
    });
  },
});

const registrationEndpoint = test({
  id: 'discovery/registration-endpoint',
  title: 'registration_endpoint answers as one',
  requirements: ['discovery/registration-endpoint'],
  needs: [smartConfiguration, fhirBaseUrl, configuration, http],
  async run({ smartConfiguration: { document }, fhirBaseUrl, configuration, http, should }) {
    const url = endpointUrl(document.registration_endpoint, fhirBaseUrl);
    if (!url) throw new Skip('not-advertised', 'registration_endpoint is absent');
    if (!configuration.allowWrites) {
      throw new Skip('not-allowed', 'asking the registration endpoint may leave a client behind: it takes allowWrites');
    }
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const exchange = await http.send({ method: 'POST', url, headers, body: '{}' });
    const status = exchange.response?.status;
    if (status === undefined)
      throw new Block(`not reached: registration_endpoint: ${exchange.error?.message}`, [exchange]);
    const refusedAsTold = status === 400 && oauthError(exchange) !== null;
    should('discovery/registration-endpoint', refusedAsTold || [201, 401, 403].includes(status), {
      expected: '201, 400 with an OAuth error in JSON, 401 or 403 for empty metadata',
      actual: `POST ${url} answered ${answered(exchange)}`,
      because: exchange,
    });
    if (status === 201) await unregister(exchange, http);
  },
});

const conveysEndpoints = test({
  id: 'discovery/conveys-endpoints-and-capabilities',
  title: 'The document names every endpoint that its capabilities need',
  requirements: ['discovery/conveys-endpoints-and-capabilities'],
  needs: [smartConfiguration, capabilities],
  run({ smartConfiguration: { document, exchange }, capabilities, must }) {
    const needed = [
      { member: 'token_endpoint', by: capabilities.all },
      { member: 'authorization_endpoint', by: ['launch-ehr', 'launch-standalone'].filter(capabilities.includes) },
    ];
    const missing = needed.filter(({ member, by }) => by.length > 0 && !isNonEmpty(document[member]));
    must('discovery/conveys-endpoints-and-capabilities', missing.length === 0, {
      expected: 'every endpoint that the advertised capabilities need',
      actual:
        missing.length === 0
          ? 'all there'
          : missing.map(({ member, by }) => `no ${member}, which ${by.slice(0, 3).join(', ')} needs`).join('; '),
      because: exchange,
    });
  },
});

export const endpointTests = [
  conveysEndpoints,
  absoluteUrls,
  authorizationEndpoint,
  tokenEndpoint,
  endpointsAnswer,
  managementEndpoint,
  ...recommended,
  brandBundle,
  brandIdentifier,
  associatedEndpoints,
  appStateEndpoint,
  registrationEndpoint,
];

import { capabilities, smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { Block, configuration, describe, isSince, Skip, test } from '../../src/kit/index.ts';
import { definedCapabilities } from '../../src/smart/capabilities.ts';
import { readCapabilities, stringsIn } from '../../src/smart/smart-configuration.ts';
import { isFullUri } from '../../src/smart/uri.ts';

const sso = 'sso-openid-connect';
const knownAuthMethods = ['client_secret_post', 'client_secret_basic', 'private_key_jwt'];

function isStringArray(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

const issuer = test({
  id: 'discovery/issuer',
  title: 'issuer is there with single sign-on, and only then',
  requirements: ['discovery/issuer', 'discovery/issuer-omitted'],
  needs: [smartConfiguration, capabilities],
  run({ smartConfiguration: { document, exchange }, capabilities, must, should }) {
    const actual = describe(document.issuer);
    if (capabilities.includes(sso)) {
      const expected = `issuer, a URL, since ${sso} is advertised`;
      const isNamed = typeof document.issuer === 'string' && document.issuer !== '';
      return must('discovery/issuer', isNamed, { expected, actual, because: exchange });
    }
    should('discovery/issuer-omitted', !('issuer' in document), {
      expected: `no issuer, since ${sso} is not advertised`,
      actual,
      because: exchange,
    });
  },
});

const grantTypes = test({
  id: 'discovery/grant-types',
  title: 'grant_types_supported lists what the server offers',
  requirements: ['discovery/grant-types', 'discovery/grant-type-client-credentials'],
  needs: [smartConfiguration, configuration],
  run({ smartConfiguration: { document, exchange }, configuration, must, info }) {
    const { grant_types_supported: listed, scopes_supported: scopes } = document;
    const actual = describe(listed);
    const evidence = { actual, because: exchange };
    const wellFormed = isStringArray(listed) && listed.length > 0;
    must('discovery/grant-types', wellFormed, {
      expected: 'grant_types_supported, an array of strings, not empty',
      ...evidence,
    });
    if (!wellFormed) return;

    const unusual = listed.filter((type) => !['authorization_code', 'client_credentials'].includes(type));
    if (unusual.length > 0) {
      info('discovery/grant-types', { message: `also lists ${unusual.join(', ')}`, because: exchange });
    }
    const systemScope = stringsIn(scopes).find((scope) => scope.startsWith('system/'));
    if (configuration.clients.backend || systemScope) {
      must('discovery/grant-type-client-credentials', listed.includes('client_credentials'), {
        expected: `client_credentials in grant_types_supported, since ${
          systemScope ? `scopes_supported lists ${systemScope}` : 'clients.backend is configured'
        }`,
        ...evidence,
      });
    }
  },
});

const authorizationCode = test({
  id: 'discovery/grant-type-authorization-code',
  title: 'grant_types_supported lists authorization_code when apps can be launched',
  requirements: ['discovery/grant-type-authorization-code'],
  needs: [smartConfiguration, capabilities],
  run({ smartConfiguration: { document, exchange }, capabilities: { launchesApps }, must }) {
    const { grant_types_supported: listed } = document;
    if (!launchesApps) throw new Skip('not-advertised', 'no launch mode is advertised');
    if (!isStringArray(listed) || listed.length === 0) {
      throw new Block(`grant_types_supported is ${describe(listed)}, which discovery/grant-types judges`, [exchange]);
    }
    must('discovery/grant-type-authorization-code', listed.includes('authorization_code'), {
      expected: 'authorization_code in grant_types_supported, since a launch mode is advertised',
      actual: describe(listed),
      because: exchange,
    });
  },
});

const tokenAuthMethods = test({
  id: 'discovery/token-auth-methods',
  title: 'token_endpoint_auth_methods_supported lists known methods',
  requirements: ['discovery/token-auth-methods'],
  needs: [smartConfiguration],
  run({ smartConfiguration: { document, exchange }, must, should, info }) {
    const requirement = 'discovery/token-auth-methods';
    const listed = document.token_endpoint_auth_methods_supported;
    if (listed === undefined) return info(requirement, { message: 'absent, which is allowed', because: exchange });
    const actual = describe(listed);
    if (!isStringArray(listed)) {
      const expected = 'token_endpoint_auth_methods_supported, an array of strings';
      return must(requirement, false, { expected, actual, because: exchange });
    }
    const unknown = listed.filter((method) => !knownAuthMethods.includes(method));
    if (unknown.includes('none')) {
      info(requirement, { message: 'lists "none", as many servers do for public clients', because: exchange });
    }
    const strange = unknown.filter((method) => method !== 'none');
    should(requirement, strange.length === 0, {
      expected: `methods out of ${knownAuthMethods.join(', ')}`,
      actual: strange.length === 0 ? actual : `also ${strange.join(', ')}`,
      because: exchange,
    });
    // What asymmetric clients need has a requirement of its own.
    if (!stringsIn(document.capabilities).includes('client-confidential-symmetric')) return;
    should(
      requirement,
      listed.some((method) => method.startsWith('client_secret_')),
      {
        expected: 'a method for secrets, since client-confidential-symmetric is advertised',
        actual,
        because: exchange,
      },
    );
  },
});

const responseTypes = test({
  id: 'discovery/response-types',
  title: 'response_types_supported lists code',
  requirements: ['discovery/response-types'],
  needs: [smartConfiguration, capabilities],
  run({ smartConfiguration: { document, exchange }, capabilities: { launchesApps }, must, should, info }) {
    const requirement = 'discovery/response-types';
    const listed = document.response_types_supported;
    const evidence = { actual: describe(listed), because: exchange };
    if (!launchesApps && (listed === undefined || isStringArray(listed))) {
      return info(requirement, {
        message: `no launch mode is advertised, and it is ${describe(listed)}`,
        because: exchange,
      });
    }
    if (listed !== undefined) {
      const expected = 'response_types_supported, an array with code among its strings';
      return must(requirement, isStringArray(listed) && listed.includes('code'), { expected, ...evidence });
    }
    should(requirement, false, { expected: 'response_types_supported, an array', ...evidence });
  },
});

const capabilityNames = test({
  id: 'discovery/capabilities',
  title: 'capabilities is an array of strings, each known or a full URI',
  requirements: ['discovery/capabilities', 'discovery/capability-names', 'discovery/capability-extensions'],
  needs: [smartConfiguration, configuration],
  run({ smartConfiguration: { document, exchange }, configuration: { specVersion }, must, should, info }) {
    const listed = document.capabilities;
    const wellFormed = isStringArray(listed);
    must('discovery/capabilities', wellFormed, {
      expected: 'capabilities, an array of strings',
      actual: describe(listed),
      because: exchange,
    });
    if (!wellFormed) return;
    if (listed.length === 0) {
      should('discovery/capabilities', false, { expected: 'some capability', actual: 'none', because: exchange });
    }
    const repeated = new Set(listed.filter((name, index) => listed.indexOf(name) !== index));
    if (repeated.size > 0) {
      should('discovery/capabilities', false, {
        expected: 'each capability once',
        actual: `more than once: ${[...repeated].join(', ')}`,
        because: exchange,
      });
    }

    const unknown = listed.filter((name) => !Object.hasOwn(definedCapabilities, name));
    const plain = unknown.filter((name) => !isFullUri(name));
    should('discovery/capability-names', plain.length === 0, {
      expected: 'names of the guide or full URIs',
      actual: plain.length === 0 ? 'only such' : plain.join(', '),
      because: exchange,
      message: `${plain.join(', ')}: defined by no version of the guide and no full URI; only guides of HL7 may use plain names`,
    });
    const later = listed.filter(
      (name) => definedCapabilities[name] && !isSince(specVersion, definedCapabilities[name]),
    );
    if (later.length > 0) {
      const message = `${later.join(', ')}: defined by a later version of the guide than ${specVersion}`;
      info('discovery/capability-names', { message, because: exchange });
    }
    const extensions = unknown.filter(isFullUri);
    info('discovery/capability-extensions', {
      message: extensions.length === 0 ? 'none advertised' : `advertised: ${extensions.join(', ')}`,
      because: exchange,
    });
  },
});

const pkceMethods = test({
  id: 'discovery/pkce-methods',
  title: 'code_challenge_methods_supported lists S256 and not plain',
  requirements: ['discovery/pkce-methods', 'discovery/pkce-s256', 'discovery/pkce-no-plain'],
  needs: [smartConfiguration],
  run({ smartConfiguration: { document, exchange }, must, should }) {
    const listed = document.code_challenge_methods_supported;
    const launchesApps = readCapabilities(document.capabilities)?.launchesApps ?? false;
    const evidence = { actual: describe(listed), because: exchange };
    const demand = launchesApps ? must : should;
    const wellFormed = isStringArray(listed);
    const member = 'code_challenge_methods_supported';
    demand('discovery/pkce-methods', wellFormed, { expected: `${member}, an array of strings`, ...evidence });
    if (!wellFormed) return;
    demand('discovery/pkce-s256', listed.includes('S256'), { expected: `S256, so spelled, in ${member}`, ...evidence });
    demand('discovery/pkce-no-plain', !listed.some((method) => method.toLowerCase() === 'plain'), {
      expected: `no plain in ${member}`,
      ...evidence,
    });
  },
});

const asymmetric = test({
  id: 'discovery/asymmetric-clients',
  title: 'What private-key JWT clients need is published',
  requirements: [
    'discovery/asymmetric-scopes-supported',
    'discovery/asymmetric-auth-method',
    'discovery/asymmetric-algorithms',
  ],
  needs: [smartConfiguration, capabilities],
  run({ smartConfiguration: { document, exchange }, capabilities, must, should, undecided }) {
    const capability = 'client-confidential-asymmetric';
    if (!capabilities.includes(capability)) throw new Skip('not-advertised', `${capability} is not advertised`);
    const {
      scopes_supported: scopes,
      token_endpoint_auth_methods_supported: methods,
      token_endpoint_auth_signing_alg_values_supported: algorithms,
    } = document;
    must('discovery/asymmetric-scopes-supported', scopes !== undefined && scopes !== null, {
      expected: `scopes_supported present, since ${capability} is advertised`,
      actual: describe(scopes),
      because: exchange,
    });

    const listsPrivateKeyJwt = stringsIn(methods).includes('private_key_jwt');
    if (methods !== undefined && !Array.isArray(methods)) {
      const message = `token_endpoint_auth_methods_supported is ${describe(methods)}, which discovery/token-auth-methods judges`;
      undecided('discovery/asymmetric-auth-method', { message, because: exchange });
    } else {
      const demandMethod = methods === undefined ? should : must;
      demandMethod('discovery/asymmetric-auth-method', listsPrivateKeyJwt, {
        expected: `private_key_jwt in token_endpoint_auth_methods_supported, since ${capability} is advertised`,
        actual: describe(methods),
        because: exchange,
      });
    }

    const demandAlgorithms = algorithms === undefined && !listsPrivateKeyJwt ? should : must;
    const suitable = stringsIn(algorithms).filter((algorithm) => algorithm === 'RS384' || algorithm === 'ES384');
    demandAlgorithms('discovery/asymmetric-algorithms', suitable.length > 0, {
      expected: 'RS384 or ES384 in token_endpoint_auth_signing_alg_values_supported',
      actual: describe(algorithms),
      because: exchange,
    });
  },
});

const noAlgNone = test({
  id: 'discovery/asymmetric-no-alg-none',
  title: 'Unsigned client assertions are not invited',
  requirements: ['discovery/asymmetric-no-alg-none'],
  needs: [smartConfiguration],
  run({ smartConfiguration: { document, exchange }, must, should }) {
    const algorithms = document.token_endpoint_auth_signing_alg_values_supported;
    if (algorithms === undefined || algorithms === null) {
      const seen = describe(algorithms);
      throw new Skip('not-advertised', `token_endpoint_auth_signing_alg_values_supported is ${seen}`);
    }
    if (!Array.isArray(algorithms)) {
      return should('discovery/asymmetric-no-alg-none', false, {
        expected: 'token_endpoint_auth_signing_alg_values_supported, where given, an array',
        actual: describe(algorithms),
        because: exchange,
      });
    }
    must('discovery/asymmetric-no-alg-none', !stringsIn(algorithms).some((name) => name.toLowerCase() === 'none'), {
      expected: 'no none in token_endpoint_auth_signing_alg_values_supported',
      actual: describe(algorithms),
      because: exchange,
    });
  },
});

export const memberTests = [
  issuer,
  grantTypes,
  authorizationCode,
  tokenAuthMethods,
  responseTypes,
  capabilityNames,
  pkceMethods,
  asymmetric,
  noAlgNone,
];

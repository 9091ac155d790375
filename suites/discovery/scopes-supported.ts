import { capabilities, smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { describe, Skip, test } from '../../src/kit/index.ts';
import { stringsIn } from '../../src/smart/smart-configuration.ts';
import { isFullUri } from '../../src/smart/uri.ts';

const smartScopes = ['launch', 'openid', 'fhirUser', 'offline_access', 'online_access'];
const openidScopes = ['profile', 'email', 'address', 'phone'];

/** By which scopes each advertised permission is asked for. */
const scopesOfPermissions: readonly { capability: string; scopes: RegExp; wanted: string }[] = [
  { capability: 'permission-offline', scopes: /^offline_access$/, wanted: 'offline_access' },
  { capability: 'permission-online', scopes: /^online_access$/, wanted: 'online_access' },
  { capability: 'permission-patient', scopes: /^patient\//, wanted: 'a patient/ scope' },
  { capability: 'permission-user', scopes: /^user\//, wanted: 'a user/ scope' },
  { capability: 'permission-v1', scopes: /^(patient|user|system)\/.+\.(read|write|\*)$/, wanted: 'a .read scope' },
  { capability: 'permission-v2', scopes: /^(patient|user|system)\/[^?]+\.c?r?u?d?s?(\?.*)?$/, wanted: 'a .rs scope' },
  { capability: 'sso-openid-connect', scopes: /^(openid|fhirUser)$/, wanted: 'openid or fhirUser' },
];

const scopesSupported = test({
  id: 'discovery/scopes-supported',
  title: 'scopes_supported is an array of scopes',
  requirements: ['discovery/scopes-supported'],
  needs: [smartConfiguration],
  run({ smartConfiguration: { document, exchange }, must, should }) {
    const requirement = 'discovery/scopes-supported';
    const listed = document.scopes_supported;
    if (listed === undefined || listed === null) {
      return should(requirement, false, {
        expected: 'scopes_supported, an array',
        actual: describe(listed),
        because: exchange,
      });
    }
    const wellFormed =
      Array.isArray(listed) && listed.every((scope) => typeof scope === 'string' && /^\S+$/.test(scope));
    const odd = Array.isArray(listed) && listed.find((scope) => typeof scope !== 'string' || !/^\S+$/.test(scope));
    must(requirement, wellFormed, {
      expected: 'scopes_supported, an array of strings, each one scope without white space',
      actual: odd === undefined || odd === false ? describe(listed) : `among them ${describe(odd)}`,
      because: exchange,
    });
  },
});

/** Clients are told not to take the list for complete: what it leaves out is nothing to warn of. */
const fitCapabilities = test({
  id: 'discovery/scopes-fit-capabilities',
  title: 'Which advertised permissions scopes_supported names scopes for',
  requirements: ['discovery/scopes-fit-capabilities'],
  needs: [smartConfiguration, capabilities],
  informs: true,
  run({ smartConfiguration: { document, exchange }, capabilities, info }) {
    const listed = stringsIn(document.scopes_supported);
    if (listed.length === 0) throw new Skip('not-advertised', 'scopes_supported lists nothing');
    const unlisted = scopesOfPermissions.filter(
      ({ capability, scopes }) => capabilities.includes(capability) && !listed.some((scope) => scopes.test(scope)),
    );
    const message =
      unlisted.length === 0
        ? 'scopes_supported names scopes for each advertised permission'
        : `scopes_supported, which need not be complete, names no scope for ${unlisted.map(({ capability, wanted }) => `${capability} (${wanted})`).join(', ')}`;
    info('discovery/scopes-fit-capabilities', { message, because: exchange });
  },
});

const extensionScopes = test({
  id: 'discovery/extension-scopes',
  title: 'Scopes of the server\u2019s own are recognisable as such',
  requirements: ['discovery/extension-scopes'],
  needs: [smartConfiguration],
  run({ smartConfiguration: { document, exchange }, should }) {
    const listed = stringsIn(document.scopes_supported);
    if (listed.length === 0) throw new Skip('not-advertised', 'scopes_supported lists nothing');
    const foreign = listed.filter((scope) => !isDefined(scope) && !scope.startsWith('__') && !isFullUri(scope));
    should('discovery/extension-scopes', foreign.length === 0, {
      expected: 'scopes of the guide or of OpenID Connect, full URIs, or names that start with __',
      actual: foreign.length === 0 ? 'only such' : `${foreign.length} others: ${foreign.slice(0, 5).join(', ')}`,
      because: exchange,
    });
  },
});

function isDefined(scope: string): boolean {
  return (
    smartScopes.includes(scope) ||
    openidScopes.includes(scope) ||
    /^launch\/[^\s/?]+(\?\S+)?$/.test(scope) ||
    /^(patient|user|system)\/(\*|[A-Z][A-Za-z]*)\.\S+$/.test(scope)
  );
}

export const scopesSupportedTests = [scopesSupported, fitCapabilities, extensionScopes];

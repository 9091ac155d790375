import { capabilityStatement, metadataDocument } from '../../src/artifacts/capability-statement.ts';
import { smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { oauthUris } from '../../src/fhir/oauth-uris.ts';
import { describe, Skip, test } from '../../src/kit/index.ts';
import { endpointUrl } from '../../src/smart/smart-configuration.ts';

/** The extension's names for the endpoints, and the members of the SMART configuration that mean the same. */
const counterparts = [
  { uri: 'authorize', member: 'authorization_endpoint' },
  { uri: 'token', member: 'token_endpoint' },
  { uri: 'register', member: 'registration_endpoint' },
  { uri: 'manage', member: 'management_endpoint' },
  { uri: 'introspect', member: 'introspection_endpoint' },
  { uri: 'revoke', member: 'revocation_endpoint' },
];

const published = test({
  id: 'discovery/oauth-uris-published',
  title: 'The CapabilityStatement names the OAuth endpoints',
  requirements: ['discovery/oauth-uris-published'],
  needs: [capabilityStatement],
  run({ capabilityStatement: { resource, exchange }, must }) {
    const uris = oauthUris(resource);
    const missing = ['authorize', 'token'].filter((name) => uris?.[name] === undefined);
    must('discovery/oauth-uris-published', missing.length === 0, {
      expected: 'the oauth-uris extension with authorize and token in rest.security',
      actual: uris ? `without ${missing.join(', ') || 'nothing'}` : 'no such extension',
      because: exchange,
    });
  },
});

const agree = test({
  id: 'discovery/oauth-uris-agree',
  title: 'The CapabilityStatement and the SMART configuration name the same endpoints',
  requirements: ['discovery/oauth-uris-agree', 'discovery/oauth-uris-do-not-contradict'],
  needs: [metadataDocument, smartConfiguration, fhirBaseUrl],
  run({ metadataDocument, smartConfiguration, fhirBaseUrl, must, should }) {
    const { exchange } = metadataDocument;
    if (metadataDocument.kind === 'other') {
      throw new Skip(
        'undecided',
        `/metadata answered ${metadataDocument.instead}, so there is nothing to compare with`,
      );
    }
    const uris = oauthUris(metadataDocument.object);
    if (!uris) throw new Skip('not-advertised', 'the CapabilityStatement has no oauth-uris extension');
    const { document } = smartConfiguration;
    const href = (value: unknown) => endpointUrl(value, fhirBaseUrl)?.href;
    const inBoth = counterparts.filter(({ uri, member }) => uris[uri] !== undefined && document[member] !== undefined);
    const differing = inBoth.filter(({ uri, member }) => href(uris[uri]) !== href(document[member]));
    const evidence = {
      expected: 'the same URLs in both documents',
      actual:
        differing
          .map(({ uri, member }) => `${uri} is ${describe(uris[uri])}, but ${member} is ${describe(document[member])}`)
          .join('; ') || 'they agree',
      because: [exchange, smartConfiguration.exchange],
    };
    must('discovery/oauth-uris-agree', differing.length === 0, evidence);
    should('discovery/oauth-uris-do-not-contradict', differing.length === 0, evidence);
  },
});

export const metadataTests = [published, agree];

import { type Requirement, since } from '../../../src/kit/index.ts';
import { guide } from '../../guide.ts';

const appStateDiscovery = guide('app-state#discovery');
const serverCapabilities = guide('CapabilityStatement-smart-app-state-server');

const appState = 'smart-app-state is advertised';

/** Finding the App State API. */
export const discoveryRequirements: readonly Requirement[] = [
  {
    id: 'app-state/capability-works',
    ref: 'cap-20',
    verb: 'SHALL',
    guide: guide('conformance#app-state-experimental'),
    versions: since('2.1'),
    condition: appState,
    summary: 'The App State API works',
  },
  {
    id: 'app-state/capability-advertised',
    ref: 'state-01',
    verb: 'SHALL',
    guide: appStateDiscovery,
    versions: since('2.1'),
    condition:
      'clients.appState is configured; the guide\u2019s sample names it for an associated endpoint only, which is a warning',
    summary: 'smart-app-state is among the capabilities',
  },
  {
    id: 'app-state/associated-endpoint',
    ref: 'state-02',
    verb: 'MAY',
    guide: appStateDiscovery,
    versions: since('2.2'),
    condition: 'associated_endpoints is present',
    summary: 'App State may be served at an associated endpoint',
  },
  {
    id: 'app-state/capability-statement',
    ref: 'statep-03',
    verb: 'SHALL',
    guide: serverCapabilities,
    versions: since('2.1'),
    condition:
      'smart-app-state is advertised, and /metadata is served at its base; a warning, since publishing it is not demanded',
    summary: 'The CapabilityStatement lists search, create, update and delete of Basic',
  },
  {
    id: 'app-state/json-format',
    ref: 'statep-04',
    verb: 'SHALL',
    guide: serverCapabilities,
    versions: since('2.1'),
    condition: appState,
    summary: 'JSON is understood and served',
  },
  {
    id: 'app-state/cors-etag-exposed',
    ref: 'corsx-04',
    verb: 'SHOULD',
    guide: 'https://fetch.spec.whatwg.org/#http-access-control-expose-headers',
    versions: since('2.1'),
    condition: appState,
    summary: 'ETag and Location are exposed to browser apps',
  },
];

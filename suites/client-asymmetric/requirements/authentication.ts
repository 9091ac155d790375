import { type Requirement, since } from '../../../src/kit/index.ts';
import { guide, rfc } from '../../guide.ts';

const registering = guide('client-confidential-asymmetric#registering-a-client-communicating-public-keys');
const tokenRequest = guide('client-confidential-asymmetric#request');

const asymmetric = 'client-confidential-asymmetric is advertised';

/** Whether a client that signs assertions is served, and with what. */
export const authenticationRequirements: readonly Requirement[] = [
  {
    id: 'client-asymmetric/token-obtained',
    ref: 'cap-06',
    verb: 'SHALL',
    guide: guide('conformance#client-types'),
    versions: since('2.0'),
    condition: asymmetric,
    summary: 'A client that authenticates with a private-key JWT obtains an access token',
  },
  {
    id: 'client-asymmetric/capability-advertised',
    ref: 'asym-01',
    verb: 'SHALL',
    guide: guide('client-confidential-asymmetric#discovery-requirements'),
    versions: since('2.0'),
    condition: 'clients.asymmetric or clients.backend is configured',
    summary: 'client-confidential-asymmetric is advertised where such clients are served',
  },
  {
    id: 'client-asymmetric/code-exchange-and-refresh',
    ref: 'asym-31',
    verb: 'SHALL',
    guide: guide('client-confidential-asymmetric#authenticating-to-the-token-endpoint'),
    versions: since('2.0'),
    condition: 'client-confidential-asymmetric and a launch mode are advertised',
    summary: 'An assertion authenticates code exchange and refresh as it does client_credentials',
  },
  {
    id: 'client-asymmetric/rs384-or-es384',
    ref: 'asym-10',
    verb: 'SHALL',
    guide: registering,
    versions: since('2.0'),
    condition: asymmetric,
    summary: 'Assertions signed with at least one of RS384 and ES384 are accepted',
  },
  {
    id: 'client-asymmetric/listed-algorithms-accepted',
    ref: 'asym-11',
    verb: 'SHALL',
    guide: registering,
    versions: since('2.0'),
    condition:
      'token_endpoint_auth_signing_alg_values_supported is present, and the client has a key for the algorithm',
    summary: 'Every advertised asymmetric algorithm is accepted',
  },
  {
    id: 'client-asymmetric/more-algorithms-possible',
    ref: 'asym-12',
    verb: 'MAY',
    guide: registering,
    versions: since('2.0'),
    condition: asymmetric,
    summary: 'Further asymmetric algorithms may be accepted',
  },
  {
    id: 'client-asymmetric/exp-near-five-minutes',
    ref: 'asym-34',
    verb: 'SHALL',
    guide: tokenRequest,
    versions: since('2.0'),
    condition: 'client-confidential-asymmetric is advertised; a warning, since the bound is put on the client',
    summary: 'An assertion that expires just within five minutes, or has further claims, is accepted',
  },
  {
    id: 'client-asymmetric/exp-far-ahead',
    ref: 'asym-28',
    verb: 'MAY',
    guide: tokenRequest,
    versions: since('2.0'),
    condition:
      'client-confidential-asymmetric is advertised; what is accepted must be refused when replayed minutes later',
    summary: 'An assertion that expires more than five minutes ahead may be refused',
  },
  {
    id: 'client-asymmetric/old-iat',
    ref: 'rfc7523-10',
    verb: 'MAY',
    guide: rfc(7523, '3'),
    versions: since('2.0'),
    condition: asymmetric,
    summary: 'An assertion issued long ago may be refused',
  },
  {
    id: 'client-asymmetric/client-id-optional',
    ref: 'rfc7523-11',
    verb: 'SHALL',
    guide: rfc(7521, '4.2'),
    versions: since('2.0'),
    condition: asymmetric,
    summary: 'client_id beside an assertion is optional, and must name the same client',
  },
];

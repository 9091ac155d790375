import { type Requirement, since, specVersions } from '../../src/kit/index.ts';
import { guide, rfc } from '../guide.ts';

const secretAuthentication = guide('client-confidential-symmetric#authentication-using-a-client_secret');

const symmetric = 'client-confidential-symmetric is advertised';

export const requirements: readonly Requirement[] = [
  {
    id: 'client-symmetric/launch-completes',
    ref: 'cap-05',
    verb: 'SHALL',
    guide: guide('conformance#client-types'),
    versions: specVersions,
    condition: symmetric,
    summary: 'A client that authenticates with a secret completes a launch',
  },
  {
    id: 'client-symmetric/basic-accepted',
    ref: 'sym-01',
    verb: 'SHALL',
    guide: secretAuthentication,
    versions: specVersions,
    condition: symmetric,
    summary: 'client_id and client_secret in HTTP Basic authenticate a code exchange',
  },
  {
    id: 'client-symmetric/wrong-secret-refused',
    ref: 'sym-02',
    verb: 'SHALL',
    guide: secretAuthentication,
    versions: specVersions,
    condition: 'client-confidential-symmetric is advertised; a locked client is undecided',
    summary: 'A wrong, empty, foreign or missing secret yields no token',
  },
  {
    id: 'client-symmetric/failed-basic-challenged',
    ref: 'rfc6749-11',
    verb: 'SHALL',
    guide: rfc(6749, '5.2'),
    versions: specVersions,
    condition: symmetric,
    summary: 'A client that fails in the Authorization header gets 401 with WWW-Authenticate: Basic',
  },
  {
    id: 'client-symmetric/basic-form-encoded',
    ref: 'rfc6749-01',
    verb: 'SHALL',
    guide: rfc(6749, '2.3.1'),
    versions: specVersions,
    condition:
      'client-confidential-symmetric is advertised, and the secret has reserved characters; the guide\u2019s own formula leaves out the encoding, so a server that takes the plain form only gets a warning',
    summary: 'Form-encoded id and secret are accepted in HTTP Basic',
  },
  {
    id: 'client-symmetric/secret-guessing-defended',
    ref: 'rfc6749-22',
    verb: 'SHALL',
    guide: rfc(6749, '2.3.1'),
    versions: specVersions,
    condition: symmetric,
    summary: 'The token endpoint defends client secrets against guessing',
    untestable: 'the RFC leaves the defence to the server, and trying it would lock clients out',
  },
  {
    id: 'client-symmetric/backend-not-intended',
    ref: 'sym-03',
    verb: 'MAY',
    guide: guide('client-confidential-symmetric#profile-audience-and-scope'),
    versions: since('2.0'),
    condition:
      'client-confidential-symmetric is advertised; a token is a warning, since the text only says that it is not intended',
    summary: 'Backend services may be refused to a client with a secret',
  },
];

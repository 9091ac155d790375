import { type Suite, specVersions } from '../../src/kit/index.ts';
import { guide } from '../guide.ts';
import { notYet } from '../not-yet.ts';

export const openidConnect: Suite = {
  id: 'openid-connect',
  title: 'OpenID Connect',
  requirements: [
    {
      id: 'openid-connect/id-token-issued',
      ref: 'cap-07',
      verb: 'SHALL',
      guide: guide('conformance#single-sign-on'),
      versions: specVersions,
      condition: 'sso-openid-connect is advertised',
      summary: 'A launch with openid and fhirUser yields an id_token of the SMART profile',
      untestable: notYet('a launch'),
    },
  ],
  tests: [],
};

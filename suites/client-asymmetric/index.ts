import { type Suite, since } from '../../src/kit/index.ts';
import { guide } from '../guide.ts';
import { notYet } from '../not-yet.ts';

export const clientAsymmetric: Suite = {
  id: 'client-asymmetric',
  title: 'Client authentication: asymmetric',
  requirements: [
    {
      id: 'client-asymmetric/token-obtained',
      ref: 'cap-06',
      verb: 'SHALL',
      guide: guide('conformance#client-types'),
      versions: since('2.0'),
      condition: 'client-confidential-asymmetric is advertised',
      summary: 'A client that authenticates with a private-key JWT obtains an access token',
      untestable: notYet('a client with registered keys'),
    },
  ],
  tests: [],
};

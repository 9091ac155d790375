import { type Suite, specVersions } from '../../src/kit/index.ts';
import { guide } from '../guide.ts';
import { notYet } from '../not-yet.ts';

export const clientSymmetric: Suite = {
  id: 'client-symmetric',
  title: 'Client authentication: symmetric',
  requirements: [
    {
      id: 'client-symmetric/launch-completes',
      ref: 'cap-05',
      verb: 'SHALL',
      guide: guide('conformance#client-types'),
      versions: specVersions,
      condition: 'client-confidential-symmetric is advertised',
      summary: 'A client that authenticates with a secret completes a launch',
      untestable: notYet('a launch of a symmetric client'),
    },
  ],
  tests: [],
};

import { type Suite, since } from '../../src/kit/index.ts';
import { guide } from '../guide.ts';
import { notYet } from '../not-yet.ts';

export const appState: Suite = {
  id: 'app-state',
  title: 'App state',
  requirements: [
    {
      id: 'app-state/capability-works',
      ref: 'cap-20',
      verb: 'SHALL',
      guide: guide('conformance#app-state-experimental'),
      versions: since('2.1'),
      condition: 'smart-app-state is advertised',
      summary: 'The App State API works',
      untestable: notYet('an app-state client'),
    },
    {
      id: 'app-state/cors-etag-exposed',
      ref: 'corsx-04',
      verb: 'SHOULD',
      guide: 'https://fetch.spec.whatwg.org/#http-access-control-expose-headers',
      versions: since('2.1'),
      condition: 'smart-app-state is advertised',
      summary: 'ETag and Location are exposed to browser apps',
      untestable: notYet('a response of the App State API'),
    },
  ],
  tests: [],
};

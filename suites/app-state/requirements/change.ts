import { type Requirement, since } from '../../../src/kit/index.ts';
import { guide } from '../../guide.ts';

const interactions = guide('app-state#app-state-interactions');
const updates = guide('app-state#updates');
const deletes = guide('app-state#deletes');

const appState = 'smart-app-state is advertised';

/** Updating and deleting state. */
export const changeRequirements: readonly Requirement[] = [
  {
    id: 'app-state/update-with-if-match',
    ref: ['state-04', 'fhir-03'],
    verb: 'SHALL',
    guide: interactions,
    versions: since('2.1'),
    condition: 'smart-app-state is advertised; FHIR asks for 400, 412 and 428 pass too',
    summary: 'PUT with the current ETag updates; without If-Match it is refused',
  },
  {
    id: 'app-state/update-stale-412',
    ref: ['state-24', 'fhir-03'],
    verb: 'SHALL',
    guide: updates,
    versions: since('2.1'),
    condition: appState,
    summary: 'PUT with an old ETag is answered 412 and changes nothing',
  },
  {
    id: 'app-state/update-identity-412',
    ref: 'state-25',
    verb: 'SHALL',
    guide: updates,
    versions: since('2.1'),
    condition:
      'smart-app-state is advertised; FHIR\u2019s own rules would answer 400 or 422, the guide\u2019s text wins',
    summary: 'PUT that changes code or subject is answered 412 and changes nothing',
  },
  {
    id: 'app-state/update-id-matches-url',
    ref: ['state-26', 'fhir-05'],
    verb: 'SHALL',
    guide: updates,
    versions: since('2.1'),
    condition: appState,
    summary: 'PUT whose body has another id, or none, is answered 400',
  },
  {
    id: 'app-state/update-answered-200',
    ref: 'fhir-04',
    verb: 'SHALL',
    guide: 'https://hl7.org/fhir/R4/http.html#update',
    versions: since('2.1'),
    condition: appState,
    summary: 'An update is answered 200, with a new version',
  },
  {
    id: 'app-state/update-etag-and-body',
    ref: 'state-27',
    verb: 'SHALL',
    guide: updates,
    versions: since('2.1'),
    condition: appState,
    summary: 'An update is answered with the new ETag and the Basic as stored',
  },
  {
    id: 'app-state/delete-with-if-match',
    ref: 'state-05',
    verb: 'SHALL',
    guide: interactions,
    versions: since('2.1'),
    condition: appState,
    summary: 'DELETE with the current ETag deletes; without If-Match it is refused',
  },
  {
    id: 'app-state/delete-stale-412',
    ref: 'state-28',
    verb: 'SHALL',
    guide: deletes,
    versions: since('2.1'),
    condition: appState,
    summary: 'DELETE with an old ETag is answered 412 and deletes nothing',
  },
  {
    id: 'app-state/delete-final',
    ref: 'state-29',
    verb: 'SHALL',
    guide: deletes,
    versions: since('2.1'),
    condition:
      'smart-app-state is advertised; FHIR\u2019s own 404 or 410 is a warning, since the guide lets core FHIR win',
    summary: 'A deleted id fails as a precondition, and does not come back',
  },
  {
    id: 'app-state/delete-answered-200-or-204',
    ref: 'state-30',
    verb: 'SHOULD',
    guide: guide('app-state#example-4-deleting-the-access-keys-from-example-3'),
    versions: since('2.1'),
    condition: 'smart-app-state is advertised; only an example says so',
    summary: 'A delete is answered 200 or 204',
  },
  {
    id: 'app-state/deleted-not-found',
    ref: 'fhir-06',
    verb: 'SHOULD',
    guide: 'https://hl7.org/fhir/R4/http.html#delete',
    versions: since('2.1'),
    condition: appState,
    summary: 'Deleted state is found by no search',
  },
];

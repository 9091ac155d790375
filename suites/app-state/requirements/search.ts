import { type Requirement, since } from '../../../src/kit/index.ts';
import { guide } from '../../guide.ts';

const interactions = guide('app-state#app-state-interactions');
const querying = guide('app-state#querying-app-state');

const appState = 'smart-app-state is advertised';

/** Finding state again. */
export const searchRequirements: readonly Requirement[] = [
  {
    id: 'app-state/search-by-code-and-subject',
    ref: 'state-06',
    verb: 'SHALL',
    guide: interactions,
    versions: since('2.1'),
    condition: appState,
    summary: 'A search by code and subject finds exactly that state',
  },
  {
    id: 'app-state/search-global-state',
    ref: ['state-07', 'state-33'],
    verb: 'SHALL',
    guide: interactions,
    versions: since('2.1'),
    condition: 'clients.appState.globalState is set',
    summary: 'A search with subject:missing=true finds global state alone',
  },
  {
    id: 'app-state/search-code-exact',
    ref: 'state-31',
    verb: 'SHALL',
    guide: querying,
    versions: since('2.1'),
    condition: appState,
    summary: 'A search by code matches system and code exactly',
  },
  {
    id: 'app-state/search-subject-exact',
    ref: 'state-32',
    verb: 'SHALL',
    guide: querying,
    versions: since('2.1'),
    condition: 'smart-app-state is advertised; a relative reference, as in one example, is for information',
    summary: 'A search by subject matches the absolute reference exactly',
  },
  {
    id: 'app-state/search-bundle',
    ref: 'state-34',
    verb: 'SHALL',
    guide: querying,
    versions: since('2.1'),
    condition: appState,
    summary: 'A search gives a searchset of Basic resources as they were stored',
  },
  {
    id: 'app-state/search-bundle-members',
    ref: 'fhir-07',
    verb: 'SHALL',
    guide: 'https://hl7.org/fhir/R4/http.html#search',
    versions: since('2.1'),
    condition: 'smart-app-state is advertised; a missing self link is a warning',
    summary: 'A searchset has a self link, and its entries are matches',
  },
  {
    id: 'app-state/more-queries',
    ref: 'state-35',
    verb: 'MAY',
    guide: querying,
    versions: since('2.1'),
    condition: appState,
    summary: 'Further queries may be supported',
    untestable: 'a permission that no answer contradicts',
  },
  {
    id: 'app-state/not-in-general-searches',
    ref: 'state-45',
    verb: 'SHOULD',
    guide: guide('app-state#design-notes'),
    versions: since('2.1'),
    condition: 'App State has a base of its own',
    summary: 'State does not turn up in searches of Basic at the FHIR base URL',
  },
  {
    id: 'app-state/core-fhir-semantics',
    ref: 'state-08',
    verb: 'SHALL',
    guide: interactions,
    versions: since('2.1'),
    condition: 'smart-app-state is advertised; where the two differ, core FHIR wins',
    summary: 'The interactions follow core FHIR',
    untestable: 'the requirements on each interaction decide it',
  },
];

/** Requests of some shape for which nobody looks at what the token is good for: a server may watch over all ways but one. */
import type { Override } from '../behaviour.ts';
import { isJsonObject } from '../json.ts';
import { json } from '../responses.ts';
import type { Setup } from '../setup.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { almighty, isIssued } from './formats.ts';
import { changesAnswers, replaceRequest } from './overrides.ts';

interface Read {
  readonly url: URL;
  readonly headers: Headers;
}

/** Reads such as these are served whatever the token is good for; `isSuch` says whose. */
function unwatched(
  isMeant: (read: Read) => boolean,
  { isSuch = isIssued, to }: { isSuch?: (token: string | null, setup: Setup) => boolean; to?: (url: URL) => void } = {},
): Override {
  return changesAnswers('fhir', (answer, asked, _usual, setup) => {
    const { request } = asked;
    const url = new URL(request.url);
    const headers = new Headers(request.headers);
    if (request.method !== 'GET' || !isMeant({ url, headers }) || !isSuch(headers.get('authorization'), setup)) {
      return answer();
    }
    const token = almighty(setup);
    if (token === null) return answer();
    headers.set('authorization', `Bearer ${token}`);
    headers.delete('if-none-match');
    headers.delete('if-modified-since');
    to?.(url);
    replaceRequest(asked, url, { headers });
    return answer();
  });
}

const has =
  (...names: readonly string[]) =>
  ({ url }: Read) =>
    names.some((name) => url.searchParams.has(name));

/** Beside whom it gives away whatever a token is good for. */
const whatever = [
  ...['scopes/one-patient-only', 'scopes/scope-covers-request', 'scopes/granular-scope-filters'],
  ...['scopes/within-user-rights', 'scopes/read-scope', 'scopes/search-scope'],
  ...['backend-services/requested-scopes-restrict', 'app-launch/authorization-details-context'],
];

const everything = unwatched(({ url }) => url.pathname.endsWith('/$everything'), {
  to(url) {
    url.pathname = url.pathname.replace(/\/Patient\/.*$/, '');
    url.search = '?_type=Patient,Observation,Condition';
  },
});

const rows: readonly FaultRow[] = [
  {
    id: 'scopes/one-patient-only~conditional-read',
    level: 'fail',
    summary: 'A read with If-None-Match is served whoever asks, unless the version is that one',
    also: whatever,
    override: unwatched(({ headers }) => headers.has('if-none-match')),
  },
  {
    id: 'scopes/one-patient-only~modified-since',
    level: 'fail',
    summary: 'A read with If-Modified-Since is served whoever asks',
    also: whatever,
    override: unwatched(({ headers }) => headers.has('if-modified-since')),
  },
  {
    id: 'scopes/one-patient-only~elements',
    level: 'fail',
    summary: 'With _elements whatever is asked for is served',
    also: whatever,
    override: unwatched(has('_elements')),
  },
  {
    id: 'scopes/one-patient-only~summary',
    level: 'fail',
    summary: 'With _summary whatever is asked for is served',
    also: whatever,
    override: unwatched(has('_summary')),
  },
  {
    id: 'scopes/one-patient-only~filter',
    level: 'fail',
    summary: 'A search with _filter finds the data of all patients',
    also: whatever,
    override: unwatched(has('_filter')),
  },
  {
    id: 'scopes/one-patient-only~not',
    level: 'fail',
    summary: 'A search with the modifier :not finds the data of all patients',
    also: whatever,
    override: unwatched(({ url }) => [...url.searchParams.keys()].some((key) => key.endsWith(':not')), {
      to: (url) => (url.search = ''),
    }),
  },
  {
    id: 'scopes/one-patient-only~by-person',
    level: 'fail',
    summary: 'Patients are found by identifier, name and date of birth, whoever they are',
    also: whatever,
    override: unwatched(has('identifier', 'family', 'name', 'birthdate')),
  },
  {
    id: 'scopes/one-patient-only~counts',
    level: 'warn',
    summary: 'Searches with _summary=count count what they withhold',
    override: changesAnswers('fhir', async (answer, { request, context }, _usual, setup) => {
      const token = almighty(setup);
      if (request.method !== 'GET' || !request.url.includes('_summary=count') || token === null) return answer();
      context.req.raw = new Request(request.url, { headers: { authorization: `Bearer ${token}` } });
      const found: unknown = await (await answer()).json();
      const total = isJsonObject(found) ? found.total : 0;
      return json({ resourceType: 'Bundle', type: 'searchset', total });
    }),
  },
  {
    id: 'scopes/scope-covers-request~everything',
    level: 'fail',
    summary: '$everything brings all types to whoever has any token',
    also: whatever,
    override: everything,
  },
  {
    id: 'scopes/granular-scope-filters~everything',
    level: 'fail',
    summary: '$everything brings all categories to whoever has any token',
    also: whatever,
    override: everything,
  },
  {
    id: 'scopes/scope-covers-request~revincluded-with-patient',
    level: 'fail',
    summary: 'What is included in a search for a patient needs no scope',
    also: whatever,
    override: unwatched(({ url }) => url.pathname.endsWith('/Patient') && url.searchParams.has('_revinclude')),
  },
  {
    id: 'scopes/scope-covers-request~further-page',
    level: 'fail',
    summary: 'Further pages are served to any token',
    also: whatever,
    override: unwatched(has('_offset')),
  },
  {
    id: 'scopes/one-patient-only~further-page',
    level: 'fail',
    summary: 'Further pages are served to any token',
    also: whatever,
    override: unwatched(has('_offset')),
  },
  {
    id: 'scopes/token-validated~further-page',
    level: 'fail',
    summary: 'Further pages are served without a token',
    override: unwatched(has('_offset'), { isSuch: (token, setup) => !isIssued(token, setup) }),
  },
];

export const unwatchedFaults = faultsOf(rows);

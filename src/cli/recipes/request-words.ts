import type { RecipeRequest } from './recipe.ts';

/** What a request does, in words: `exchange a code at the token endpoint`. */
export function requestWords({ by, method, url, query, headers, body }: RecipeRequest): string {
  const form = body !== null && 'form' in body ? new Map(body.form) : new Map<string, string>();
  const header = new Map(headers);
  const place = url.replace(/^‹[A-Z_]+›\/?/, '');
  const endpoint = /^‹([A-Z_]+)›$/.exec(url)?.[1];
  if (method === 'OPTIONS')
    return `ask as a browser asks before a request from another origin (CORS preflight): ${where(url)}`;
  if (endpoint === 'AUTHORIZATION_ENDPOINT') {
    const act =
      by === 'browser'
        ? 'open the authorization page in a browser, sign in and approve'
        : 'ask the authorization endpoint';
    return method === 'POST' ? `${act}, the parameters in a form` : act;
  }
  if (endpoint === 'TOKEN_ENDPOINT') return tokenWords(form.get('grant_type'));
  const known = endpoint === undefined ? undefined : endpointWords.get(endpoint);
  if (known !== undefined) return known;
  if (place.endsWith('.well-known/smart-configuration')) return `fetch the SMART configuration${accepting(header)}`;
  if (place.endsWith('.well-known/openid-configuration')) return 'fetch the OpenID configuration of the issuer';
  if (place.endsWith('metadata')) return `fetch the CapabilityStatement${accepting(header)}`;
  if (place.endsWith('userinfo')) return 'ask who the token is about (userinfo)';
  if (url.startsWith('‹EHR_START_URL›')) return 'sign in to the EHR in a browser and start the app from it';
  if (by === 'browser') return 'open the page in a browser';
  if (/^‹(?:FHIR_BASE|APP_STATE_ENDPOINT)›/.test(url)) {
    return `${fhirWords(method, place, query.length > 0)}${credentials(header, query)}`;
  }
  return `${method} ${where(url)}`;
}

const endpointWords = new Map([
  ['INTROSPECTION_ENDPOINT', 'ask the introspection endpoint about a token'],
  ['REVOCATION_ENDPOINT', 'revoke a token'],
  ['JWKS_URI', 'fetch the server’s keys (JWK Set)'],
  ['USER_ACCESS_BRAND_BUNDLE', 'fetch the brand bundle'],
  ['MANAGEMENT_ENDPOINT', 'open the page where users manage what they have allowed'],
  ['REGISTRATION_ENDPOINT', 'register a client'],
]);

const grants = new Map([
  ['authorization_code', 'exchange a code at the token endpoint'],
  ['refresh_token', 'refresh at the token endpoint'],
  ['client_credentials', 'ask the token endpoint for a token as a backend service'],
]);

function tokenWords(grant: string | undefined): string {
  if (grant === undefined) return 'ask the token endpoint without a grant_type';
  return grants.get(grant) ?? `ask the token endpoint with grant_type=${grant}`;
}

const acts = new Map([
  ['GET', 'read'],
  ['HEAD', 'ask for the head of'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

function fhirWords(method: string, place: string, isQuery: boolean): string {
  if (method === 'POST' && place === '') return 'send a batch';
  if (method === 'POST')
    return place.endsWith('_search') ? `search ${place.split('/')[0]} by POST` : `create ${article(place)}`;
  if (method === 'GET' && place === '') return 'search all types';
  if (method === 'GET' && /^[A-Z]\w+$/.test(place)) return isQuery ? `search ${place}` : `ask for every ${place}`;
  return `${acts.get(method) ?? method} ${where(place)}`;
}

function article(type: string): string {
  return `${/^[AEIO]/.test(type) ? 'an' : 'a'} ${type}`;
}

function credentials(header: ReadonlyMap<string, string>, query: RecipeRequest['query']): string {
  if (query.some(([name]) => name === 'access_token')) return ' with the access token in the query';
  const authorization = header.get('authorization');
  if (authorization === undefined) return ' without a token';
  return authorization.startsWith('Bearer') ? ' with the access token' : '';
}

function accepting(header: ReadonlyMap<string, string>): string {
  const accept = header.get('accept');
  return accept === undefined || accept.includes('json') ? '' : ` with Accept: ${accept}`;
}

function where(url: string): string {
  return url.replaceAll(/[‹›]/g, (bracket) => (bracket === '‹' ? '$' : ''));
}

import { type Configuration, type Exchange, type Finding, isRecord, type Report, shortened } from '../../kit/index.ts';
import type { Pair, Recipe, RecipeBook, RecipeRequest } from './recipe.ts';

/** Of the requests a finding rests on, and of the ways one test decides one requirement. */
const mostRequests = 5;
const mostRecipes = 4;

/** Headers that say nothing about what is tested. */
const ownHeaders = new Set(['user-agent', 'accept-encoding', 'host', 'connection', 'content-length', 'cookie']);

/** What a page asks the server for by itself; a person who opens the first page sees the rest happen. */
const pagesOwn = /\/oauth\/interaction\/|\/(?:favicon|styles?)\b/;

/**
 * Makes recipes of the report of a self-test.
 *
 * @param configuration - of the reference server, whose values it replaces by names
 */
export function makeRecipes(report: Report, configuration: Configuration): RecipeBook {
  const substitute = substitutions(report, configuration);
  const origins = originsOf(report, configuration);
  const requests: RecipeRequest[] = [];
  const places = new Map<string, number>();
  const placeOf = (request: RecipeRequest): number => {
    const key = JSON.stringify(request);
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, requests.length);
    requests.push(request);
    return requests.length - 1;
  };
  const recipeOf = (test: string, finding: Finding): Recipe => {
    const exchanges = finding.exchanges
      .map((id) => report.exchanges.get(id))
      .filter((exchange) => exchange !== undefined)
      .filter(({ by, request }) => by === 'http' || !pagesOwn.test(request.url));
    const asked = [...new Set(exchanges.map((exchange) => placeOf(requestOf(exchange, substitute, origins))))];
    const seen = cut(finding.actual ?? finding.message);
    return {
      test,
      requirement: finding.requirement,
      expected: cut(generic(substitute(finding.expected ?? ''))),
      seen: generic(substitute(seen)),
      requests: asked.slice(0, mostRequests),
      more: Math.max(0, asked.length - mostRequests),
    };
  };

  const recipes: Recipe[] = [];
  for (const { id, findings } of report.tests) {
    const expectations = new Map<string, Set<string>>();
    for (const finding of findings) {
      if (finding.level === 'undecided') continue;
      const of = expectations.get(finding.requirement) ?? new Set();
      expectations.set(finding.requirement, of);
      const expected = substitute(finding.expected ?? finding.message).replaceAll(/‹[A-Z]+_CLIENT_ID›/g, '‹CLIENT_ID›');
      if (of.has(expected) || of.size === mostRecipes) continue;
      of.add(expected);
      recipes.push(recipeOf(id, finding));
    }
  }
  return compact({ requests, recipes });
}

/** Without the requests that no recipe names any more, numbered in the order of use. */
function compact({ requests, recipes }: RecipeBook): RecipeBook {
  const used = [...new Set(recipes.flatMap((recipe) => recipe.requests))];
  const numbers = new Map(used.map((place, index) => [place, index]));
  return {
    requests: used.map((place) => requests[place]).filter((request) => request !== undefined),
    recipes: recipes.map((recipe) => ({
      ...recipe,
      requests: recipe.requests.map((place) => numbers.get(place)).filter((number) => number !== undefined),
    })),
  };
}

function cut(text: string): string {
  return shortened(text, 600);
}

type Substitute = (text: string) => string;

/** Replaces the reference server's values by `‹NAME›`, longer ones first. */
function substitutions(report: Report, configuration: Configuration): Substitute {
  const { fhirBaseUrl, clients, data, users, ehrLaunch } = configuration;
  const names = new Map<string, string>();
  const name = (value: unknown, as: string) => {
    if (typeof value === 'string' && value.length > 2 && !names.has(value)) names.set(value, as);
  };
  name(fhirBaseUrl, 'FHIR_BASE');
  const published = documentOf(report);
  for (const [member, value] of Object.entries(published)) {
    if (/^(?:issuer|jwks_uri|user_access_brand_bundle|[a-z_]+_endpoint)$/.test(member))
      name(value, member.toUpperCase());
  }
  const associated = Array.isArray(published.associated_endpoints) ? published.associated_endpoints : [];
  for (const entry of associated) if (isRecord(entry)) name(entry.url, 'APP_STATE_ENDPOINT');
  if (fhirBaseUrl !== null) name(new URL(fhirBaseUrl).origin, 'SERVER');
  if (fhirBaseUrl !== null) name(new URL(fhirBaseUrl).host, 'HOST');
  const { others = [], introspection: _, ...single } = clients;
  for (const [role, client] of [
    ...Object.entries(single),
    ...others.map((client, at) => [`other${at || ''}`, client] as const),
  ]) {
    const prefix = role.replaceAll(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase();
    name(client?.clientId, `${prefix}_CLIENT_ID`);
    name(client?.redirectUri, `${prefix}_REDIRECT_URI`);
    name(client?.launchUrl, `${prefix}_LAUNCH_URL`);
    name(client?.origin, `${prefix}_ORIGIN`);
  }
  for (const { username } of Object.values(users)) name(username, 'USERNAME');
  name(ehrLaunch?.startUrl, 'EHR_START_URL');
  name(data.patient, 'PATIENT');
  name(data.otherPatient, 'OTHER_PATIENT');
  name(data.encounter, 'ENCOUNTER');
  const ordered = [...names].sort(([one], [other]) => other.length - one.length);
  const pattern = new RegExp(ordered.flatMap(([value]) => forms(value).map(escaped)).join('|'), 'g');
  const as = new Map(ordered.flatMap(([value, of]) => forms(value).map((form) => [form, `‹${of}›`] as const)));
  return (text) =>
    text
      .replaceAll(/‹([a-z_]+) [0-9a-f]{4}›/g, (_whole, kind: string) => `‹${kind.toUpperCase()}›`)
      .replaceAll(pattern, (found) => as.get(found) ?? found)
      .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '‹ID›');
}

function forms(value: string): string[] {
  return [...new Set([value, encodeURIComponent(value)])];
}

/** Not within a longer word: `ann` is no part of `scanned`. */
function escaped(value: string): string {
  const literal = value.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return /^[\w-]+$/.test(value) ? `(?<![\\w-])${literal}(?![\\w-])` : literal;
}

function documentOf(report: Report): Readonly<Record<string, unknown>> {
  for (const { request, response } of report.exchanges) {
    if (!request.url.endsWith('/.well-known/smart-configuration') || response?.status !== 200) continue;
    const parsed: unknown = JSON.parse(response.body);
    if (isRecord(parsed)) return parsed;
  }
  return {};
}

/** Where each secret, as the report spells it, came from. */
type Origins = (spelled: string) => string | null;

function originsOf(report: Report, { clients }: Configuration): Origins {
  const { others = [], introspection: _, ...single } = clients;
  const roles = new Map(Object.entries(single).map(([role, client]) => [client?.clientId, role]));
  for (const other of others) roles.set(other.clientId, 'others');
  const issued = new Map<string, string>();
  for (const { request, response, jwts } of report.exchanges) {
    const form = new URLSearchParams(request.body ?? '');
    const assertion = jwts.find(({ where }) => where === 'request body client_assertion')?.claims;
    const subject = isRecord(assertion) && typeof assertion.sub === 'string' ? assertion.sub : '';
    const role = roles.get(form.get('client_id') ?? subject) ?? (request.headers.authorization ? 'symmetric' : null);
    const by = role === null ? 'a client' : `clients.${role}`;
    const grant = form.get('grant_type');
    if (grant !== null && response?.status === 200) {
      for (const [spelled, kind] of response.body.matchAll(/‹([a-z_]+) [0-9a-f]{4}›/g)) {
        if (!issued.has(spelled)) issued.set(spelled, `${kind} of the answer to grant_type=${grant} by ${by}`);
      }
    }
    for (const [spelled] of (response?.headers.location ?? '').matchAll(/‹code [0-9a-f]{4}›/g)) {
      issued.set(
        spelled,
        'code in the address to which the browser is sent back after consent (smart-check explain app-launch/code-issued)',
      );
    }
  }
  return (spelled) => issued.get(spelled) ?? null;
}

function requestOf(exchange: Exchange, substitute: Substitute, origins: Origins): RecipeRequest {
  const { by, request, response, jwts } = exchange;
  const named = namesOfSecrets(request, origins);
  const say = (text: string) => generic(substitute(named.rename(text)));
  const question = request.url.indexOf('?');
  const isForm = /^application\/x-www-form-urlencoded/.test(request.headers['content-type'] ?? '');
  const shown = Object.entries(request.headers).filter(
    ([header]) =>
      !(ownHeaders.has(header) || (by === 'browser' && header !== 'content-type')) &&
      !(isForm && header === 'content-type'),
  );
  const assertion = jwts.find(({ where }) => where === 'request body client_assertion');
  return {
    by,
    method: request.method,
    url: say(question < 0 ? request.url : request.url.slice(0, question)),
    query: question < 0 ? [] : pairs(request.url.slice(question + 1), say),
    headers: shown.map(([header, value]) => [header, say(value)]),
    body: request.body === null ? null : isForm ? { form: pairs(request.body, say) } : { text: say(request.body) },
    status: response?.status ?? null,
    ...(assertion && { assertion: timeless(assertion, substitute) }),
    origins: named.origins,
  };
}

/** Tells secrets of one kind in one request apart, and says where each came from. */
function namesOfSecrets(request: Exchange['request'], origins: Origins) {
  const names = new Map<string, string>();
  const from: Record<string, string> = {};
  for (const [spelled = '', kind = ''] of JSON.stringify(request).matchAll(/‹([a-z_]+) [0-9a-f]{4}›/g)) {
    if (names.has(spelled)) continue;
    const base = kind.toUpperCase();
    const count = [...names.values()].filter((name) => name.startsWith(base)).length;
    const name = count === 0 ? base : `${base}_${count + 1}`;
    names.set(spelled, name);
    const origin = origins(spelled);
    if (origin !== null) from[name] = origin;
    else if (/^(?:access_token|refresh_token|id_token|code)$/.test(kind))
      from[name] = `${kind} that is made up, or altered`;
  }
  const rename = (text: string) =>
    text.replaceAll(/‹[a-z_]+ [0-9a-f]{4}›/g, (spelled) => {
      const name = names.get(spelled);
      return name === undefined ? spelled : `‹${name}›`;
    });
  return { rename, origins: from };
}

/** Without what is new in each run, and what goes on for long. */
function generic(text: string): string {
  const repeated = /(.{1,8}?)\1{79,}/gu;
  return text
    .replaceAll(/\bW\/"[^"]*"/g, '‹ETAG›')
    .replaceAll(repeated, (run, unit: string) => `${unit.repeat(3)}… (${run.length} characters)`);
}

const perRun = new Map([
  ['state', 'STATE'],
  ['nonce', 'NONCE'],
  ['code_challenge', 'CODE_CHALLENGE'],
  ['launch', 'LAUNCH'],
]);

function pairs(query: string, say: Substitute): Pair[] {
  return query
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 0) return [decoded(pair), ''];
      const name = decoded(pair.slice(0, equals));
      const value = decoded(pair.slice(equals + 1));
      const random = perRun.get(name);
      return [name, random !== undefined && /^[\w-]{20,}$/.test(value) ? `‹${random}›` : say(value)];
    });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function timeless(assertion: { readonly header: unknown; readonly claims: unknown }, substitute: Substitute) {
  const claims: Record<string, unknown> = { ...(isRecord(assertion.claims) ? assertion.claims : {}) };
  const { iat, exp, nbf } = claims;
  const now = typeof iat === 'number' ? iat : null;
  const relative = (time: unknown) =>
    typeof time === 'number' && now !== null && time !== now
      ? `now ${time < now ? '-' : '+'} ${Math.abs(time - now)} s`
      : 'now';
  if (typeof iat === 'number') claims.iat = 'now';
  if (typeof exp === 'number') claims.exp = now === null ? 'now + 240 s' : relative(exp);
  if (typeof nbf === 'number') claims.nbf = relative(nbf);
  if (typeof claims.jti === 'string' && claims.jti.length > 8) claims.jti = 'a fresh string';
  const spelled: unknown = JSON.parse(substitute(JSON.stringify({ header: assertion.header, claims })));
  return isRecord(spelled) ? { header: spelled.header, claims: spelled.claims } : { header: null, claims: null };
}

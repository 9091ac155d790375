/** Doubts about the configuration: what a server answers to a wrong entry looks from outside like a fault of its own. */
import type { JourneyOutcome, StopCause, Stopped } from '../browser/journey.ts';
import { jsonObjectIn } from '../http/json-object-in.ts';
import { type Configuration, type Exchange, lookUp, type User } from '../kit/index.ts';
import { nearest } from '../kit/nearest.ts';
import { methodOf } from '../oauth/client-authentication.ts';
import { readJwt } from '../oauth/jwt.ts';
import { belowBase, wellKnown } from '../smart/well-known.ts';
import { type NamedClient, namedClients } from './named-clients.ts';

export interface Doubts {
  /** Told of every exchange, before it is redacted. */
  see(exchange: Exchange): void;
  /** Told of every way of the browser. */
  seeJourney(outcome: JourneyOutcome): void;
  /**
   * Which entries of the configuration to look at, where something rests on these exchanges; null where nothing in the
   * run speaks for a wrong entry.
   */
  hintFor(exchangeIds: readonly string[]): string | null;
}

/** An entry that may be wrong, as long as nothing in the run shows that it is right. */
interface Doubt {
  /** What would show it: `token public`, `back public`. */
  readonly proof: string;
  readonly hint: string;
}

/** Watches a run. What a client was once given in it clears the client: refusals are asked for all the time. */
export function createDoubts(configuration: Configuration): Doubts {
  const clients = namedClients(configuration);
  const doubts = new Map<string, Doubt>();
  const proven = new Set<string>();
  const note = (seen: Seen | null, exchanges: readonly Exchange[]) => {
    for (const proof of seen?.proves ?? []) proven.add(proof);
    if (seen?.doubt !== undefined) for (const { id } of exchanges) doubts.set(id, seen.doubt);
  };

  return {
    see(exchange) {
      note(tokenRequestIn(exchange, clients) ?? (proven.has(ofBase) ? null : baseRequestIn(exchange, configuration)), [
        exchange,
      ]);
    },
    seeJourney(outcome) {
      note(journeyIn(outcome, clients, configuration), outcome.exchanges);
    },
    hintFor(ids) {
      const standing = ids.flatMap((id) => doubts.get(id) ?? []).filter(({ proof }) => !proven.has(proof));
      return [...new Set(standing.map(({ hint }) => hint))].join(' ') || null;
    },
  };
}

interface Seen {
  readonly proves?: readonly string[];
  readonly doubt?: Doubt;
}

/** What the token endpoint says of a client (RFC 6749 section 5.2). */
function tokenRequestIn(exchange: Exchange, clients: readonly NamedClient[]): Seen | null {
  const { request, response } = exchange;
  if (!response || request.body === null || !/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '')) {
    return null;
  }
  const form = new URLSearchParams(request.body);
  const grantType = form.get('grant_type');
  const client = grantType === null ? undefined : clientOf(form, request.headers.authorization, clients);
  if (grantType === null || !client) return null;
  const { access_token: token, error } = jsonObjectIn(exchange) ?? {};
  const proof = `token ${client.entry}`;
  if (typeof token === 'string' || error === 'invalid_grant') return { proves: [proof] };
  const hint = lookUp(hintsOnErrors, error)?.(client, grantType);
  return hint === undefined ? null : { doubt: { proof, hint } };
}

function clientOf(form: URLSearchParams, authorization: string | undefined, clients: readonly NamedClient[]) {
  const assertion = form.get('client_assertion');
  const jwt = assertion === null ? null : readJwt(assertion);
  const basic = /^Basic (.*)$/i.exec(authorization ?? '')?.[1];
  const id =
    jwt?.kind === 'jwt'
      ? jwt.claims.iss
      : basic === undefined
        ? form.get('client_id')
        : new URLSearchParams(`id=${Buffer.from(basic, 'base64').toString().split(':')[0]}`).get('id');
  return clients.find(({ clientId }) => clientId === id);
}

type Hint = (client: NamedClient, grantType: string) => string;

/** By `error`. */
const hintsOnErrors: Readonly<Record<string, Hint>> = {
  invalid_client: (client) => lookAt(credentialEntries(client), credentialQuestions[methodOf(client)]),
  unauthorized_client: (client, grantType) =>
    lookAt([idOf(client)], `is it the client that is registered for grant_type=${grantType}?`),
  invalid_scope: ({ entry, scope, clientId }) =>
    scope === undefined
      ? `set ${entry}.scope in the configuration to the scopes that are registered for ${JSON.stringify(clientId)}: without it, what the server lists is asked for`
      : lookAt([`${entry}.scope (${JSON.stringify(scope)})`], 'are these scopes registered for the client?'),
};

const registered = 'are they what is registered at the server, and for one and the same client?';
const credentialQuestions: Readonly<Record<ReturnType<typeof methodOf>, string>> = {
  none: 'is a client of this id registered, and as a public one, without a secret and keys?',
  client_secret_basic: `${registered} Where the server takes a secret in the body alone, tokenEndpointAuthMethod: client_secret_post lets the rest be tested.`,
  client_secret_post: registered,
  private_key_jwt: 'does the server have the public half of the key for this client, under the same kid?',
};

function credentialEntries(client: NamedClient): readonly string[] {
  const { entry, keys, clientSecret, jwksUrl } = client;
  const kids = keys?.keys.flatMap(({ kid }) => (typeof kid === 'string' ? [`kid ${JSON.stringify(kid)}`] : [])) ?? [];
  return [
    idOf(client),
    ...(clientSecret === undefined ? [] : [`${entry}.clientSecret`]),
    ...(keys ? [`${entry}.keys${kids.length === 0 ? '' : ` (${kids.join(', ')})`}`] : []),
    ...(jwksUrl === undefined ? [] : [`${entry}.jwksUrl (${JSON.stringify(jwksUrl)})`]),
  ];
}

function idOf({ entry, clientId }: NamedClient): string {
  return `${entry}.clientId (${JSON.stringify(clientId)})`;
}

function lookAt(entries: readonly string[], question: string): string {
  const list = entries.length < 2 ? entries.join() : `${entries.slice(0, -1).join(', ')} and ${entries.at(-1)}`;
  return `look first at ${list} in the configuration: ${question}`;
}

/** What the server's pages say of a client, its redirect URI and the user. */
function journeyIn(
  outcome: JourneyOutcome,
  clients: readonly NamedClient[],
  configuration: Configuration,
): Seen | null {
  const user = userIn(outcome, configuration);
  const members = outcome.kind === 'stopped' ? userMembers[outcome.cause] : undefined;
  if (user !== null && members) {
    return { doubt: { proof: `user ${user}`, hint: hintOnUser(user, members, configuration) } };
  }
  const client = outcome.exchanges.map((exchange) => startedBy(exchange, clients)).find((one) => one !== undefined);
  if (!client) {
    if (outcome.kind === 'returned') return null;
    return openedElsewhere(outcome, clients) ?? notThere(outcome, configuration, clients);
  }
  const proof = `back ${client.entry}`;
  if (outcome.kind === 'returned') {
    const hint = lookUp(hintsOnErrors, outcome.parameters.get('error'))?.(client, 'authorization_code');
    const signedIn = user === null ? [] : [`user ${user}`];
    return hint === undefined ? { proves: [proof, ...signedIn] } : { proves: signedIn, doubt: { proof, hint } };
  }
  const { cause, lastStatus, message } = outcome;
  // Where somebody has signed in, it may be about the user as well, unless the page says otherwise.
  const isRefusal = cause === 'error-page' && lastStatus !== null && lastStatus < 500 && user === null;
  if (!isRefusal && !(lastStatus !== null && lastStatus < 500 && refusing.test(message))) return null;
  return { doubt: { proof, hint: hintOnPage(client, message) } };
}

/** What pages say that are not answered with an error status. */
export const refusing = /redirect.?ur[il]|client.?id|(invalid|unknown|unregistered).?client|AADSTS/i;

/** The client for which an authorization request with its own redirect URI was sent. */
function startedBy({ request }: Exchange, clients: readonly NamedClient[]): NamedClient | undefined {
  const parameters = request.method === 'POST' ? new URLSearchParams(request.body ?? '') : queryOf(request.url);
  const redirectUri = parameters.get('redirect_uri');
  if (redirectUri === null) return undefined;
  return clients.find((one) => one.clientId === parameters.get('client_id') && one.redirectUri === redirectUri);
}

function queryOf(url: string): URLSearchParams {
  return new URLSearchParams(url.split('#')[0]?.split('?')[1]);
}

function hintOnPage(client: NamedClient, message: string): string {
  const redirectUri = `${client.entry}.redirectUri (${JSON.stringify(client.redirectUri)})`;
  const entries = /redirect|return|callback/i.test(message) ? [redirectUri, idOf(client)] : [idOf(client), redirectUri];
  return lookAt(
    entries,
    'unless both are registered, letter by letter, a server may not send the browser back (RFC 6749 section 4.1.2.1)',
  );
}

/** Whose user name was typed. */
function userIn({ exchanges }: JourneyOutcome, { users }: Configuration): string | null {
  const sent = exchanges.flatMap(({ request }) => (request.method === 'POST' ? (request.body ?? []) : []));
  const wasTyped = (username: string) =>
    sent.some(
      (body) => body.includes(JSON.stringify(username)) || [...new URLSearchParams(body).values()].includes(username),
    );
  return Object.entries(users).find(([, { username }]) => wasTyped(username))?.[0] ?? null;
}

/** What of a user may be wrong, by how signing in ended. */
const userMembers: Partial<Readonly<Record<StopCause, readonly (keyof User)[]>>> = {
  'wrong-credentials': ['username', 'password'],
  locked: ['username', 'password'],
  'needs-otp': ['totpSecret'],
};

function hintOnUser(name: string, members: readonly (keyof User)[], { users }: Configuration): string {
  const entries = members.map((member) => {
    const shown = member === 'username' ? ` (${JSON.stringify(users[name]?.username)})` : '';
    return `users.${name}.${member}${shown}`;
  });
  return lookAt(entries, 'can you sign in with that by hand?');
}

/** An EHR that is not where the configuration says. */
function notThere(outcome: Stopped, configuration: Configuration, clients: readonly NamedClient[]): Seen | null {
  const { cause, lastStatus, exchanges } = outcome;
  if (cause !== 'error-page' || (lastStatus !== 404 && lastStatus !== 410)) return null;
  const { ehrLaunch } = configuration;
  const places = [
    ...clients.map(({ entry, ehrStartUrl }) => ({ entry: `${entry}.ehrStartUrl`, url: ehrStartUrl })),
    { entry: 'ehrLaunch.startUrl', url: ehrLaunch?.startUrl },
    { entry: 'ehrLaunch.taskStartUrl', url: ehrLaunch?.taskStartUrl },
  ];
  const place = places.find(({ url }) => url !== undefined && new URL(url).href === exchanges[0]?.request.url);
  if (!place) return null;
  const hint = lookAt(
    [`${place.entry} (${JSON.stringify(place.url)})`],
    'is that where a user starts an app in the EHR?',
  );
  return { doubt: { proof: 'never', hint } };
}

/** An EHR that opened another address with `iss` and `launch` than a launch URL of the configuration. */
function openedElsewhere({ exchanges }: JourneyOutcome, clients: readonly NamedClient[]): Seen | null {
  const addresses = exchanges.flatMap(({ request, response }) => [request.url, response?.headers.location ?? '']);
  const opened = addresses.find((url) => queryOf(url).has('iss') && queryOf(url).has('launch'));
  const launchable = clients.flatMap(({ entry, launchUrl }) => (launchUrl === undefined ? [] : [{ entry, launchUrl }]));
  if (opened === undefined || launchable.length === 0) return null;
  const at = opened.replace(/[?#].*$/s, '');
  const other = launchable.find(({ launchUrl }) => launchUrl === at);
  if (other) {
    const hint = `the EHR opened ${other.entry} in place of the app that was to be started: ehrStartUrl of that client says where the EHR starts it`;
    return { doubt: { proof: 'never', hint } };
  }
  const meant = nearest(
    at,
    launchable.map(({ launchUrl }) => launchUrl),
  );
  const entries = launchable
    .filter(({ launchUrl }) => meant === undefined || launchUrl === meant)
    .map(({ entry, launchUrl }) => `${entry}.launchUrl (${JSON.stringify(launchUrl)})`);
  return { doubt: { proof: 'never', hint: lookAt(entries, `the EHR opened ${at}, which is no client’s`) } };
}

const ofBase = 'base';

/** Whether there is a FHIR server at the base URL. */
function baseRequestIn(exchange: Exchange, { fhirBaseUrl, tls }: Configuration): Seen | null {
  const { request, response, error } = exchange;
  if (fhirBaseUrl === null || request.method !== 'GET') return null;
  const isMetadata = request.url === belowBase(fhirBaseUrl, 'metadata');
  if (!isMetadata && request.url !== wellKnown(fhirBaseUrl, 'smart-configuration')) return null;
  const proof = ofBase;
  if (response?.status === 200 && jsonObjectIn(exchange) !== null) return { proves: [proof] };
  const base = `look first at the FHIR base URL (${JSON.stringify(fhirBaseUrl)})`;
  const isMute = error !== null && brokenOff.includes(error.code);
  if (/^http:/i.test(fhirBaseUrl) && (isMute || /sent to (an )?HTTPS port/i.test(response?.body ?? ''))) {
    return { doubt: { proof, hint: `${base}: is it https that is spoken there?` } };
  }
  if (error?.kind === 'certificate' && tls.ca !== undefined && !ofTheServer.test(error.code)) {
    const hint = 'look first at tls.ca in the configuration, or --ca-cert: it holds another authority than the issuer';
    return { doubt: { proof, hint } };
  }
  if (!response || ![200, 404, 410].includes(response.status)) return null;
  return { doubt: { proof, hint: `${base}: is it the address below which /metadata answers?` } };
}

/** What a server of https makes of http. */
const brokenOff = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'];
const ofTheServer = /EXPIRED|NOT_YET_VALID|ALTNAME|REVOKED/;

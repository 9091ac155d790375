import type { Override } from '../behaviour.ts';
import type { RegisteredClient } from '../clients.ts';
import { inEhr } from '../faults/context.ts';
import {
  changesAnswers,
  changesAuthorization,
  changesIdTokens,
  changesSmartConfiguration,
  changesTokenResponse,
  changesTokens,
  lacking,
  listing,
  without,
} from '../faults/overrides.ts';
import { readResourceScope } from '../fhir/resource-scope.ts';
import { resourceTypes } from '../fhir/resource-types.ts';
import { isJsonObject } from '../json.ts';
import type { SelfDescription } from '../self-description.ts';
import { together } from '../together.ts';
import { knowing, usualScopes } from './tokens.ts';
import type { Variant } from './variant.ts';

/** Whichever origin the policy allows. */
const originsByClient: Override = (usual, { clients }) => ({
  respond: async (asked, answer) => {
    if (asked.endpoint !== 'token') return usual.respond(asked, answer);
    const form = new URLSearchParams(await asked.request.clone().text());
    const client = clients.find(({ clientId }) => clientId === form.get('client_id'));
    const isTheirs = client?.origin !== undefined && client.origin === asked.request.headers.get('origin');
    const { outgoing } = asked.context.env;
    const usually = outgoing.writeHead.bind(outgoing);
    const without = (headers: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'access-control-allow-origin'));
    outgoing.writeHead = ((status: number, headers: Readonly<Record<string, string>> = {}) =>
      usually(status, isTheirs ? headers : without(headers))) as typeof outgoing.writeHead;
    return usual.respond(asked, answer);
  },
});

/** Which types of client have offline access is a server’s decision (app-launch, "Refresh access token"). */
export const offlineForConfidential = changesAuthorization(({ checks }) => ({
  checks: {
    ...checks,
    scope: (parameters, client) => {
      const isPublic = client.clientSecret === undefined && client.keys === undefined;
      const isLasting = /(^| )(offline|online)_access( |$)/.test(parameters.get('scope') ?? '');
      const refused = { error: 'invalid_scope', description: 'refresh tokens are for confidential clients' };
      return isPublic && isLasting ? refused : checks.scope(parameters, client);
    },
  },
}));

/** What launches bring, and by which ways. */
export const launchVariants: readonly Variant[] = [
  {
    id: 'context-as-asked',
    summary: 'Launches with the context that apps ask for, and with a style for none, as it embeds none',
    override: changesTokenResponse((members, { scopes }) =>
      without('smart_style_url', ...(scopes.includes('launch/encounter') ? [] : ['encounter']))(members),
    ),
    description: knowing(usualScopes),
  },
  {
    id: 'charts-without-visits',
    summary: 'Starts apps from charts in which no visit is open',
    override: together(
      changesAnswers('ehr', (answer, { request }) => {
        const url = new URL(request.url);
        if (!url.searchParams.has('patient') || url.searchParams.has('encounter')) return answer();
        url.searchParams.set('encounter', 'none');
        return new Response(null, { status: 303, headers: { location: url.href } });
      }),
      inEhr(without('encounter')),
    ),
    description: knowing([...usualScopes, 'launch/encounter']),
  },
  {
    id: 'permissions-named-alone',
    summary: 'Names those of the granted scopes alone that give access to data',
    override: changesTokenResponse((members) => ({
      ...members,
      scope: String(members.scope).split(' ').filter(isData).join(' '),
    })),
    description: knowing(usualScopes),
  },
  {
    id: 'all-named-on-refresh',
    summary: 'Names at first those of the granted scopes alone that give access to data, and all of them on refresh',
    warned: ['app-launch/refresh-without-scope', 'app-launch/refresh-rotation-keeps-scope'],
    override: changesTokenResponse((members, { scopes }, grantType) => {
      const named = String(members.scope).split(' ');
      const others = scopes.filter((scope) => !isData(scope));
      const all = grantType === 'refresh_token' ? [...others, ...named] : named.filter(isData);
      return { ...members, scope: [...new Set(all)].join(' ') };
    }),
    description: knowing(usualScopes),
  },
  {
    id: 'hidden-as-missing',
    summary:
      'Says of all that a token may not have that it is not there, of the user\u2019s own record in another\u2019s launch',
    warned: ['scopes/bearer-insufficient-scope', 'openid-connect/fhir-user-readable'],
    override: together(
      (usual) => ({
        bearer: {
          ...usual.bearer,
          refusal: (refusal) =>
            refusal.kind === 'insufficient-scope' ? { status: 404, challenge: null } : usual.bearer.refusal(refusal),
        },
      }),
      changesIdTokens(({ claims }, { site }) => ({
        claims(...of) {
          const usual = claims(...of);
          return usual.fhirUser === `${site.fhir}/Patient/pat-1`
            ? { ...usual, fhirUser: `${site.fhir}/Patient/pat-3` }
            : usual;
        },
      })),
    ),
    description: knowing([...usualScopes, 'launch/encounter']),
  },
  {
    id: 'written-otherwise',
    summary:
      'Encodes no more than it must in the addresses it redirects to, and writes members in another order on refresh',
    override: together(
      changesAnswers('authorize', (answer, { request }, _usual, { site }) => {
        const { searchParams } = new URL(request.url);
        if (request.method !== 'GET' || searchParams.has('locale')) return answer();
        const query = [...searchParams].map((pair) => pair.map(encodeURIComponent).join('=').replaceAll('%3A', ':'));
        const location = `${site.authorize}?${[...query, 'locale=en'].join('&')}`;
        return new Response(null, { status: 302, headers: { location } });
      }),
      changesTokenResponse((members, _grant, grantType) =>
        grantType === 'refresh_token' ? { ...members, fhirContext: reversed(members.fhirContext) } : members,
      ),
    ),
    description: (usual) => knowing([...usualScopes, conditionInARole(usual)])(usual),
  },
  {
    id: 'launch-values-passed-over',
    summary: 'Passes over a launch value that is not good, or no longer, and lets the user pick a patient',
    override: changesAuthorization((rules) => ({
      launchFor: (value, client, session) =>
        rules.launchFor(value, client, session) ?? { client, session, context: {}, used: false },
    })),
  },
  {
    id: 'own-record-inferred',
    summary: 'Lets patients launch apps from a portal, for their own record whatever the launch value',
    override: changesAuthorization((rules) => ({
      launchFor: (value, client, session) =>
        rules.launchFor(value, client, session) ?? { client, session, context: {}, used: false },
    })),
    description: (usual) => ({
      ...knowing(usualScopes)(usual),
      ehrLaunch: { ...usual.ehrLaunch, user: 'patient' },
      // Of the practitioner; the patient's own record is another.
      data: { ...usual.data, patient: 'pat-2', otherPatient: 'pat-3', encounter: 'enc-2' },
    }),
  },
  {
    id: 'user-scopes-alone',
    summary: 'Launches apps for clinicians, with user/ scopes and no patient in context',
    warned: ['discovery/capability-set'],
    override: together(
      changesSmartConfiguration(listing('capabilities', lacking('permission-patient', /^context-(standalone|ehr)/))),
      changesSmartConfiguration(listing('scopes_supported', lacking(/^(patient|launch)\//))),
      changesTokenResponse((members, { client }) => (keepsState(client) ? members : withoutPatient(members))),
      changesAuthorization(({ checks }) => ({
        checks: {
          ...checks,
          scope: (parameters, client) => {
            const isAboutPatient = /(^| )(patient|launch)\//.test(parameters.get('scope') ?? '');
            const refused = { error: 'invalid_scope', description: 'no patient is in context here' };
            return isAboutPatient && !keepsState(client) ? refused : checks.scope(parameters, client);
          },
        },
      })),
    ),
    description: ({ users, ...usual }) => ({
      ...usual,
      users: Object.fromEntries(Object.entries(users).filter(([name]) => name === 'practitioner')),
      capabilitySets: [],
    }),
  },
  {
    id: 'scopes-as-registered',
    summary: 'Grants what an app is registered for, whatever it asks for, and names openid by the id_token alone',
    override: grantingAsRegistered(() => usualScopes),
    description: knowing(usualScopes),
  },
  {
    id: 'scopes-as-registered-by-app',
    summary: 'Grants what an app is registered for, whatever it asks for: to one of them observations alone',
    override: grantingAsRegistered(({ clientId }) => narrowScopes.get(clientId) ?? wideScopes),
    description: (usual) => {
      const known = knowing(wideScopes)(usual);
      const others = (known.clients.others ?? []).map((client) => {
        const narrow = narrowScopes.get(client.clientId);
        return narrow ? { ...client, scope: narrow.join(' ') } : client;
      });
      return { ...known, clients: { ...known.clients, others } };
    },
  },
  {
    id: 'wildcards-expanded',
    summary: 'Grants a scope for each type there is in place of a wildcard',
    override: changesTokens((usual, { fhirVersion }) => ({
      grantedScopes: (approved, client) => {
        const types = resourceTypes(fhirVersion).map(({ type }) => type);
        const expanded = (scope: string) => types.map((type) => scope.replace('/*.', `/${type}.`));
        return usual
          .grantedScopes(approved, client)
          .flatMap((scope) => (readResourceScope(scope)?.type === '*' ? expanded(scope) : scope));
      },
    })),
  },
  {
    id: 'offline-for-confidential-apps',
    summary: 'Refuses offline_access and online_access to public clients',
    override: offlineForConfidential,
  },
  {
    id: 'sign-on-demanded',
    summary: 'Refuses every authorization request that does not ask for openid',
    override: changesAuthorization(({ checks }) => ({
      checks: {
        ...checks,
        scope: (parameters, client) => {
          const isAsked = (parameters.get('scope') ?? '').split(' ').includes('openid');
          const refused = { error: 'invalid_scope', description: 'openid is to be asked for' };
          return isAsked ? checks.scope(parameters, client) : refused;
        },
      },
    })),
  },
  {
    id: 'nonce-demanded',
    summary: 'Refuses every authorization request that asks for openid without a nonce',
    override: changesAuthorization(({ checks }) => ({
      checks: {
        ...checks,
        scope: (parameters, client) => {
          const isOpenid = (parameters.get('scope') ?? '').split(' ').includes('openid');
          const refused = { error: 'invalid_request', description: 'a nonce is needed' };
          return isOpenid && !parameters.get('nonce') ? refused : checks.scope(parameters, client);
        },
      },
    })),
  },
  {
    id: 'data-demanded',
    summary: 'Refuses every authorization request that asks for no data',
    override: changesAuthorization(({ checks }) => ({
      checks: {
        ...checks,
        scope: (parameters, client) => {
          const isAsked = (parameters.get('scope') ?? '').split(' ').some(isData);
          const refused = { error: 'invalid_scope', description: 'data is to be asked for' };
          return isAsked ? checks.scope(parameters, client) : refused;
        },
      },
    })),
  },
  {
    id: 'origins-by-client',
    summary: 'Lets pages read what the token endpoint answers to the app whose origin is theirs',
    override: originsByClient,
    description: ({ clients, ...usual }) => {
      const { origin, ...elsewhere } = clients.public;
      return { ...usual, clients: { ...clients, public: elsewhere } };
    },
  },
];

function isData(scope: string): boolean {
  return /^(patient|user|system)\//.test(scope);
}

/** State is kept under scopes of its own. */
/** @param registered - the scopes of an app; those that keep state get what they ask for */
function grantingAsRegistered(registered: (client: RegisteredClient) => readonly string[]): Override {
  return together(
    changesAuthorization(({ offeredScopes }) => ({
      offeredScopes: (requested, client, launch) =>
        offeredScopes(keepsState(client) ? requested : registered(client), client, launch),
    })),
    changesTokenResponse((members) => ({
      ...members,
      scope: String(members.scope)
        .split(' ')
        .filter((scope) => scope !== 'openid')
        .join(' '),
    })),
  );
}

const wideScopes = ['launch', 'launch/patient', 'patient/*.rs', 'openid', 'fhirUser', 'offline_access'];

/** By the id of an app. */
const narrowScopes = new Map([
  ['smart-check-other-web-app', ['launch', 'launch/patient', 'patient/Observation.rs', 'openid', 'fhirUser']],
  ['smart-check-other-browser-app', ['launch', 'launch/patient', 'patient/Patient.rs', 'openid', 'fhirUser']],
]);

function keepsState({ stateCodes }: RegisteredClient): boolean {
  return stateCodes !== undefined;
}

const withoutPatient = without('patient', 'encounter', 'need_patient_banner', 'fhirContext');

/** A scope for context whose items have more than one member. */
function conditionInARole({ fhirBaseUrl }: SelfDescription): string {
  return `launch/condition?role=${fhirBaseUrl.replace(/\/fhir$/, '')}/roles/reason-for-visit`;
}

/** The members of each item the other way round. */
function reversed(items: unknown): unknown {
  return Array.isArray(items)
    ? items.map((item) => (isJsonObject(item) ? Object.fromEntries(Object.entries(item).reverse()) : item))
    : items;
}

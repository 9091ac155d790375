/** How a server comes by the keys of clients (client-confidential-asymmetric, "Signature Verification"). */
import type { Override } from '../behaviour.ts';
import type { RegisteredClient } from '../clients.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { json, page } from '../responses.ts';
import { together } from '../together.ts';
import type { KeyCaching } from '../tokens/client-keys.ts';
import { unguessable } from '../vault.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers, changesAssertions, changesHeaderCheck, changesSmartConfiguration } from './overrides.ts';

/** The keys of a client, changed. */
function keeping(change: (keys: readonly JsonObject[], client: RegisteredClient) => readonly JsonObject[]): Override {
  return changesAssertions(({ potentialKeys }) => ({
    potentialKeys: async (assertion, client, caching) =>
      change(await potentialKeys(assertion, client, caching), client),
  }));
}

/** How JWK Sets are fetched and kept, changed. */
function caching(change: (usual: KeyCaching) => Partial<KeyCaching>): Override {
  return changesAssertions(({ keyCaching }) => ({ keyCaching: { ...keyCaching, ...change(keyCaching) } }));
}

const rows: readonly FaultRow[] = [
  {
    id: 'client-asymmetric/keys-by-url~unused',
    level: 'fail',
    summary: 'JWK Sets of clients are fetched, and not used',
    override: keeping((keys, { jwksUrl }) => (jwksUrl === undefined ? keys : [])),
  },
  {
    id: 'client-asymmetric/keys-by-value~unused',
    level: 'fail',
    summary: 'Clients whose keys were registered by value are refused',
    also: [
      'client-asymmetric/code-exchange-and-refresh',
      'app-launch/standalone-launch-completes',
      'app-launch/ehr-launch-completes',
      'app-launch/token-request-form-post',
      'app-launch/token-client-id-optional',
      'app-launch/listed-auth-methods-accepted',
    ],
    override: keeping((keys, { jwksUrl }) => (jwksUrl === undefined ? [] : keys)),
  },
  {
    id: 'client-asymmetric/jku-absent-registered-keys~required',
    level: 'fail',
    summary: 'A client that is registered by URL has to send a jku',
    override: changesHeaderCheck(
      'jku',
      (check) => (assertion, client) =>
        client.jwksUrl !== undefined && assertion.header.jku === undefined
          ? 'jku is missing'
          : check(assertion, client),
    ),
  },
  {
    id: 'client-asymmetric/jku-absent-registered-keys~first',
    level: 'fail',
    summary: 'The first key of each type is the only one that is known',
    also: ['client-asymmetric/jwks-odd-keys-ignored'],
    override: keeping((keys) => keys.filter((key, index) => keys.findIndex(({ kty }) => kty === key.kty) === index)),
  },
  {
    id: 'client-asymmetric/jku-registered-followed~refused',
    level: 'fail',
    summary: 'Any jku is refused, the registered one too',
    override: changesHeaderCheck(
      'jku',
      () =>
        ({ header: { jku } }) =>
          jku === undefined ? null : 'jku is not supported',
    ),
  },
  {
    id: 'client-asymmetric/jwks-fetched-by-get~post',
    level: 'fail',
    summary: 'JWK Sets are asked for by POST',
    override: caching(() => ({ method: 'POST' })),
  },
  {
    id: 'client-asymmetric/jwks-cached-within-limits~hour',
    level: 'fail',
    summary: 'JWK Sets are kept for an hour, whatever Cache-Control says',
    override: caching(() => ({ lifetime: () => 3600 })),
  },
  {
    id: 'client-asymmetric/jwks-cached-within-limits~at-least',
    level: 'fail',
    summary: 'JWK Sets that may be kept at all are kept for a minute at least',
    override: caching((usual) => ({
      lifetime: (headers) => {
        const seconds = usual.lifetime(headers);
        return seconds > 0 ? Math.max(seconds, 60) : 0;
      },
    })),
  },
  {
    id: 'client-asymmetric/jwks-cached-within-limits~piled-up',
    level: 'fail',
    summary: 'Keys that a client has had once stay good',
    also: ['client-asymmetric/ambiguous-key-refused'],
    override: (usual, setup) => {
      const known = new Map<string, readonly JsonObject[]>();
      return keeping((keys, { clientId }) => {
        const everHad = [...keys, ...(known.get(clientId) ?? [])];
        const all = everHad.filter((key, index) => everHad.findIndex(({ kid }) => kid === key.kid) === index);
        known.set(clientId, all);
        return all;
      })(usual, setup);
    },
  },
  {
    id: 'client-asymmetric/jwks-cached~never',
    level: 'warn',
    summary: 'JWK Sets are fetched for each assertion',
    override: caching(() => ({ lifetime: () => 0 })),
  },
  {
    id: 'client-asymmetric/jwks-odd-keys-ignored~spoilt',
    level: 'warn',
    summary: 'One key of an unknown type spoils a JWK Set',
    override: keeping((keys) => (keys.every(({ kty }) => kty === 'RSA' || kty === 'EC') ? keys : [])),
  },
  {
    id: 'client-asymmetric/ambiguous-key-refused~first',
    level: 'fail',
    summary: 'Of two keys with one kid the first is used',
    override: changesAssertions(({ candidates }) => ({
      candidates: async (assertion, keys) => (await candidates(assertion, keys)).slice(0, 1),
    })),
  },
];

/** Registration endpoints, which the server has none of otherwise (RFC 7591). */
const registrations: readonly FaultRow[] = [
  {
    id: 'client-asymmetric/registration-answers-201~200',
    level: 'fail',
    summary: 'A registration is answered 200',
    also: ['discovery/registration-endpoint'],
    override: registering((members) => json(members)),
  },
  {
    id: 'client-asymmetric/registration-answers-201~nameless',
    level: 'fail',
    summary: 'A registration is answered without client_id',
    override: registering(({ client_id: _, ...members }) => json(members, { status: 201 })),
  },
  {
    id: 'client-asymmetric/registration-repeats-metadata~bare',
    level: 'fail',
    summary: 'A registration is answered with client_id alone',
    override: registering(({ client_id }) => json({ client_id }, { status: 201 })),
  },
  {
    id: 'client-asymmetric/registration-repeats-metadata~secret',
    level: 'fail',
    summary: 'A client_secret comes without client_secret_expires_at',
    override: registering((members) => json({ ...members, client_secret: 'of-this-client' }, { status: 201 })),
  },
  {
    id: 'client-asymmetric/registration-error-form~page',
    level: 'fail',
    summary: 'A registration that cannot be is answered with a page',
    also: ['discovery/registration-endpoint'],
    override: registering(
      (members) => json(members, { status: 201 }),
      () => page('Bad request', '', { status: 400 }),
    ),
  },
  {
    id: 'client-asymmetric/registration-error-form~422',
    level: 'fail',
    summary: 'A registration that cannot be is answered 422',
    also: ['discovery/registration-endpoint'],
    override: registering(
      (members) => json(members, { status: 201 }),
      () => json({ error: 'invalid_redirect_uri' }, { status: 422 }),
    ),
  },
];

export const clientKeyFaults = faultsOf([...rows, ...registrations]);

function registering(
  accept: (members: JsonObject) => Response,
  refuse = () => json({ error: 'invalid_redirect_uri' }, { status: 400 }),
): Override {
  return together(
    changesSmartConfiguration((document, { site }) => ({
      ...document,
      registration_endpoint: `${site.issuer}/register`,
    })),
    changesAnswers('elsewhere', async (answer, { request }) => {
      if (!request.url.endsWith('/oauth/register')) return answer();
      const metadata: unknown = await request.json();
      const { redirect_uris: uris, ...members } = isJsonObject(metadata) ? metadata : {};
      const isPossible = Array.isArray(uris) && uris.every((uri) => URL.canParse(String(uri)));
      return isPossible ? accept({ client_id: unguessable(), redirect_uris: uris, ...members }) : refuse();
    }),
  );
}

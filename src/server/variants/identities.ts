import { createHash } from 'node:crypto';
import {
  changesAnswers,
  changesIdTokens,
  changesKeys,
  changesOpenidConfiguration,
  changesTokenResponse,
  changesTokens,
  having,
  without,
} from '../faults/overrides.ts';
import { bearerOutcome } from '../fhir/bearer-outcome.ts';
import type { JsonObject } from '../json.ts';
import { fhirMediaType, json } from '../responses.ts';
import { together } from '../together.ts';
import { accessTokenHash } from '../tokens/id-token.ts';
import { type Grant, unguessable } from '../vault.ts';
import type { Variant } from './variant.ts';

/** How servers say who the user is, and with which keys. */
export const identityVariants: readonly Variant[] = [
  {
    id: 'id-tokens-of-another-shape',
    summary:
      'Has a pairwise sub, aud as an array with azp, fhirUser relative, claims of its own and no at_hash, and one key without kid; sends no id_token at refreshes',
    override: together(
      changesIdTokens(({ claims, header, userinfo }) => ({
        claims: (grant, accessToken, isRefresh) => {
          const {
            aud,
            auth_time: _,
            at_hash: __,
            fhirUser,
            profile: ___,
            ...all
          } = claims(grant, accessToken, isRefresh);
          return {
            ...all,
            aud: [aud],
            azp: aud,
            sub: pairwise(String(all.sub), grant),
            acr: 'urn:example:loa:2',
            amr: ['pwd'],
            sid: unguessable(),
            ...(fhirUser !== undefined && { fhirUser: grant.person?.fhirUser }),
          };
        },
        header: () => {
          const { kid: _, ...rest } = header();
          return rest;
        },
        userinfo: (grant) => {
          const all = userinfo(grant);
          return { ...all, sub: pairwise(String(all.sub), grant) };
        },
      })),
      changesKeys((keys) => keys.filter(({ kty }) => kty === 'RSA').map(without('kid'))),
      changesOpenidConfiguration(
        having({ subject_types_supported: ['pairwise'], id_token_signing_alg_values_supported: ['RS256'] }),
      ),
      changesTokenResponse((members, _grant, grantType) =>
        grantType === 'refresh_token' ? without('id_token')(members) : members,
      ),
    ),
  },
  {
    id: 'issuer-with-final-slash',
    summary: 'Has a slash at the end of its issuer, everywhere',
    site: (usual) => ({ ...usual, issuer: `${usual.issuer}/` }),
  },
  {
    id: 'keys-at-two-addresses',
    summary: 'Publishes the same keys at two addresses, in another order and with further members',
    override: together(
      changesOpenidConfiguration((document, { site }) => ({ ...document, jwks_uri: `${site.jwks}/v2` })),
      changesAnswers('elsewhere', (otherwise, { context }, usual) => {
        const { keys } = usual.jwks();
        return context.req.path.endsWith('/oauth/jwks/v2') && Array.isArray(keys)
          ? json({ keys: [...keys].reverse().map((key) => ({ ...key, x5t: unguessable() })) })
          : otherwise();
      }),
    ),
  },
  {
    id: 'es384-where-registered',
    summary: 'Signs id_tokens with ES384 for an app that has registered it, and with RS256 for all others',
    override: changesIdTokens(({ claims, header, signingKey }, { signingKeys: [, elliptic] }) => {
      const hasRegistered = (grant?: Grant) => grant?.client.role === 'asymmetric' && elliptic !== undefined;
      return {
        claims: (grant, accessToken, isRefresh) => ({
          ...claims(grant, accessToken, isRefresh),
          ...(hasRegistered(grant) && { at_hash: accessTokenHash(accessToken, 'sha384') }),
        }),
        header: (grant) =>
          hasRegistered(grant) ? { alg: 'ES384', kid: String(elliptic?.publicJwk.kid) } : header(grant),
        signingKey: (grant) => (hasRegistered(grant) && elliptic ? elliptic.privateJwk : signingKey(grant)),
      };
    }),
  },
  {
    id: 'app-keys-by-url',
    summary: 'Knows an app by the URL of its JWK Set, and services by their keys alone',
    clients: (usual) => {
      const jwksUrl = usual.find((client) => client.jwksUrl)?.jwksUrl;
      return usual.map(({ jwksUrl: _, ...client }) =>
        client.role === 'asymmetric' && jwksUrl !== undefined ? { ...client, jwksUrl } : client,
      );
    },
  },
  {
    id: 'one-person-two-accounts',
    warned: ['openid-connect/fhir-user-person-last'],
    summary: 'Knows one human being, who is a patient and a practitioner and has an account as either, as a Person',
    override: together(
      changesIdTokens(({ claims, userinfo }, { site }) => {
        const asPerson = (all: JsonObject, { person }: Grant): JsonObject =>
          all.fhirUser !== undefined && ['ann', 'dr-bob'].includes(person?.username ?? '')
            ? { ...all, fhirUser: `${site.fhir}/Person/person-1` }
            : all;
        return {
          claims: (grant, ...of) => asPerson(claims(grant, ...of), grant),
          userinfo: (grant) => asPerson(userinfo(grant), grant),
        };
      }),
      changesAnswers('fhir', (answer, { request, context }, usual, { fhirVersion }) => {
        const isTheirs = bearerOutcome(request, usual).kind === 'granted' && request.method === 'GET';
        return isTheirs && context.req.path.endsWith('/Person/person-1')
          ? json(person, { headers: { 'content-type': fhirMediaType(fhirVersion) } })
          : answer();
      }),
    ),
  },
  {
    id: 'tokens-in-hexadecimal',
    summary: 'Has numbers for access tokens, in base 16, and knows them in either case',
    override: together(
      changesTokens(() => ({ newAccessToken: () => createHash('sha256').update(unguessable()).digest('hex') })),
      ({ resolveAccessToken, introspection }) => ({
        resolveAccessToken: (token) => resolveAccessToken(token.toLowerCase()),
        introspection: { ...introspection, live: (token, hint) => introspection.live(token.toLowerCase(), hint) },
      }),
    ),
  },
];

/** Who is Ann to some and Dr. Bob to others. */
const person = { resourceType: 'Person', id: 'person-1', name: [{ family: 'Example', given: ['Ann'] }] };

/** Another for each app (OpenID Connect Core section 8.1). */
function pairwise(sub: string, { client }: Grant): string {
  return createHash('sha256').update(`${sub} ${client.clientId}`).digest('base64url');
}

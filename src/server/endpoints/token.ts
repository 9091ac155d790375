import type { Behaviour } from '../behaviour.ts';
import { authenticateClient, type Presented } from '../client-authentication.ts';
import type { Endpoint } from '../endpoint.ts';
import { readFormOnce } from '../form.ts';
import type { JsonObject } from '../json.ts';
import { json, oauthError } from '../responses.ts';
import type { Setup } from '../setup.ts';
import { issueTokens } from '../tokens/issue.ts';
import type { GrantType } from '../tokens/rules.ts';
import { type Grant, unguessable } from '../vault.ts';

/** Why a token request is refused (RFC 6749 section 5.2). */
class TokenRefusal extends Error {
  readonly error: string;
  constructor(error: string, description: string) {
    super(description);
    this.error = error;
  }
}

type Redeem = (parameters: URLSearchParams, presented: Presented) => Promise<JsonObject>;

/** The token endpoint (RFC 6749 section 3.2). */
export function tokenEndpoint(setup: Setup, behaviour: Behaviour): Endpoint {
  const { tokens } = behaviour;
  const redeem: Readonly<Record<GrantType, Redeem>> = {
    authorization_code: (parameters, presented) => redeemCode(parameters, presented, setup, behaviour),
    refresh_token: (parameters, presented) => refresh(parameters, presented, setup, behaviour),
    client_credentials: (parameters, presented) => serve(parameters, presented, setup, behaviour),
  };
  return {
    name: 'token',
    paths: ['/oauth/token'],
    methods: {
      async POST({ req }) {
        const form = await readFormOnce(req.raw);
        if (form.kind === 'malformed') return oauthError('invalid_request', form.reason);
        const { parameters } = form;
        const grantType = parameters.get('grant_type');
        if (!grantType) return oauthError('invalid_request', 'grant_type is missing');
        if (!isGrantType(grantType)) {
          return oauthError('unsupported_grant_type', 'this server does not know the grant type');
        }
        const presented = await authenticateClient(req.raw, parameters, setup, behaviour.clients);
        if (!presented) return behaviour.clients.refusal(req.raw);
        try {
          return json(await redeem[grantType](parameters, presented), { headers: tokens.headers(grantType) });
        } catch (error) {
          if (error instanceof TokenRefusal) return oauthError(error.error, error.message);
          throw error;
        }
      },
    },
    refuse: (status, text) => oauthError('invalid_request', text, { status }),
  };
}

function isGrantType(name: string): name is GrantType {
  return ['authorization_code', 'refresh_token', 'client_credentials'].includes(name);
}

async function redeemCode(parameters: URLSearchParams, presented: Presented, setup: Setup, behaviour: Behaviour) {
  const { tokens } = behaviour;
  const code = setup.vault.codes.get(needed(parameters, 'code'));
  if (!code) throw new TokenRefusal('invalid_grant', 'this server has not issued the code');
  if (code.redeemed && tokens.reuseRevokes) code.grant.revoked = true;
  for (const check of Object.values(tokens.codeChecks)) refuse(check(code, parameters, presented));
  code.redeemed = true;
  return issueTokens(code.grant, 'authorization_code', code.grant.scopes, setup, behaviour, null);
}

async function refresh(parameters: URLSearchParams, presented: Presented, setup: Setup, behaviour: Behaviour) {
  const { tokens } = behaviour;
  const presentedToken = needed(parameters, 'refresh_token');
  const token = setup.vault.refreshTokens.get(presentedToken);
  if (!token) throw new TokenRefusal('invalid_grant', 'this server has not issued the refresh_token');
  for (const check of Object.values(tokens.refreshChecks)) refuse(check(token, parameters, presented));
  const requested = parameters.get('scope')?.split(' ').filter(Boolean) ?? [];
  const scopes = tokens.refreshedScopes(token.grant, requested.length > 0 ? requested : null);
  const rotates = tokens.rotates(token.grant.client);
  if (rotates) token.used = true;
  return issueTokens(token.grant, 'refresh_token', scopes, setup, behaviour, rotates ? null : presentedToken);
}

/** Backend services (RFC 6749 section 4.4; backend-services). */
async function serve(parameters: URLSearchParams, presented: Presented, setup: Setup, behaviour: Behaviour) {
  const { client } = presented;
  const { tokens } = behaviour;
  if (!tokens.isService(client)) {
    throw new TokenRefusal('unauthorized_client', 'only backend services may use client credentials');
  }
  const requested = needed(parameters, 'scope').split(' ').filter(Boolean);
  const scopes = tokens.serviceScopes(requested, client);
  if (scopes.length === 0) throw new TokenRefusal('invalid_scope', 'none of these scopes is allowed for this client');
  const grant: Grant = {
    id: unguessable(),
    client,
    person: null,
    session: null,
    scopes,
    context: {},
    nonce: null,
    authenticatedAt: 0,
    revoked: false,
  };
  return issueTokens(grant, 'client_credentials', scopes, setup, behaviour, null);
}

function needed(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (!value) throw new TokenRefusal('invalid_request', `${name} is missing`);
  return value;
}

function refuse(objection: readonly [error: string, description: string] | null): void {
  if (objection) throw new TokenRefusal(...objection);
}

import type { Behaviour } from '../behaviour.ts';
import type { JsonObject } from '../json.ts';
import type { Setup } from '../setup.ts';
import type { Grant } from '../vault.ts';
import { signIdToken } from './id-token.ts';
import type { GrantType } from './rules.ts';

/** Issues the tokens of a grant and says so (RFC 6749 section 5.1; app-launch, "Obtain access token"). */
export async function issueTokens(
  grant: Grant,
  grantType: GrantType,
  scopes: readonly string[],
  { now, vault }: Setup,
  { tokens, idTokens }: Behaviour,
  /** The one to go on with; a new one is made where there is none. */
  refreshToken: string | null,
): Promise<JsonObject> {
  const accessToken = tokens.newAccessToken(grant);
  const lifetime = tokens.lifetime(grant.client, grantType);
  const issuedAt = now();
  const expiresAt = issuedAt + lifetime * 1000;
  vault.accessTokens.set(accessToken, { grant, scopes, issuedAt, expiresAt, response: {}, revoked: false });

  const renewable = grantType !== 'client_credentials' && tokens.issuesRefreshToken(grant);
  const nextRefreshToken = renewable ? (refreshToken ?? tokens.newRefreshToken(grant)) : null;
  if (nextRefreshToken !== null && !vault.refreshTokens.has(nextRefreshToken)) {
    vault.refreshTokens.set(nextRefreshToken, { grant, used: false });
  }
  const identifies = grant.person !== null && scopes.includes('openid');
  const members = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: lifetime,
    scope: scopes.join(' '),
    ...(nextRefreshToken !== null && { refresh_token: nextRefreshToken }),
    ...(identifies && {
      id_token: await signIdToken(idTokens, grant, accessToken, grantType === 'refresh_token'),
    }),
    ...(grantType !== 'client_credentials' && tokens.context(grant, grantType)),
  };
  const response = tokens.response(members, grant, grantType);
  const issued = vault.accessTokens.get(accessToken);
  if (issued) issued.response = response;
  return response;
}

/** Token revocation (RFC 7009). */
import type { Override } from '../behaviour.ts';
import { json, oauthError } from '../responses.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers, changesRevocation } from './overrides.ts';

/** What cannot be had where no refresh token is ended. */
const kept = ['introspection/refresh-token-revoked', 'introspection/revocation-hint-harmless'];

const ending: readonly FaultRow[] = [
  {
    id: 'introspection/refresh-token-revoked~kept',
    level: 'fail',
    summary: 'Revoking a refresh token is answered 200, and it goes on working',
    also: kept,
    override: changesRevocation(({ end }) => ({ end: (token) => (token.kind === 'refresh' ? undefined : end(token)) })),
  },
  {
    id: 'introspection/refresh-token-revoked~public-refused',
    level: 'fail',
    summary: 'Public clients cannot revoke',
    override: changesAnswers('revoke', async (answer, { request }) => {
      const form = new URLSearchParams(await request.clone().text());
      const isNamed = form.has('client_id') && !form.has('client_secret') && !form.has('client_assertion');
      return isNamed ? oauthError('invalid_client', 'authentication is needed', { status: 401 }) : answer();
    }),
  },
  {
    id: 'introspection/refresh-token-revoked~assertions-only',
    level: 'fail',
    summary: 'Only clients that sign assertions can revoke',
    override: changesAnswers('revoke', async (answer, { request }) => {
      const form = new URLSearchParams(await request.clone().text());
      return form.has('client_assertion')
        ? answer()
        : oauthError('invalid_client', 'an assertion is needed', { status: 401 });
    }),
  },
  {
    id: 'introspection/refresh-token-revoked~unsupported',
    level: 'fail',
    summary: 'Refresh tokens are not revoked: unsupported_token_type',
    override: changesRevocation(({ end, find }, { vault }) => ({
      find: (token, hint) => (vault.refreshTokens.has(token) ? null : find(token, hint)),
      unknown: (token) =>
        vault.refreshTokens.has(token) ? oauthError('unsupported_token_type', 'access tokens only') : null,
      end,
    })),
  },
  {
    id: 'introspection/access-token-revoked~kept',
    level: 'warn',
    summary: 'Revoking an access token is answered 200, and it goes on working',
    also: ['introspection/unusable-token-inactive'],
    override: changesRevocation(({ end }) => ({ end: (token) => (token.kind === 'access' ? undefined : end(token)) })),
  },
  {
    id: 'introspection/access-token-revoked~refused',
    level: 'warn',
    summary: 'Revoking an access token is refused',
    override: changesRevocation(({ find }, { vault }) => ({
      find: (token, hint) => (vault.accessTokens.has(token) ? null : find(token, hint)),
      unknown: (token) => (vault.accessTokens.has(token) ? oauthError('invalid_request', 'no') : null),
    })),
  },
  {
    id: 'introspection/revocation-ends-access-tokens~kept',
    level: 'warn',
    summary: 'The access tokens of a revoked grant go on working',
    override: changesRevocation(({ end }) => ({
      end(token) {
        if (token.kind === 'refresh') token.issued.used = true;
        else end(token);
      },
    })),
  },
  {
    id: 'introspection/revocation-ends-access-tokens~newest-only',
    level: 'warn',
    summary: 'Of a revoked grant the newest access token alone is ended',
    override: changesRevocation(({ end }, { vault }) => ({
      end(token) {
        if (token.kind === 'access') return end(token);
        token.issued.used = true;
        const issued = [...vault.accessTokens.values()].filter(({ grant }) => grant === token.issued.grant);
        const newest = issued.at(-1);
        if (newest) newest.revoked = true;
      },
    })),
  },
];

const answers: readonly FaultRow[] = [
  {
    id: 'introspection/unknown-token-revocation-200~400',
    level: 'fail',
    summary: 'Revoking an unknown token is answered 400',
    override: changesRevocation(() => ({ unknown: () => oauthError('invalid_grant', 'the token is not known') })),
  },
  {
    id: 'introspection/unknown-token-revocation-200~again',
    level: 'fail',
    summary: 'Revoking a token for the second time is answered 400',
    override: changesRevocation(({ stranger, isOwner }) => ({
      isOwner: (token, presented) =>
        !(token.kind === 'refresh' && token.issued.grant.revoked) && isOwner(token, presented),
      stranger,
    })),
  },
  {
    id: 'introspection/unknown-token-revocation-200~no-content',
    level: 'warn',
    summary: 'Revoking an unknown token is answered 204',
    override: changesRevocation(() => ({ unknown: () => new Response(null, { status: 204 }) })),
  },
  {
    id: 'introspection/revocation-errors-oauth~200',
    level: 'fail',
    summary: 'A revocation request without a token is answered 200',
    override: changesRevocation(() => ({ missing: () => new Response(null, { status: 200 }) })),
  },
  {
    id: 'introspection/revocation-errors-oauth~other-error',
    level: 'fail',
    summary: 'A revocation request without a token gets invalid_client',
    override: changesRevocation(() => ({ missing: () => json({ error: 'invalid_client' }, { status: 400 }) })),
  },
  {
    id: 'introspection/revocation-errors-oauth~page',
    level: 'fail',
    summary: 'A revocation request without a token gets a page',
    override: changesRevocation(() => ({
      missing: () => new Response('<h1>Bad Request</h1>', { status: 400, headers: { 'content-type': 'text/html' } }),
    })),
  },
  {
    id: 'introspection/revocation-errors-oauth~text',
    level: 'warn',
    summary: 'Errors of revocation are text/plain',
    override: changesRevocation(({ missing }) => ({
      missing() {
        const usual = missing();
        usual.headers.set('content-type', 'text/plain');
        return usual;
      },
    })),
  },
  {
    id: 'introspection/revocation-hint-harmless~only-hinted',
    level: 'fail',
    summary: 'A refresh token is not found with token_type_hint=access_token',
    override: changesRevocation(({ find }, { vault }) => ({
      find: (token, hint) => (hint === 'access_token' && vault.refreshTokens.has(token) ? null : find(token, hint)),
    })),
  },
  {
    id: 'introspection/revocation-hint-harmless~unknown-refused',
    level: 'fail',
    summary: 'An unknown token_type_hint is refused',
    override: changesAnswers('revoke', async (answer, { request }) => {
      const hint = new URLSearchParams(await request.clone().text()).get('token_type_hint');
      return hint === null || /^(access|refresh)_token$/.test(hint)
        ? answer()
        : oauthError('unsupported_token_type', 'unknown token_type_hint');
    }),
  },
];

const owners: readonly FaultRow[] = [
  {
    id: 'introspection/revocation-bound-to-client~any',
    level: 'fail',
    summary: 'Any client ends the tokens of another',
    override: changesRevocation(() => ({ isOwner: () => true })),
  },
  {
    id: 'introspection/revocation-bound-to-client~access-token',
    level: 'fail',
    summary: 'Any client ends the access tokens of another',
    override: changesRevocation(({ isOwner }) => ({
      isOwner: (token, presented) => token.kind === 'access' || isOwner(token, presented),
    })),
  },
  {
    id: 'introspection/revocation-bound-to-client~named',
    level: 'fail',
    summary: 'Whoever names a client ends its tokens',
    override: revocationTakes((form) => form.get('client_id')),
  },
  {
    id: 'introspection/revocation-bound-to-client~unauthenticated',
    level: 'fail',
    summary: 'Whoever has a token ends it',
    override: changesAnswers('revoke', async (answer, { request }, usual) => {
      const form = new URLSearchParams(await request.clone().text());
      const isAnonymous =
        !request.headers.has('authorization') && !form.has('client_id') && !form.has('client_assertion');
      const found = isAnonymous ? usual.revocation.find(form.get('token') ?? '', null) : null;
      if (found) usual.revocation.end(found);
      return answer();
    }),
  },
  {
    id: 'introspection/revocation-bound-to-client~wrong-secret',
    level: 'fail',
    summary: 'Any secret ends the tokens of a client',
    override: revocationTakes((_form, request) => {
      const encoded = /^basic (.*)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
      return Buffer.from(encoded, 'base64').toString('utf8').split(':')[0] ?? null;
    }),
  },
  {
    id: 'introspection/revocation-bound-to-client~silent',
    level: 'warn',
    summary: 'A client that tries to end the token of another is answered 200',
    override: changesRevocation(() => ({ stranger: () => new Response(null, { status: 200 }) })),
  },
  {
    id: 'introspection/revocation-bound-to-client~odd-error',
    level: 'warn',
    summary: 'Whoever does not authenticate is refused with an error that is no invalid_client',
    override: changesAnswers('revoke', async (answer) => {
      const usual = await answer();
      return usual.status === 401 ? oauthError('access_denied', 'no', { status: 403 }) : usual;
    }),
  },
];

export const revocationFaults = faultsOf([...ending, ...answers, ...owners]);

/** A token of the client that a request names is ended, whatever the request proves. */
function revocationTakes(named: (form: URLSearchParams, request: Request) => string | null): Override {
  return changesAnswers('revoke', async (answer, { request }, usual) => {
    const form = new URLSearchParams(await request.clone().text());
    const found = usual.revocation.find(form.get('token') ?? '', null);
    if (found && found.issued.grant.client.clientId === named(form, request)) usual.revocation.end(found);
    return answer();
  });
}

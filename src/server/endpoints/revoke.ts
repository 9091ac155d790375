import type { Behaviour } from '../behaviour.ts';
import { authenticateClient } from '../client-authentication.ts';
import type { Endpoint } from '../endpoint.ts';
import { readFormOnce } from '../form.ts';
import { notStored, oauthError } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** Token revocation (RFC 7009). What is not known, or another client's, stays as it is and is answered alike. */
export function revokeEndpoint(setup: Setup, behaviour: Behaviour): Endpoint {
  const { vault } = setup;
  return {
    name: 'revoke',
    paths: ['/oauth/revoke'],
    methods: {
      async POST({ req }) {
        const form = await readFormOnce(req.raw);
        if (form.kind === 'malformed') return oauthError('invalid_request', form.reason);
        const presented = await authenticateClient(req.raw, form.parameters, setup, behaviour.clients);
        if (!presented) return behaviour.clients.refusal(req.raw);
        const token = form.parameters.get('token');
        if (token === null) return oauthError('invalid_request', 'token is missing');
        const isTheirs = (grant: { client: { clientId: string } } | undefined) =>
          grant?.client.clientId === presented.client.clientId;
        const renewing = vault.refreshTokens.get(token)?.grant;
        // Without its refresh token a grant ends (RFC 7009 section 2.1).
        if (renewing && isTheirs(renewing)) renewing.revoked = true;
        if (isTheirs(vault.accessTokens.get(token)?.grant)) vault.accessTokens.delete(token);
        return new Response(null, { status: 200, headers: notStored });
      },
    },
    refuse: (status, text) => oauthError('invalid_request', text, { status }),
  };
}

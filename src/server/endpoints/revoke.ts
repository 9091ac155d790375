import { authenticateClient, invalidClient } from '../client-authentication.ts';
import type { Endpoint } from '../endpoint.ts';
import { readForm } from '../form.ts';
import { notStored, oauthError } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** Token revocation (RFC 7009). What is not known is as good as revoked (section 2.2). */
export function revokeEndpoint({ clients }: Setup): Endpoint {
  return {
    name: 'revoke',
    paths: ['/oauth/revoke'],
    methods: {
      async POST({ req }) {
        const form = await readForm(req.raw);
        if (form.kind === 'malformed') return oauthError('invalid_request', form.reason);
        if (!authenticateClient(req.raw, form.parameters, clients)) return invalidClient(req.raw);
        if (!form.parameters.has('token')) return oauthError('invalid_request', 'token is missing');
        return new Response(null, { status: 200, headers: notStored });
      },
    },
    refuse: (status, text) => oauthError('invalid_request', text, { status }),
  };
}

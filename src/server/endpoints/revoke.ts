import type { Behaviour } from '../behaviour.ts';
import { authenticateClient } from '../client-authentication.ts';
import type { Endpoint } from '../endpoint.ts';
import { readFormOnce } from '../form.ts';
import { notStored, oauthError } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** Token revocation (RFC 7009), for the client to which a token was issued. */
export function revokeEndpoint(setup: Setup, { clients, revocation }: Behaviour): Endpoint {
  return {
    name: 'revoke',
    paths: ['/oauth/revoke'],
    methods: {
      async POST({ req }) {
        const form = await readFormOnce(req.raw);
        if (form.kind === 'malformed') return oauthError('invalid_request', form.reason);
        const { parameters } = form;
        const presented = await authenticateClient(req.raw, parameters, setup, clients);
        if (!presented) return clients.refusal(req.raw);
        const token = parameters.get('token');
        if (!token) return revocation.missing();
        const hint = parameters.get('token_type_hint');
        const found = revocation.find(token, hint);
        const done = new Response(null, { status: 200, headers: notStored });
        if (!found) return revocation.unknown(token, hint) ?? done;
        if (!revocation.isOwner(found, presented)) return revocation.stranger();
        revocation.end(found);
        return done;
      },
    },
    refuse: (status, text) => oauthError('invalid_request', text, { status }),
  };
}

import { authenticateClient, invalidClient } from '../client-authentication.ts';
import type { Endpoint } from '../endpoint.ts';
import { readForm } from '../form.ts';
import { json, notStored, oauthError } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** Token introspection (RFC 7662), for clients that authenticate. */
export function introspectEndpoint({ clients }: Setup): Endpoint {
  return {
    name: 'introspect',
    paths: ['/oauth/introspect'],
    methods: {
      async POST({ req }) {
        const form = await readForm(req.raw);
        if (form.kind === 'malformed') return oauthError('invalid_request', form.reason);
        const client = authenticateClient(req.raw, form.parameters, clients);
        if (!client || client.role === 'public') return invalidClient(req.raw);
        if (!form.parameters.has('token')) return oauthError('invalid_request', 'token is missing');
        return json({ active: false }, { headers: notStored });
      },
    },
    refuse: (status, text) => oauthError('invalid_request', text, { status }),
  };
}

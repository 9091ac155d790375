import type { Behaviour } from '../behaviour.ts';
import type { Endpoint } from '../endpoint.ts';
import { readFormOnce } from '../form.ts';
import { json, notStored, oauthError } from '../responses.ts';

/** Token introspection (RFC 7662), for clients that authenticate or hold a token of their own. */
export function introspectEndpoint({ introspection, clients }: Behaviour): Endpoint {
  return {
    name: 'introspect',
    paths: ['/oauth/introspect'],
    methods: {
      async POST({ req }) {
        const form = await readFormOnce(req.raw);
        if (form.kind === 'malformed') return oauthError('invalid_request', form.reason);
        const { parameters } = form;
        const caller = await introspection.caller(req.raw, parameters, clients);
        if (!introspection.mayAsk(caller)) return introspection.refusal(req.raw, clients);
        const token = parameters.get('token');
        if (!token) return oauthError('invalid_request', 'token is missing');
        const issued = introspection.live(token, parameters.get('token_type_hint'));
        if (!issued) return json(introspection.inactive(token), { headers: notStored });
        return json(introspection.active(issued, caller), { headers: notStored });
      },
    },
    refuse: (status, text) => oauthError('invalid_request', text, { status }),
  };
}

import type { Behaviour } from '../behaviour.ts';
import { authenticateClient } from '../client-authentication.ts';
import type { Endpoint } from '../endpoint.ts';
import { readFormOnce } from '../form.ts';
import { json, notStored, oauthError } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** Token introspection (RFC 7662), for clients that authenticate or hold a token of their own. */
export function introspectEndpoint(setup: Setup, behaviour: Behaviour): Endpoint {
  const isAllowed = async (request: Request, parameters: URLSearchParams): Promise<boolean> => {
    const bearer = behaviour.bearer.presentedToken(request);
    if (bearer.kind === 'token') {
      const holder = setup.vault.accessTokens.get(bearer.token)?.grant.client;
      return behaviour.resolveAccessToken(bearer.token).kind === 'granted' && holder?.role === 'backend';
    }
    const presented = await authenticateClient(request, parameters, setup, behaviour.clients);
    return presented !== null && presented.proof !== 'nothing';
  };
  return {
    name: 'introspect',
    paths: ['/oauth/introspect'],
    methods: {
      async POST({ req }) {
        const form = await readFormOnce(req.raw);
        if (form.kind === 'malformed') return oauthError('invalid_request', form.reason);
        if (!(await isAllowed(req.raw, form.parameters))) return behaviour.clients.refusal(req.raw);
        const token = form.parameters.get('token');
        if (token === null) return oauthError('invalid_request', 'token is missing');
        return json(behaviour.tokens.introspection(token), { headers: notStored });
      },
    },
    refuse: (status, text) => oauthError('invalid_request', text, { status }),
  };
}

import type { Behaviour } from '../behaviour.ts';
import type { Endpoint } from '../endpoint.ts';
import { json } from '../responses.ts';

/** The server's public keys (RFC 7517 section 5). */
export function jwksEndpoint(behaviour: Behaviour): Endpoint {
  return {
    name: 'jwks',
    paths: ['/oauth/jwks'],
    methods: { GET: () => json(behaviour.jwks()) },
    refuse: (status, text) => json({ error: text }, { status }),
  };
}

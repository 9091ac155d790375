import { authenticateClient, invalidClient } from '../client-authentication.ts';
import type { Endpoint } from '../endpoint.ts';
import { readForm } from '../form.ts';
import { oauthError } from '../responses.ts';
import type { Setup } from '../setup.ts';

const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials'];

/** The token endpoint (RFC 6749 section 3.2). It has granted nothing yet, so there is nothing to redeem. */
export function tokenEndpoint({ clients }: Setup): Endpoint {
  return {
    name: 'token',
    paths: ['/oauth/token'],
    methods: {
      async POST({ req }) {
        const form = await readForm(req.raw);
        if (form.kind === 'malformed') return oauthError('invalid_request', form.reason);
        const grantType = form.parameters.get('grant_type');
        if (!grantType) return oauthError('invalid_request', 'grant_type is missing');
        if (!grantTypes.includes(grantType)) {
          return oauthError('unsupported_grant_type', 'this server does not know the grant type');
        }
        const client = authenticateClient(req.raw, form.parameters, clients);
        if (!client) return invalidClient(req.raw);
        if (grantType === 'client_credentials') {
          return oauthError('unauthorized_client', 'only backend services may use client credentials');
        }
        const redeemed = grantType === 'refresh_token' ? 'refresh_token' : 'code';
        return form.parameters.has(redeemed)
          ? oauthError('invalid_grant', `this server has not issued the ${redeemed}`)
          : oauthError('invalid_request', `${redeemed} is missing`);
      },
    },
    refuse: (status, text) => oauthError('invalid_request', text, { status }),
  };
}

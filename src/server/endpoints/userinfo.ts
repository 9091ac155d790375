import type { Behaviour } from '../behaviour.ts';
import type { Endpoint, RequestContext } from '../endpoint.ts';
import { json, notStored } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** Who the user of an access token is (OpenID Connect Core section 5.3). */
export function userinfoEndpoint(setup: Setup, behaviour: Behaviour): Endpoint {
  const answer = ({ req }: RequestContext): Response => {
    const presented = behaviour.bearer.presentedToken(req.raw);
    const token = presented.kind === 'token' ? presented.token : '';
    const issued = setup.vault.accessTokens.get(token);
    const isGood = behaviour.resolveAccessToken(token).kind === 'granted';
    const claims = issued?.scopes.includes('openid') && isGood ? behaviour.idTokens.userinfo(issued.grant) : null;
    if (claims) return json(claims, { headers: notStored });
    const challenge =
      presented.kind === 'none' ? 'Bearer realm="userinfo"' : 'Bearer realm="userinfo", error="invalid_token"';
    return json({ error: 'invalid_token' }, { status: 401, headers: { 'www-authenticate': challenge } });
  };
  return {
    name: 'userinfo',
    paths: ['/oauth/userinfo'],
    methods: { GET: answer, POST: answer },
    refuse: (status, text) => json({ error: text }, { status }),
  };
}

import { sessionOf } from '../authorization/sessions.ts';
import type { Endpoint, RequestContext } from '../endpoint.ts';
import { readPageForm } from '../form.ts';
import { page, refusalPage } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** Where users sign out (OpenID Connect RP-Initiated Logout 1.0). */
export function endSessionEndpoint(setup: Setup): Endpoint {
  const signOut = (context: RequestContext, parameters: URLSearchParams): Response => {
    const session = sessionOf(context, setup);
    session.person = null;
    setup.vault.sessions.delete(session.id);
    const back = parameters.get('post_logout_redirect_uri');
    const client = setup.clients.find(({ clientId }) => clientId === parameters.get('client_id'));
    if (back === null || back !== client?.redirectUri) return page('Signed out', '<p>You may close this window.</p>');
    return new Response(null, { status: 303, headers: { location: back, 'cache-control': 'no-store' } });
  };
  return {
    name: 'end-session',
    paths: ['/oauth/end-session'],
    methods: {
      GET: (context) => signOut(context, new URL(context.req.url).searchParams),
      POST: async (context) => signOut(context, await readPageForm(context.req.raw)),
    },
    refuse: refusalPage,
  };
}

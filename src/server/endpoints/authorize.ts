import type { Endpoint } from '../endpoint.ts';
import { readForm } from '../form.ts';
import { page } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** The authorization endpoint (RFC 6749 section 3.1). Nobody can sign in here yet. */
export function authorizeEndpoint({ clients }: Setup): Endpoint {
  const answer = (parameters: URLSearchParams): Response => {
    const client = clients.find(({ clientId }) => clientId === parameters.get('client_id'));
    const redirectUri = parameters.get('redirect_uri');
    // Whoever is not known to own the redirect URI must not be sent to it (RFC 6749 section 4.1.2.1).
    if (!client) return refuse(400, 'This app is not known here: client_id is missing or unknown.');
    if (redirectUri === null || redirectUri !== client.redirectUri) {
      return refuse(400, 'This app has not registered the address to return to: redirect_uri is missing or unknown.');
    }
    const target = new URL(redirectUri);
    target.searchParams.set('error', 'temporarily_unavailable');
    const state = parameters.get('state');
    if (state !== null) target.searchParams.set('state', state);
    return new Response(null, { status: 302, headers: { location: target.href, 'cache-control': 'no-store' } });
  };
  return {
    name: 'authorize',
    paths: ['/oauth/authorize'],
    methods: {
      GET: ({ req }) => answer(new URL(req.url).searchParams),
      async POST({ req }) {
        const form = await readForm(req.raw);
        return form.kind === 'form' ? answer(form.parameters) : refuse(400, `This app asked wrongly: ${form.reason}.`);
      },
    },
    refuse,
  };
}

function refuse(status: number, text: string): Response {
  return page('This request cannot be served', `<p>${text}</p>`, { status });
}

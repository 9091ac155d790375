import type { Behaviour } from '../behaviour.ts';
import { refusalPage } from '../responses.ts';
import type { Setup } from '../setup.ts';
import { unguessable } from '../vault.ts';
import { sendBack } from './answer.ts';
import type { AuthorizationRequest } from './request.ts';
import { scopesIn } from './rules.ts';

/** Takes an authorization request (RFC 6749 section 4.1.1): sends the user to the first page, or the browser back. */
export function startTransaction(parameters: URLSearchParams, setup: Setup, behaviour: Behaviour): Response {
  const { authorization } = behaviour;
  const client = setup.clients.find(({ clientId }) => clientId === parameters.get('client_id'));
  const redirectUri = parameters.get('redirect_uri');
  // Whoever is not known to own the redirect URI must not be sent to it (RFC 6749 section 4.1.2.1).
  if (!client) return refusalPage(400, 'This app is not known here: client_id is missing or unknown.');
  if (redirectUri === null || !authorization.allowsRedirectUri(client, redirectUri)) {
    return refusalPage(
      400,
      'This app has not registered the address to return to: redirect_uri is missing or unknown.',
    );
  }
  const request: AuthorizationRequest = {
    client,
    redirectUri,
    state: parameters.get('state'),
    scopes: scopesIn(parameters),
    launch: parameters.get('launch'),
    nonce: parameters.get('nonce'),
    challenge: parameters.get('code_challenge'),
    parameters,
  };
  for (const check of Object.values(authorization.checks)) {
    const problem = check(parameters, client);
    if (problem) return sendBack(request, { error: problem.error, error_description: problem.description }, behaviour);
  }
  const id = unguessable();
  setup.vault.transactions.set(id, {
    id,
    request,
    session: null,
    launch: null,
    context: {},
    offered: [],
    approved: null,
    welcomed: false,
    encounterSettled: false,
  });
  return new Response(null, {
    status: 303,
    headers: { location: `${setup.site.baseUrl}/oauth/interaction/${id}`, 'cache-control': 'no-store' },
  });
}

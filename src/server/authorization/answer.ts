import type { Behaviour } from '../behaviour.ts';
import { page } from '../responses.ts';
import type { Setup } from '../setup.ts';
import { type Grant, type Session, type Transaction, unguessable } from '../vault.ts';
import { isAboutPatient } from './approval.ts';
import { conditionsAskedFor, type LaunchContext } from './launch-context.ts';
import type { Addressed } from './rules.ts';

/** Sends the browser back to the app. */
export function sendBack(request: Addressed, answer: Readonly<Record<string, string>>, behaviour: Behaviour): Response {
  const location = behaviour.authorization.responseUrl(request, answer);
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } });
}

/** What the user's decision comes to: a code, or a denial (RFC 6749 section 4.1.2). */
export function concludeTransaction(
  transaction: Transaction,
  session: Session,
  setup: Setup,
  behaviour: Behaviour,
): Response {
  const { authorization, tokens } = behaviour;
  const { request, launch, approved } = transaction;
  setup.vault.transactions.delete(transaction.id);
  const scopes = tokens.grantedScopes(approved ?? [], request.client);
  if (scopes.length === 0) {
    const denial = { error: 'access_denied', error_description: 'the user does not allow it' };
    return authorization.tellsDenial
      ? sendBack(request, denial, behaviour)
      : page('Nothing was shared', '<p>You may close this window.</p>');
  }
  if (launch) launch.used = true;
  const grant: Grant = {
    id: unguessable(),
    client: request.client,
    person: session.person,
    session,
    scopes,
    context: contextFor(scopes, transaction.context, setup),
    nonce: request.nonce,
    authenticatedAt: session.authenticatedAt,
    revoked: false,
  };
  const code = authorization.newCode();
  const expiresAt = setup.now() + authorization.codeLifetime;
  setup.vault.codes.set(code, { grant, request, expiresAt, redeemed: false });
  return sendBack(request, { code }, behaviour);
}

/** As much of the context as the scopes entitle to. */
function contextFor(scopes: readonly string[], context: LaunchContext, { site }: Setup): LaunchContext {
  const { patient, encounter, ...others } = context;
  const launched = scopes.includes('launch');
  const open = launched ? (others.fhirContext ?? []) : [];
  const asked = patient === undefined ? [] : conditionsAskedFor(scopes, patient, site.baseUrl);
  const fhirContext = [
    ...open,
    ...asked.filter(({ reference, role }) => role !== undefined || !open.some((item) => item.reference === reference)),
  ];
  return {
    ...(patient !== undefined && (launched || isAboutPatient(scopes)) && { patient }),
    ...(encounter !== undefined && (launched || scopes.includes('launch/encounter')) && { encounter }),
    ...(launched ? others : { needPatientBanner: true, smartStyleUrl: site.style }),
    ...(fhirContext.length > 0 && { fhirContext }),
  };
}

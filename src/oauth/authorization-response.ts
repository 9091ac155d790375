/** What an authorization server sent back by way of the browser (RFC 6749 sections 4.1.2 and 4.1.2.1). */
export type AuthorizationResponse =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'error'; readonly error: string; readonly description: string | null }
  | { readonly kind: 'neither' };

export function readAuthorizationResponse(parameters: URLSearchParams): AuthorizationResponse {
  const error = parameters.get('error');
  if (error) return { kind: 'error', error, description: parameters.get('error_description') };
  const code = parameters.get('code');
  return code ? { kind: 'code', code } : { kind: 'neither' };
}

/** Answers as faulty servers give them. */
import type { FhirVersion } from '../options.ts';
import { fhirJson, page } from '../responses.ts';

export const notFound = () => new Response('Not Found', { status: 404, headers: { 'content-type': 'text/plain' } });

/** What a user agent without a session gets from many a portal. */
export const loginPage = () =>
  page('Sign in', '<form method="post"><label>User name <input name="user"></label> <button>Sign in</button></form>');

export const errorPage = (status: number) => page('Something went wrong', '<p>Please try again later.</p>', { status });

export const nothingFound = (version: FhirVersion) =>
  fhirJson({ resourceType: 'Bundle', type: 'searchset', total: 0 }, version);

/** The text of an answer under another media type, or another text under the same. */
export async function retold(
  answer: Response,
  { text, type }: { text?: string | Uint8Array<ArrayBuffer>; type?: string },
): Promise<Response> {
  const headers = new Headers(answer.headers);
  if (type !== undefined) headers.set('content-type', type);
  const told = text ?? (await answer.text());
  // A 204 with a body, be it empty, cannot be made.
  return new Response(told === '' ? null : told, { status: answer.status, headers });
}

/** A navigation that was caught before it left: to the app, or with the consent that was to be held. */
export interface Caught {
  readonly url: string;
  readonly method: string;
  readonly parameters: URLSearchParams;
  readonly from: 'query' | 'fragment' | 'form' | 'consent';
  /** It was to happen in a frame of another page. */
  readonly embedded?: boolean;
}

/**
 * Reads the parameters off a request: of the form that is posted (response_mode=form_post), else of the fragment where
 * the query has none of a response's (response_mode=fragment).
 */
export function caughtFrom({
  url,
  method,
  body,
}: {
  readonly url: string;
  readonly method: string;
  readonly body: string | null;
}): Caught {
  if (method === 'POST') return { url, method, parameters: new URLSearchParams(body ?? ''), from: 'form' };
  const { searchParams, hash } = new URL(url);
  const fragment = new URLSearchParams(hash.slice(1));
  const answered = ['code', 'error', 'launch'].some((name) => searchParams.has(name));
  return !answered && hash.includes('=')
    ? { url, method, parameters: fragment, from: 'fragment' }
    : { url, method, parameters: searchParams, from: 'query' };
}

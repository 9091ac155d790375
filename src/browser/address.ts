/**
 * Whether a browser at `url` is at the redirect URI or launch URL `registered`: the same scheme, host, port and path
 * (RFC 3986 section 6.2; default ports and the case of hosts do not matter), with the parameters that are registered.
 */
export function isAt(url: string, registered: string): boolean {
  const [one, other] = [parse(url), parse(registered)];
  if (!one || !other) return false;
  // A custom scheme has no origin, and everything before the query is in its path.
  const places = [one, other].map(({ protocol, host, pathname }) => `${protocol}//${host}${pathname}`);
  if (places[0] !== places[1]) return false;
  return [...other.searchParams].every(([name, value]) => one.searchParams.getAll(name).includes(value));
}

function parse(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

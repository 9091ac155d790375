/**
 * A key that is equal for URLs of the same scheme, host, port and path, however they are written; query and fragment do
 * not count.
 *
 * @returns null when it is no URL
 */
export function placeOf(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const { protocol, host, pathname } = new URL(address);
  const name = host.toLowerCase().replace(/\.(?=:|$)/, '');
  return `${protocol}//${name}${decoded(pathname) || '/'}`;
}

/** `/%63b` is `/cb` (RFC 3986 section 6.2.2.2). */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

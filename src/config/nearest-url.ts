/**
 * The URL that a mistaken one most likely meant: with its scheme, without what does not belong. None where there may be a
 * password in it.
 *
 * @param isRight - what counts as right where it stands
 */
export function nearestUrl(text: string, isRight: (url: string) => boolean): string | undefined {
  if (text.includes('@')) return undefined;
  const trimmed = text.trim();
  const withoutQuery = trimmed.replace(/[?#].*$/s, '');
  return [
    trimmed,
    `https:${trimmed}`,
    trimmed.replace(/^(https?):\/*/i, '$1://'),
    // A path alone does not say which server.
    ...(/^(localhost\b|127\.|\[::1\])/.test(trimmed) ? [`http://${trimmed}`] : []),
    ...(/^[^/.][^/]*\.|^\[/.test(trimmed) ? [`https://${trimmed}`] : []),
    withoutQuery,
    withoutQuery.replace(/\/(metadata|\.well-known\/.*)$/i, ''),
    withoutQuery.replace(/^(https?:\/\/[^/]*)\/.*$/is, '$1'),
  ].find((candidate) => candidate !== text && /^https?:\/\//i.test(candidate) && isRight(candidate));
}

/** Without the user name and password a URL may carry, for a message; a password may hold any character. */
export function withoutUserinfo(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1…@');
}

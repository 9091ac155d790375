/** Whether a text is a full URI (RFC 3986): a scheme of two characters or more, and something after it. */
export function isFullUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\S+$/i.test(text);
}

import { isIPv4 } from 'node:net';

/** Whether a URL's host is this machine itself, where plain http does no harm (RFC 8252 section 8.3). */
export function isLoopback({ hostname }: URL): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]') return true;
  return isIPv4(hostname) && hostname.startsWith('127.');
}

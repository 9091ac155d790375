/** The proxy a request goes through, with the credentials it wants. */
export interface ProxyServer {
  /** Without credentials. */
  readonly origin: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number;
  /** Value of a Proxy-Authorization header. */
  readonly authorization: string | null;
}

/**
 * Reads which proxy a URL goes through from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, of which the lower case wins.
 *
 * `NO_PROXY` lists hosts, separated by commas or spaces: a name stands for itself and everything below it, with or
 * without a leading dot or `*.`; a port limits it to that port; `*` stands for all.
 *
 * @throws TypeError when the proxy's address is not an http or https URL
 */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): ProxyServer | null {
  const address = variable(env, url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (address === '' || isExempt(url, variable(env, 'NO_PROXY'))) {
    return null;
  }
  const proxy = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`);
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
    throw new TypeError(`a proxy of kind ${proxy.protocol} is not supported; use an http or https proxy`);
  }
  const { username, password } = proxy;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    origin: proxy.origin,
    protocol: proxy.protocol,
    hostname: bare(proxy.hostname),
    port: portOf(proxy),
    authorization: username === '' ? null : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
}

/** The port a URL means, the scheme's own included. */
export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

function variable(env: NodeJS.ProcessEnv, name: string): string {
  return (env[name.toLowerCase()] ?? env[name] ?? '').trim();
}

function isExempt(url: URL, list: string): boolean {
  const host = bare(url.hostname).toLowerCase();
  for (const entry of list.toLowerCase().split(/[\s,]+/)) {
    if (entry === '*') {
      return true;
    }
    // A bare IPv6 address has colons, too, but no port.
    const [, name = entry, port] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
    const wanted = bare(name).replace(/^\*?\./, '');
    const fits = wanted !== '' && (host === wanted || host.endsWith(`.${wanted}`));
    if (fits && (port === undefined || Number(port) === portOf(url))) {
      return true;
    }
  }
  return false;
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

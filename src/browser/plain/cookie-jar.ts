interface Cookie {
  readonly value: string;
  readonly sameSite: 'none' | 'lax' | 'strict';
}

/** The cookies of a browser context, by host: ports share them (RFC 6265 section 8.5). */
export interface CookieJar {
  /** @param set - `set-cookie` as exchanges have it, a line each */
  keep(url: URL, set: string | undefined): void;
  /** @param fromElsewhere - a form of another site is posted: what is not `SameSite=None` stays at home */
  header(url: URL, fromElsewhere: boolean): Readonly<Record<string, string>>;
}

export function createCookieJar(): CookieJar {
  const hosts = new Map<string, Map<string, Cookie>>();
  return {
    keep({ hostname }, set = '') {
      const cookies = hosts.get(hostname) ?? new Map<string, Cookie>();
      hosts.set(hostname, cookies);
      for (const line of set.split('\n')) {
        const [, name, value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
        if (name === undefined) continue;
        const [, sameSite] = /;\s*SameSite=(none|lax|strict)/i.exec(line) ?? [];
        const isOver = /;\s*Max-Age=(0|-\d+)\s*(;|$)/i.test(line);
        if (isOver) cookies.delete(name);
        else cookies.set(name, { value, sameSite: /none/i.test(sameSite ?? '') ? 'none' : 'lax' });
      }
    },
    header({ hostname }, fromElsewhere) {
      const sent = [...(hosts.get(hostname) ?? [])].filter(([, { sameSite }]) => !fromElsewhere || sameSite === 'none');
      const header: Readonly<Record<string, string>> = {};
      return sent.length === 0 ? header : { cookie: sent.map(([name, { value }]) => `${name}=${value}`).join('; ') };
    },
  };
}

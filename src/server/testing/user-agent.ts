import { ask } from './ask.ts';

/** A browser without scripts: it keeps cookies, follows redirects below one origin and sends forms. */
export function createUserAgent(origin: string) {
  const cookies = new Map<string, string>();

  const visit = async (url: string, form?: URLSearchParams): Promise<Visited> => {
    for (let hops = 0; hops < 10; hops += 1) {
      if (!url.startsWith(origin)) return { url, status: 0, html: '', returned: new URL(url).searchParams };
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const body = hops === 0 ? form : undefined;
      const answer = await ask(url, { headers: { cookie }, ...(body && { method: 'POST', body }) });
      for (const set of answer.headers['set-cookie'] ?? []) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        cookies.set(name, value);
      }
      const { location } = answer.headers;
      if (location === undefined) return { url, status: answer.status, html: answer.body, returned: null };
      url = new URL(location, url).href;
    }
    throw new Error('more than ten redirects');
  };

  /** Sends the form on a page with its hidden fields and checked boxes, and these values. */
  const submit = (page: Visited, values: Readonly<Record<string, string>>, unchecked: readonly string[] = []) => {
    const form = new URLSearchParams();
    for (const [, name = '', value = ''] of page.html.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)) {
      form.append(name, value);
    }
    for (const [, name = '', value = ''] of page.html.matchAll(/type="checkbox" name="([^"]*)" value="([^"]*)"/g)) {
      const text = value.replaceAll('&#x2F;', '/').replaceAll('&amp;', '&');
      if (!unchecked.includes(text)) form.append(name, text);
    }
    for (const [name, value] of Object.entries(values)) form.append(name, value);
    const [, action = ''] = /action="([^"]*)"/.exec(page.html) ?? [];
    return visit(action.replaceAll('&#x2F;', '/').replaceAll('&amp;', '&'), form);
  };
  return { visit, submit };
}

export interface Visited {
  readonly url: string;
  readonly status: number;
  readonly html: string;
  /** What came back to the app; null while the browser is at the server. */
  readonly returned: URLSearchParams | null;
}

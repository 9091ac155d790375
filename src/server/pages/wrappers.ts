import { html, raw } from 'hono/html';
import type { PageStyle } from '../options.ts';

type Html = ReturnType<typeof html>;

/** What some styles put around a page, or make of it. */
export const wrappers: Readonly<Partial<Record<PageStyle, (content: Html) => Html | Promise<Html>>>> = {
  /** Nothing is there until a script has put it there, a moment later. */
  javascript: (content) => html`<div id="root">Loading…</div><template id="page">${content}</template>
    <script>setTimeout(() => root.replaceChildren(page.content.cloneNode(true)), 150)</script>`,

  'shadow-dom': (content) => html`<clinic-page></clinic-page><template id="page">${content}</template>
    <script>
      document.querySelector('clinic-page').attachShadow({ mode: 'open' }).append(page.content.cloneNode(true));
    </script>`,

  /** It lies over the lower part of the page until it is answered. */
  'cookie-banner': (content) => html`${content}<div class="banner" style="top: 0" role="dialog" aria-label="Cookies">
    <p>We value your privacy. This site uses cookies.</p>
    <button type="button" onclick="this.parentNode.remove()">Accept all cookies</button>
    <button type="button" onclick="this.parentNode.remove()">Reject</button></div>`,

  /** A copy for narrow screens, with the same ids and out of sight, and a field that only robots fill in. */
  'hidden-twins': async (content) => {
    const twin = String(await content);
    const honeypot =
      '<input type="password" name="website" tabindex="-1" aria-hidden="true" style="position:absolute;left:-9999px">';
    return html`<div style="display: none">${raw(twin)}</div>${raw(twin.replace('<form ', `${honeypot}<form `))}`;
  },
};

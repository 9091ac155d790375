import { html, raw } from 'hono/html';
import type { PageStyle } from '../options.ts';
import { renderChoice } from './choice.ts';
import type { FormPage } from './form-page.ts';
import { inGerman } from './german.ts';
import { wrappers } from './wrappers.ts';

type Html = ReturnType<typeof html>;

/** Pages may stand in a frame of this server alone, and nobody keeps them. */
const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "frame-ancestors 'self'",
  'x-frame-options': 'SAMEORIGIN',
  'referrer-policy': 'no-referrer',
};

/** A page in one of the styles. @param framed - whether it is to stand in a frame of the page around it */
export async function renderPage(page: FormPage, style: PageStyle, framed = false): Promise<Response> {
  const say = style === 'german' ? inGerman : (text: string) => text;
  const heading = say(page.title);
  const form = renderForm(page, style, say, framed);
  const wrap = wrappers[style] ?? ((content: Html) => content);
  const body = await wrap(html`<main><h1>${heading}</h1>
    ${page.problem ? html`<p role="alert">${say(page.problem)}</p>` : ''}
    ${page.lead ? html`<p>${say(page.lead)}</p>` : ''}
    ${form}</main>`);
  const document = await html`<!doctype html>
<html lang="${style === 'german' ? 'de' : 'en'}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${say('Sample Clinic')}</title>
<style>${raw(css)}</style></head>
<body>${body}</body>
</html>`;
  return new Response(String(document), { headers });
}

function renderForm(page: FormPage, style: PageStyle, say: (text: string) => string, framed: boolean): Html {
  const { fields = [], choice, checkboxes = [] } = page;
  return html`<form method="${page.method ?? 'post'}" action="${page.action}" ${framed ? raw('target="_top"') : ''}>
    ${Object.entries(page.hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
    ${fields.map(
      ({ name, label, type, autocomplete }) => html`<p><label for="${name}">${say(label)}</label>
      <input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" required></p>`,
    )}
    ${choice ? renderChoice(choice, style, say) : ''}
    ${checkboxes.map(
      ({ name, value, label }) => html`<p><label><input type="checkbox" name="${name}" value="${value}" checked>
      ${say(label)} <code>${value}</code></label></p>`,
    )}
    <p>${page.buttons.map(
      ({ name, value, label }) =>
        html`<button ${name ? html`name="${name}" value="${value ?? ''}"` : ''}>${say(label)}</button> `,
    )}</p>
  </form>`;
}

const css = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 40rem; padding: 0 1rem; color: #1b2733 }
h1 { font-size: 1.4rem } label { display: inline-block; min-width: 8rem }
input:not([type=checkbox], [type=radio]), select { padding: .35rem; min-width: 14rem }
button { padding: .4rem 1rem } table { border-collapse: collapse; width: 100% }
td, th { border-bottom: 1px solid #ccd5dd; padding: .4rem; text-align: left }
[role=alert] { background: #fdecea; padding: .5rem } code { color: #56677a; font-size: .85em }
.banner { position: fixed; inset: auto 0 0 0; background: #1b2733; color: #fff; padding: 1rem }
iframe { border: 1px solid #ccd5dd; width: 100%; height: 28rem }`;

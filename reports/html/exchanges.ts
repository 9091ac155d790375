import type { DecodedJwt, Exchange, TlsSummary } from '../../src/kit/index.ts';
import { curlCommand } from '../curl.ts';
import { answerLine } from '../exchange-line.ts';
import { indentJson, valueAsJson } from '../indent-json.ts';
import { cut } from '../plain-text.ts';
import { count, duration, utc } from '../wording.ts';
import { anchor, linkList, testLink } from './anchors.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { Page, Section } from './page.ts';

/** Above this number exchanges are folded by as many, so that a browser need not lay out thousands of lines. */
const perGroup = 200;

/** Characters of a URL on the one line of an exchange. */
const urlLength = 200;

/** Characters shown of a body: what a reader must act on whole (recording cuts at 64 KiB), the rest short. */
const bodyLengths = { telling: Number.POSITIVE_INFINITY, cited: 8192, other: 2048 } as const;

/** All recorded exchanges in the order of sending. */
export function exchangesSection(page: Page): Section | null {
  if (page.report.exchanges.size === 0) return null;
  return {
    id: 'exchanges',
    title: 'Exchanges',
    label: `Exchanges ${page.report.exchanges.size}`,
    pieces: exchangePieces(page),
  };
}

function* exchangePieces(page: Page): Iterable<Markup> {
  const { size } = page.report.exchanges;
  yield html`<p class="lead">${count(size, 'request')} with what came back, in the order of sending. Secrets stand as <code>‹name hash›</code>, equal hashes meaning equal secrets; to send a request again, put your own in their place.</p>
`;
  let index = 0;
  for (const exchange of page.report.exchanges) {
    if (size > perGroup && index % perGroup === 0) {
      yield index === 0 ? nothing : html`</details>`;
      yield html`<details class="exchange-group" data-group="exchanges"><summary>${index + 1} to ${Math.min(size, index + perGroup)}</summary>
`;
    }
    index += 1;
    yield exchangeMarkup(page, exchange);
  }
  if (size > perGroup) yield html`</details>`;
}

function exchangeMarkup({ citedBy, telling }: Page, exchange: Exchange): Markup {
  const { id, by, request, response, error, startedAt, durationMs, jwts, tls } = exchange;
  const tests = citedBy.get(id) ?? [];
  const length = bodyLengths[telling.has(id) ? 'telling' : tests.length > 0 ? 'cited' : 'other'];
  return html`<details class="exchange" data-find="exchange"><summary><code class="id">${id}</code> <span class="line"><b>${request.method}</b> <code>${cut(request.url, urlLength)}</code> <span class="answer">→ ${answerLine(exchange)}</span></span> <span class="took">${duration(durationMs)}</span></summary>
<div class="inside" id="${anchor('exchange', id)}">
<p class="source">Sent ${by === 'browser' ? 'by the browser' : 'by smart-check'} at <time datetime="${startedAt}">${utc(startedAt)}</time>${tls === undefined ? nothing : html`, ${tlsWords(tls)}`}</p>
${tests.length === 0 ? nothing : html`<div class="shown"><span class="label">Evidence for</span>${linkList(tests.map(testLink), 'test')}</div>`}
<h3>Request</h3>
${request.url.length > urlLength ? block('URL', request.url) : nothing}
${headers(request.headers)}${body('request body', request.body ?? '', length)}
<h3>Response</h3>
${error === null ? nothing : html`<p class="trouble"><b>${response === null ? 'No answer' : 'The answer broke off'}:</b> ${error.message} <code>${error.code}</code></p>`}
${
  response === null
    ? nothing
    : html`<p class="status"><b>${response.status}</b>, ${count(response.bodyBytes, 'byte')} of body${response.truncated ? ', cut short' : ''}</p>
${headers(response.headers)}${body('response body', response.body, length)}`
}
${jwts.map((jwt) => jwtMarkup(jwt, exchange))}
<h3>Send it again</h3>
<div class="command"><pre tabindex="0" role="group" aria-label="curl command of ${id}"><code>${curlCommand(request)}</code></pre><button type="button" class="copy">Copy<span class="heard"> the curl command of ${id}</span></button></div>
</div></details>
`;
}

function headers(fields: Exchange['request']['headers']): Markup {
  const entries = Object.entries(fields);
  if (entries.length === 0) return nothing;
  return html`<dl class="headers">${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function body(label: string, text: string, length: number): Markup {
  if (text === '') return nothing;
  const shown = indentJson(text) ?? text;
  if (shown.length <= length) return block(label, shown);
  return html`${block(label, cut(shown, length))}<p class="source">The rest of it is in results.json.</p>`;
}

function block(label: string, text: string): Markup {
  return html`<pre tabindex="0" role="group" aria-label="${label}"><code>${text}</code></pre>`;
}

/** The token as it was sent, redacted, and beside it what is in it. */
function jwtMarkup({ where, header, claims }: DecodedJwt, exchange: Exchange): Markup {
  const sent = asSent(where, exchange);
  return html`<h3>JWT in ${where}</h3>
<div class="jwt">${sent === null ? nothing : html`<div><p class="label">As sent, redacted</p>${block('the JWT as sent, redacted', sent)}</div>`}
<div><p class="label">Header</p>${block('JWT header', valueAsJson(header))}</div>
<div><p class="label">Claims</p>${block('JWT claims', valueAsJson(claims))}</div></div>`;
}

/** What stands in the place of a token, with what names it: `id_token: ‹id_token a7d3›`. */
function asSent(where: string, { request, response }: Exchange): string | null {
  const [side, part, name = part ?? ''] = where.split(' ');
  const message = side === 'response' ? response : request;
  const text = part === 'header' ? message?.headers[name] : part === 'url' ? request.url : (message?.body ?? undefined);
  const marks = [...(text ?? '').matchAll(/‹([^‹›]*) [0-9a-f]+›/g)];
  const mark = marks.find(([, what]) => what === name) ?? (part === 'header' ? marks[0] : undefined);
  return mark === undefined ? null : `${name}: ${part === 'header' ? text : mark[0]}`;
}

function tlsWords({ protocol, subject, issuer, validFrom, validTo }: TlsSummary): string {
  const period = validFrom === null || validTo === null ? null : `valid ${utc(validFrom)} to ${utc(validTo)}`;
  return [
    protocol ?? 'TLS',
    subject === null ? null : `certificate of ${subject}`,
    issuer === null ? null : `issued by ${issuer}`,
    period,
  ]
    .filter((part) => part !== null)
    .join(', ');
}

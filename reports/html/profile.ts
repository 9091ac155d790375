import { type ClauseResult, type ClauseVerdict, groupBy } from '../../src/kit/index.ts';
import { clausesWorstFirst, clauseWords, headline, reasonsOf } from '../profile.ts';
import { guideLink, namedLink, requirementLink } from './anchors.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { Page, Section } from './page.ts';

const symbols: Readonly<Record<ClauseVerdict, string>> = {
  met: '✓',
  warned: '!',
  violated: '✗',
  open: '?',
  attest: '○',
};
const looks: Readonly<Record<ClauseVerdict, string>> = {
  met: 'holds',
  warned: 'warned',
  violated: 'violated',
  open: 'blocked',
  attest: 'untested',
};

/** One page that answers "would this pass?", clause by clause, the unmet ones first. */
export function profileSection(page: Page): Section | null {
  const { profile } = page.report;
  if (!profile) return null;
  const { question, answer, tone, sentence } = headline(profile);
  const byVerdict = groupBy(profile.clauses, ({ verdict }) => verdict);
  const known = new Set(page.report.requirements.map(({ id }) => id));
  return {
    id: 'profile',
    title: question,
    label: `Profile: ${answer}`,
    pieces: [
      html`<p class="answer ${tone}"><b>${answer}</b> <span>${sentence}.</span></p>
<p class="source">${profile.summary ?? ''} Read on ${profile.dated} from ${profile.sources.map(
        ({ title, url }, index) => html`${index > 0 ? ', ' : ''}${title}: ${guideLink(url)}`,
      )}.</p>
<ul class="clauses">
`,
      ...clausesWorstFirst.flatMap((verdict) =>
        (byVerdict.get(verdict) ?? []).map((clause) => clauseMarkup(clause, known)),
      ),
      html`</ul>
`,
    ],
  };
}

function clauseMarkup(clause: ClauseResult, known: ReadonlySet<string>): Markup {
  const { id, verdict, summary, cite, url, verb = 'SHALL', attest } = clause;
  const { shown, more } = reasonsOf(clause);
  return html`<li class="clause">
<p><span class="outcome ${looks[verdict]}">${symbols[verdict]} ${clauseWords[verdict]}</span> <span class="name">${summary}</span></p>
<p class="source"><b class="verb">${verb}</b> ${url === undefined ? cite : namedLink(url, cite)} <code>${id}</code></p>
${
  shown.length === 0
    ? nothing
    : html`<ul class="plain">${shown.map(
        ({ about, message }) =>
          html`<li>${known.has(about) ? requirementLink(about) : html`<code>${about}</code>`}: ${message}</li>`,
      )}${more > 0 ? html`<li>and ${more} more</li>` : nothing}</ul>`
}${attest === undefined ? nothing : html`<p class="source">To be attested: ${attest}.</p>`}
</li>
`;
}

import type { PageSnapshot } from './action.ts';
import { caption } from './buttons.ts';
import type { Memory } from './memory.ts';
import type { Control } from './snapshot.ts';

/** Says what a page that led nowhere looked like, what was tried, and the steps to begin with. */
export function describeStuck(
  message: string,
  { url, title, headings, controls, text }: PageSnapshot,
  { done }: Memory,
): string {
  const { origin, pathname } = new URL(url, 'about:blank');
  const seen = controls
    .slice(0, 12)
    .map((control) => `${control.kind} "${(caption(control) || control.label || control.names).slice(0, 60)}"`);
  return [
    message,
    `It is at ${origin}${pathname}, titled "${title}"${headings.length > 0 ? `, under the heading "${headings[0]}"` : ''}.`,
    seen.length > 0 ? `It shows: ${seen.join(', ')}.` : `It shows nothing to press or fill in, and ${saying(text)}.`,
    done.length > 0 ? `Done before: ${done.join('; ')}.` : 'Nothing was done before.',
    seen.length > 0
      ? `With authorize.drive set to steps, these may help:\n${snippet(controls)}`
      : 'Does it show more in a window (--headed)? What it asks for may not come: the exchanges of the launch tell.',
  ].join('\n');
}

function saying(text: string): string {
  return text === '' ? 'says nothing' : `says "${text.slice(0, 200)}"`;
}

function snippet(controls: readonly Control[]): string {
  const lines = controls.slice(0, 8).flatMap((control) => stepFor(control) ?? []);
  return ['authorize:', '  drive: steps', '  steps:', ...lines].join('\n');
}

function stepFor(control: Control): string | null {
  const name = JSON.stringify((caption(control) || control.label).slice(0, 60));
  const label = JSON.stringify(control.label.split(' | ')[0]?.slice(0, 60) ?? '');
  switch (control.kind) {
    case 'password':
      return `    - fill: { label: ${label}, with: "{{user.password}}" }`;
    case 'text':
      return `    - fill: { label: ${label}, with: "{{user.username}}" }`;
    case 'search':
      return `    - fill: { label: ${label}, with: "{{data.patient}}" }`;
    case 'checkbox':
    case 'radio':
      return `    - check: { label: ${label} }`;
    case 'button':
    case 'link':
      return `    - click: { role: ${control.kind}, name: ${name} }`;
    case 'row':
      return `    - click: { text: ${name} }`;
    case 'select':
      return `    - select: { label: ${label}, option: "…" }`;
  }
}

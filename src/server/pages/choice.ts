import { html } from 'hono/html';
import type { PageStyle } from '../options.ts';
import type { Choice } from './form-page.ts';

type Say = (text: string) => string;
type Html = ReturnType<typeof html>;

/** The ways in which a list of patients or encounters is offered. */
export function renderChoice(choice: Choice, style: PageStyle, say: Say): Html {
  return (renderers[style] ?? asTable)(choice, say);
}

const renderers: Readonly<Partial<Record<PageStyle, (choice: Choice, say: Say) => Html>>> = {
  'picker-radio': asRadios,
  'picker-search': asSearch,
  'picker-row': asRows,
  'picker-select': asSelect,
};

/** A row for each, with a button in it. */
function asTable({ name, label, options }: Choice, say: Say): Html {
  return html`<table><thead><tr><th>${say(label)}</th><th></th><th></th></tr></thead><tbody>
    ${options.map(
      (option) => html`<tr><td>${option.label}</td><td>${option.detail}</td>
      <td><button name="${name}" value="${option.value}">${say('Select')}</button></td></tr>`,
    )}</tbody></table>`;
}

function asRadios({ name, label, options }: Choice, say: Say): Html {
  return html`<fieldset><legend>${say(label)}</legend>
    ${options.map(
      ({ value, label, detail }) => html`<p><label><input type="radio" name="${name}" value="${value}" required>
      ${label}, ${detail}</label></p>`,
    )}</fieldset><p><button>${say('Continue')}</button></p>`;
}

/** A native list without a label. */
function asSelect({ name, label, options }: Choice, say: Say): Html {
  return html`<div>${say(label)}</div><select name="${name}" required><option value=""></option>
    ${options.map(({ value, label, detail }) => html`<option value="${value}">${label} (${detail})</option>`)}
    </select><p><button>${say('Continue')}</button></p>`;
}

/** The row itself is the button; the radio in it is out of use until then. */
function asRows({ name, label, options }: Choice, say: Say): Html {
  return html`<table><thead><tr><th></th><th>${say(label)}</th><th></th></tr></thead><tbody>
    ${options.map(
      (option) => html`<tr tabindex="0" title="${say('Select')} ${option.value}"
      onclick="const radio = this.querySelector('input'); radio.disabled = false; radio.checked = true; radio.form.submit()">
      <td><input type="radio" name="${name}" value="${option.value}" disabled></td>
      <td>${option.label}</td><td>${option.detail}</td></tr>`,
    )}</tbody></table><nav><button type="button" disabled>${say('Next')}</button></nav>`;
}

/** Nobody is listed before they have been searched for. */
function asSearch({ name, label, options }: Choice, say: Say): Html {
  const show = `
    const wanted = this.parentNode.querySelector('[type=search]').value.trim().toLowerCase();
    for (const row of this.form.querySelectorAll('[data-name]')) {
      row.hidden = wanted === '' || !(row.dataset.name.toLowerCase().includes(wanted) || row.dataset.id === wanted);
    }`;
  return html`<p><input type="search" placeholder="${say(label)}">
    <button type="button" onclick="${show}">${say('Search')}</button></p>
    <ul>${options.map(
      ({ value, label, detail }) => html`<li hidden data-name="${label}" data-id="${value}">
      <button name="${name}" value="${value}">${label}, ${detail}</button></li>`,
    )}</ul>`;
}

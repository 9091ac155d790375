/**
 * The page's one script: filter, search and copy. Without it everything can be read, as links into folded parts open
 * these by themselves; the controls appear only when it runs.
 */
export const script = `
'use strict';
(() => {
  document.documentElement.classList.add('scripted');
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const search = document.getElementById('search');
  const status = document.getElementById('shown');
  const buttons = all('[data-filter]');
  const verdictButtons = all('button[data-verdict]');
  const narrowed = document.getElementById('narrowed');
  const kinds = ['test', 'requirement', 'exchange'].map((kind) => ({ kind, items: all('[data-find="' + kind + '"]') }));
  const words = new Map();
  let outcome = 'all';
  let verdict = 'any';
  let cell = null;

  const textOf = (item) => {
    let text = words.get(item);
    if (text === undefined) {
      const source = item.dataset.find === 'exchange' ? item.querySelector('summary') : item;
      text = source.textContent.toLowerCase();
      words.set(item, text);
    }
    return text;
  };

  const fitsCell = ({ dataset }) =>
    (verdict === 'any' || dataset.verdictIs === verdict) &&
    (cell === null || (dataset.pageIs === cell.page && dataset.verbIs === cell.verb));

  const apply = () => {
    const wanted = search.value.trim().toLowerCase();
    const counts = kinds.map(({ kind, items }) => {
      let shown = 0;
      for (const item of items) {
        const fits =
          kind === 'test' ? outcome === 'all' || item.dataset.outcome === outcome : kind !== 'requirement' || fitsCell(item);
        item.hidden = !fits || (wanted !== '' && !textOf(item).includes(wanted));
        if (!item.hidden) shown += 1;
      }
      return shown + ' of ' + items.length + ' ' + kind + 's';
    });
    for (const group of all('[data-group]')) {
      group.hidden = all('[data-find]', group).every((item) => item.hidden);
      if (wanted !== '' && group.tagName === 'DETAILS') group.open = true;
    }
    for (const button of buttons) {
      button.setAttribute('aria-pressed', String(button.dataset.filter === outcome));
    }
    for (const button of verdictButtons) {
      button.setAttribute('aria-pressed', String(button.dataset.verdict === verdict));
    }
    if (narrowed !== null) {
      narrowed.textContent = cell === null ? '' : 'Only ' + cell.verb + ' of ' + cell.page + '; “Every verdict” shows all again.';
    }
    status.textContent = wanted === '' && outcome === 'all' ? '' : 'Shown: ' + counts.join(', ');
  };

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target === null) return;
    if (target.closest('[hidden]') !== null) {
      outcome = 'all';
      verdict = 'any';
      cell = null;
      search.value = '';
      apply();
    }
    for (let part = target.parentElement; part !== null; part = part.parentElement) {
      if (part.tagName === 'DETAILS') part.open = true;
    }
    target.scrollIntoView();
  };

  const copy = async (button) => {
    const source = button.parentElement.querySelector('code');
    let word = 'Copied';
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      getSelection().selectAllChildren(source);
      if (!document.execCommand('copy')) word = 'Selected';
    }
    const label = button.firstChild;
    label.data = word;
    setTimeout(() => { label.data = 'Copy'; }, 2000);
  };

  let pause;
  search.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(apply, 120);
  });
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-page]');
    if (link !== null) {
      cell = { page: link.dataset.page, verb: link.dataset.verb };
      verdict = 'any';
      apply();
      return;
    }
    const button = event.target.closest('button');
    if (button === null) return;
    if (button.dataset.filter !== undefined) {
      outcome = button.dataset.filter;
      apply();
    } else if (button.dataset.verdict !== undefined) {
      verdict = button.dataset.verdict;
      if (verdict === 'any') cell = null;
      apply();
    } else if (button.classList.contains('copy')) {
      copy(button);
    }
  });
  addEventListener('hashchange', reveal);
  if (location.hash !== '') reveal();
})();
`;

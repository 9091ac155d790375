/// <reference lib="dom" />
/** What a person could see and use on a page; made inside the page, as plain data. */
export interface Control {
  readonly kind: 'text' | 'password' | 'search' | 'checkbox' | 'radio' | 'select' | 'button' | 'link' | 'row';
  /** Which frame, and which element of it. */
  readonly frame: number;
  readonly index: number;
  /** What is written on it, or its value. */
  readonly text: string;
  /** What is written beside it, above it or in it as a hint. */
  readonly label: string;
  /** Name, id, class, title, data attributes: what a developer calls it. */
  readonly names: string;
  readonly value: string;
  readonly autocomplete: string;
  /** Ticked, chosen, or a list with something chosen. */
  readonly on: boolean;
  readonly required: boolean;
  /** Sends its form. */
  readonly submits: boolean;
  /** Looks like the main one. */
  readonly primary: boolean;
  /** Number of its form on the page; -1 outside of forms. */
  readonly form: number;
  /** Of the table row or list item in which it stands. */
  readonly row: string | null;
  /** The text of what lies over the page and holds it: a dialog, a banner. */
  readonly overlay: string | null;
  readonly options: readonly { readonly value: string; readonly text: string }[];
  /** Can be seen without scrolling. */
  readonly inView: boolean;
}

export interface FrameSnapshot {
  readonly controls: readonly Omit<Control, 'frame'>[];
  /** The beginning of what can be read. */
  readonly text: string;
  readonly headings: readonly string[];
  /** What is marked as an error or an alert. */
  readonly alerts: string;
  readonly hasCaptcha: boolean;
  readonly title: string;
  readonly loaded: boolean;
  /** When the document began: tells two that look alike apart. */
  readonly born: number;
}

/**
 * Runs in the page: sees it as a person does, through frames' own documents and open shadow roots. What it found is kept
 * in the page, under a symbol, for the action that follows.
 */
export function takeSnapshot(): FrameSnapshot {
  const elements: Element[] = [];
  const all: Element[] = [];
  const collect = (root: Document | ShadowRoot | Element): void => {
    for (const element of root.querySelectorAll('*')) {
      all.push(element);
      if (element.shadowRoot) collect(element.shadowRoot);
    }
  };
  collect(document);

  const parentOf = (element: Element): Element | null => {
    if (element.parentElement) return element.parentElement;
    const root = element.getRootNode();
    return root instanceof ShadowRoot ? root.host : null;
  };
  const ancestor = (element: Element, fits: (candidate: Element) => boolean): Element | null => {
    for (let at: Element | null = element; at; at = parentOf(at)) if (fits(at)) return at;
    return null;
  };
  const isShown = (element: Element): boolean => {
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) return false;
    if (box.right + window.scrollX <= 0 || box.bottom + window.scrollY <= 0) return false;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    return !ancestor(element, (at) => at.getAttribute('aria-hidden') === 'true' || at.hasAttribute('inert'));
  };
  /** Whether something else lies over its middle. */
  const isCovered = (element: Element): boolean => {
    const box = element.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    if (x < 0 || y < 0 || x > window.innerWidth || y > window.innerHeight) return false;
    const root = element.getRootNode();
    const hit = (root instanceof ShadowRoot ? root : document).elementFromPoint(x, y);
    if (!hit) return false;
    return !(
      hit === element ||
      element.contains(hit) ||
      hit.contains(element) ||
      labelsOf(element).some((label) => label.contains(hit))
    );
  };
  const labelsOf = (element: Element): Element[] =>
    'labels' in element && element.labels instanceof NodeList ? [...(element.labels as NodeListOf<Element>)] : [];
  const textOf = (element: Element | null | undefined): string =>
    (element instanceof HTMLElement ? element.innerText : (element?.textContent ?? '')).replace(/\s+/g, ' ').trim();
  const attribute = (element: Element, name: string): string => element.getAttribute(name) ?? '';
  const byIds = (element: Element, ids: string): string => {
    const root = element.getRootNode();
    const find = (id: string) =>
      (root instanceof ShadowRoot ? root : document).querySelector(`[id="${CSS.escape(id)}"]`);
    return ids
      .split(' ')
      .map((id) => textOf(find(id)))
      .join(' ');
  };
  const labelOf = (element: Element, isField: boolean): string => {
    const own = [
      attribute(element, 'aria-label'),
      attribute(element, 'aria-labelledby') && byIds(element, attribute(element, 'aria-labelledby')),
      ...labelsOf(element).map(textOf),
      attribute(element, 'placeholder'),
      attribute(element, 'title'),
    ].filter((part) => part !== '');
    if (own.length > 0 || !isField) return own.join(' | ').slice(0, 300);
    // What stands before a field is read as its label, whatever the markup says.
    return (
      textOf(element.previousElementSibling).slice(0, 100) ||
      textOf(parentOf(element)?.previousElementSibling).slice(0, 100)
    );
  };
  const namesOf = (element: Element): string =>
    [...element.attributes]
      .filter(
        ({ name }) =>
          ['name', 'id', 'class', 'title', 'type', 'href', 'role'].includes(name) || name.startsWith('data-'),
      )
      .map(({ value }) => value)
      .join(' ')
      .slice(0, 400);
  const forms = all.filter((element) => element instanceof HTMLFormElement);
  const rowOf = (element: Element): string | null => {
    const row = ancestor(element, (at) => at.matches('tr, li, [role=row], [role=listitem], [role=option]'));
    return row && textOf(row) !== '' ? `${textOf(row)} ${namesOf(row)}`.slice(0, 400) : null;
  };
  const overlayOf = (element: Element): string | null => {
    const over = ancestor(
      element,
      (at) =>
        at.matches('dialog, [role=dialog], [role=alertdialog]') ||
        ['fixed', 'sticky'].includes(getComputedStyle(at).position),
    );
    // What holds all that can be read lies over nothing: it is the page, kept in its place.
    return over && textOf(over) !== textOf(document.body) ? textOf(over).slice(0, 600) : null;
  };
  const typesOfText = ['text', 'email', 'tel', 'number', 'url', ''];
  const buttonTypes = ['submit', 'button', 'image', 'reset'];
  /** What is pressed in the place of whatever holds it. */
  const usable =
    'button:enabled, a[href], input:enabled:not([type=hidden]), select:enabled, [role=switch], [role=checkbox]';
  const kindOf = (element: Element): Control['kind'] | null => {
    if (element instanceof HTMLInputElement) {
      const type = attribute(element, 'type').toLowerCase();
      if (type === 'password' || type === 'checkbox' || type === 'radio' || type === 'search') return type;
      if (buttonTypes.includes(type)) return type === 'reset' ? null : 'button';
      return typesOfText.includes(type) ? 'text' : null;
    }
    if (element instanceof HTMLSelectElement) return 'select';
    if (element instanceof HTMLTextAreaElement) return 'text';
    const role = attribute(element, 'role');
    if (element instanceof HTMLButtonElement) return element.type === 'reset' ? null : 'button';
    if (role === 'button') return 'button';
    if (role === 'checkbox' || role === 'switch') return 'checkbox';
    if (role === 'radio') return 'radio';
    if (role === 'option') return 'row';
    if (element instanceof HTMLAnchorElement && element.href !== '') return 'link';
    // Headings of columns are pressed to sort.
    if (element.closest('thead, th')) return null;
    if (element.querySelector(usable)) return null;
    const isPointed =
      getComputedStyle(element).cursor === 'pointer' &&
      (!parentOf(element) || getComputedStyle(parentOf(element) ?? element).cursor !== 'pointer');
    const isPressable =
      element.hasAttribute('onclick') || (element.hasAttribute('tabindex') && (element as HTMLElement).tabIndex >= 0);
    return (isPressable || (isPointed && !element.matches('label'))) && textOf(element) !== '' ? 'row' : null;
  };
  /** What browsers write on a button that has no value of its own. */
  const unsaid = ({ type }: HTMLInputElement): string => (type === 'submit' ? 'Submit' : '');
  const isOff = (element: Element): boolean =>
    element.matches(':disabled, [aria-disabled=true]') || (element instanceof HTMLInputElement && element.readOnly);

  const controls: Omit<Control, 'frame'>[] = [];
  for (const element of all) {
    const kind = kindOf(element);
    if (!kind || isOff(element)) continue;
    const isBox = kind === 'checkbox' || kind === 'radio';
    // A box is often hidden behind a label that is styled as one.
    const target =
      isShown(element) && !isCovered(element)
        ? element
        : isBox
          ? labelsOf(element).find((label) => isShown(label) && !isCovered(label))
          : undefined;
    if (!target) continue;
    const input = element instanceof HTMLInputElement ? element : null;
    const select = element instanceof HTMLSelectElement ? element : null;
    const value =
      input?.value ??
      select?.value ??
      (element instanceof HTMLButtonElement ? element.value : attribute(element, 'data-value'));
    const isPressed = kind === 'button' && input !== null;
    const box = target.getBoundingClientRect();
    controls.push({
      kind,
      inView: box.top >= 0 && box.left >= 0 && box.bottom <= window.innerHeight && box.right <= window.innerWidth,
      index: elements.length,
      text: (isPressed ? value || attribute(element, 'alt') || unsaid(input) : textOf(element)).slice(0, 300),
      label: labelOf(element, !['button', 'link', 'row'].includes(kind)),
      names: namesOf(element),
      value: kind === 'password' ? (value === '' ? '' : '*') : value,
      autocomplete: attribute(element, 'autocomplete'),
      on: isBox
        ? (input?.checked ?? attribute(element, 'aria-checked') === 'true')
        : select !== null && select.value !== '',
      required: element.matches(':required, [aria-required=true]'),
      submits:
        (element instanceof HTMLButtonElement && element.type === 'submit' && element.form !== null) ||
        ['submit', 'image'].includes(input?.type ?? ''),
      primary: /primary|\bcta\b|btn-success|kc-login|submit/i.test(
        `${attribute(element, 'class')} ${attribute(element, 'id')} ${namesOf(element)}`,
      ),
      form: forms.indexOf(ancestor(element, (at) => at instanceof HTMLFormElement) as HTMLFormElement),
      row: rowOf(element),
      overlay: overlayOf(element),
      options: select
        ? [...select.options]
            .filter((option) => !option.disabled)
            .map((option) => ({ value: option.value, text: option.text }))
        : [],
    });
    elements.push(target);
  }
  const shownText = (selector: string): string[] =>
    all
      .filter((element) => element.matches(selector) && isShown(element))
      .map(textOf)
      .filter((text) => text !== '');
  const bodyText = document.body ? textOf(document.body) : '';
  const shadowText = all
    .filter((element) => element.shadowRoot)
    .map((host) => [...(host.shadowRoot?.children ?? [])].map(textOf).join(' '))
    .join(' ');
  Object.assign(window, { [Symbol.for('smart-check')]: elements });
  return {
    controls,
    text: `${bodyText} ${shadowText}`.trim().slice(0, 3000),
    headings: shownText('h1, h2, h3, [role=heading], legend')
      .slice(0, 10)
      .map((text) => text.slice(0, 200)),
    alerts: shownText(
      '[role=alert], [aria-live=assertive], .error, .alert, .alert-danger, .errorMessage, #errorMessage, .invalid-feedback',
    )
      .join(' ')
      .slice(0, 600),
    hasCaptcha: all.some(
      (element) =>
        element instanceof HTMLIFrameElement &&
        /recaptcha\/api2\/(anchor|bframe)|hcaptcha\.com|challenges\.cloudflare\.com|captcha/i.test(element.src) &&
        element.getBoundingClientRect().height > 64 &&
        isShown(element),
    ),
    title: document.title.slice(0, 200),
    loaded: document.readyState === 'complete',
    born: performance.timeOrigin,
  };
}

/**
 * What runs in every page and frame while a person is watched: it tells what was done, and to which element by the name
 * a person sees. What is typed into a field for secrets never leaves the page.
 */

/** One thing that a person did. */
export interface Deed {
  readonly act: 'click' | 'fill' | 'select' | 'check' | 'uncheck' | 'press';
  readonly locator: Readonly<Record<string, string>>;
  /** Of `fill`; null where the field holds a secret. */
  readonly value?: string | null;
  readonly option?: string;
  readonly key?: string;
  /** `username`, `password`, `one-time`: what the field is for, as far as the page says. */
  readonly purpose?: string | null;
}

/** The name by which a page tells; not to be guessed by a page's own script. */
export const teller = '__smartCheckTells';

/** Runs in the page: refers to nothing outside itself. */
export function watchPage(tellerName: string): void {
  const own = Reflect.get(window, tellerName);
  if (typeof own !== 'function') return;
  const tell = (deed: Deed) => void own(JSON.stringify(deed));
  const clean = (text: string | null | undefined) => (text ?? '').replace(/\s+/g, ' ').trim();
  const everything = (root: Document | ShadowRoot): Element[] =>
    [...root.querySelectorAll('*')].flatMap((one) => (one.shadowRoot ? [one, ...everything(one.shadowRoot)] : [one]));
  const isShown = (one: Element) => {
    const box = one.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && getComputedStyle(one).visibility !== 'hidden';
  };
  const labelOf = (one: Element): string => {
    const aria = clean(one.getAttribute('aria-label'));
    if (aria !== '') return aria;
    const labelled = clean(one.getAttribute('aria-labelledby'))
      .split(' ')
      .map((id) => clean(document.getElementById(id)?.textContent))
      .join(' ');
    if (clean(labelled) !== '') return clean(labelled);
    const { labels } = one as HTMLInputElement;
    return labels?.[0] ? clean(labels[0].innerText) : '';
  };
  const isButton = (one: Element) =>
    one.matches(
      'button, summary, input[type=submit], input[type=button], input[type=reset], input[type=image], [role=button]',
    );
  const roleOf = (one: Element): string | null =>
    one.getAttribute('role') ?? (isButton(one) ? 'button' : one.matches('a[href]') ? 'link' : null);
  const nameOf = (one: Element): string =>
    labelOf(one) ||
    clean((one as HTMLElement).innerText) ||
    clean(one.matches('input') ? (one as HTMLInputElement).value : '') ||
    clean(one.getAttribute('title')) ||
    clean(one.getAttribute('alt'));
  const short = (text: string) => text.slice(0, 80);
  const alone = (matches: (one: Element) => boolean) =>
    everything(document).filter((one) => isShown(one) && matches(one)).length === 1;
  const includes = (text: string, part: string) => text.toLowerCase().includes(part.toLowerCase());

  /** By what a person sees first, where no other element is meant by it. */
  const locate = (one: Element): Readonly<Record<string, string>> => {
    const isField = one.matches('input, select, textarea') && !isButton(one);
    const label = short(labelOf(one));
    if (
      isField &&
      label !== '' &&
      alone((other) => other.matches('input, select, textarea, button') && includes(labelOf(other), label))
    ) {
      return { label };
    }
    const role = roleOf(one);
    const name = short(nameOf(one));
    if (
      !isField &&
      role !== null &&
      name !== '' &&
      alone((other) => roleOf(other) === role && includes(nameOf(other), name))
    ) {
      return { role, name };
    }
    const placeholder = clean(one.getAttribute('placeholder'));
    if (placeholder !== '' && alone((other) => includes(clean(other.getAttribute('placeholder')), placeholder)))
      return { placeholder };
    const testId = one.getAttribute('data-testid');
    if (testId && alone((other) => other.getAttribute('data-testid') === testId)) return { testId };
    const leaf = (other: Element) =>
      ![...other.children].some((child) => includes(clean((child as HTMLElement).innerText), name));
    if (
      !isField &&
      name !== '' &&
      alone((other) => leaf(other) && includes(clean((other as HTMLElement).innerText), name))
    )
      return { text: name };
    return { css: cssOf(one) };
  };
  const cssOf = (one: Element): string => {
    const tag = one.tagName.toLowerCase();
    const candidates = [
      one.id === '' ? '' : `#${CSS.escape(one.id)}`,
      ...['name', 'value', 'type', 'href', 'title'].map((attribute) => {
        // Pages may keep in `value` what is being typed.
        const value = attribute === 'value' && one.matches(textual) ? null : one.getAttribute(attribute);
        return value ? `${tag}[${attribute}=${JSON.stringify(value)}]` : '';
      }),
    ];
    const name = one.getAttribute('name');
    const value = one.getAttribute('value');
    if (name && value && !one.matches(textual)) {
      candidates.push(`${tag}[name=${JSON.stringify(name)}][value=${JSON.stringify(value)}]`);
    }
    const fits = candidates.find((css) => css !== '' && alone((other) => other.matches(css)));
    if (fits !== undefined) return fits;
    const root = one.getRootNode();
    const parent = one.parentElement;
    const place = parent === null ? '' : `:nth-child(${[...parent.children].indexOf(one) + 1})`;
    return parent === null || root === parent ? tag : `${cssOf(parent)} > ${tag}${place}`;
  };
  /** Also of one whose password is being shown. */
  const secretive = new WeakSet<Element>();
  const purposeOf = (one: Element): string | null => {
    const hint = `${one.getAttribute('autocomplete')} ${one.getAttribute('name')} ${one.id}`.toLowerCase();
    if (one.matches('[type=password]') || secretive.has(one) || /pass(?:word|wd|phrase)|\bpwd|\bpin\b/.test(hint))
      return 'password';
    if (/one-time|otp|passcode|2fa|mfa|verification/.test(hint)) return 'one-time';
    return /user|login|email|account|identifier/.test(hint) || one.matches('[type=email]') ? 'username' : null;
  };
  /** What a script makes of a click or a key is not what the person did. */
  let entered: Element | null = null;
  /** What was pressed last, and whether the page is being left since: to press it again then does nothing more. */
  let pressed: Element | null = null;
  let isLeft = false;
  addEventListener('beforeunload', () => {
    isLeft = true;
  });
  const isPressedAgain = (one: Element): boolean => {
    const again = isLeft && one === pressed;
    pressed = one;
    return again;
  };

  const target = (event: Event): Element | null => {
    const [first] = event.composedPath();
    return event.isTrusted && first instanceof Element ? first : null;
  };
  const textual =
    'input:not([type=checkbox]):not([type=radio]):not([type=submit]):not([type=button]):not([type=reset]):not([type=image]):not([type=file]), textarea';
  addEventListener(
    'focusin',
    (event) => {
      const one = target(event);
      if (one?.matches('[type=password]')) secretive.add(one);
    },
    true,
  );
  addEventListener(
    'input',
    (event) => {
      const one = target(event);
      if (!one?.matches(textual)) return;
      const purpose = purposeOf(one);
      const isSecret = purpose === 'password' || purpose === 'one-time';
      tell({ act: 'fill', locator: locate(one), value: isSecret ? null : (one as HTMLInputElement).value, purpose });
    },
    true,
  );
  addEventListener(
    'change',
    (event) => {
      const one = target(event);
      if (one?.matches('select')) {
        const { selectedOptions } = one as HTMLSelectElement;
        tell({ act: 'select', locator: locate(one), option: clean(selectedOptions[0]?.label) });
      }
      if (one?.matches('input[type=checkbox], input[type=radio]') && isShown(one)) {
        tell({ act: (one as HTMLInputElement).checked ? 'check' : 'uncheck', locator: locate(one) });
      }
    },
    true,
  );
  addEventListener(
    'keydown',
    (event) => {
      const one = target(event);
      if (event.key !== 'Enter' || !one) return;
      entered = one;
      setTimeout(() => {
        entered = null;
      }, 100);
      if (!one.matches('textarea') && !isPressedAgain(one)) tell({ act: 'press', locator: locate(one), key: 'Enter' });
    },
    true,
  );
  addEventListener(
    'click',
    (event) => {
      const path = event.composedPath().filter((one): one is Element => one instanceof Element);
      if (!event.isTrusted || path.length === 0 || entered !== null) return;
      const field = path.find((one) => one.matches('input, select, option, textarea, label'));
      const control = field instanceof HTMLLabelElement ? field.control : field;
      // Told by what changes; a hidden control is worked by its label.
      if (control && !isButton(control) && (control === path[0] || isShown(control) || control.matches(textual)))
        return;
      const actor = path.find((one) => roleOf(one) !== null || one.matches('label, [onclick]')) ?? path[0];
      if (actor && !actor.matches('html, body') && !isPressedAgain(actor))
        tell({ act: 'click', locator: locate(actor) });
    },
    true,
  );
}

import type { FrameLocator, Page, Locator as PageLocator } from 'playwright';
import type { Locator } from '../../kit/configuration.ts';

/** Where steps look for their elements: a page, or a frame in it for as long as that is there. */
export interface Scope {
  find(locator: Locator): Promise<PageLocator>;
  /** What follows is looked for inside this frame. */
  enter(frame: PageLocator): void;
  /** What follows is looked for on the page again. */
  leave(): void;
}

/** @param page - the one to act on now */
export function createScope(page: () => Page): Scope {
  let entered: { readonly page: Page; readonly frame: PageLocator } | null = null;
  return {
    async find(locator) {
      if (entered && (entered.page !== page() || (await entered.frame.count()) === 0)) entered = null;
      return located(entered ? entered.frame.contentFrame() : page(), locator);
    },
    enter(frame) {
      entered = { page: page(), frame };
    },
    leave() {
      entered = null;
    },
  };
}

function located(within: Page | FrameLocator, locator: Locator): PageLocator {
  const { label, role, name, text, placeholder, testId, css } = locator;
  if (label !== undefined) return within.getByLabel(label);
  if (role !== undefined) {
    return within.locator(`role=${role}${name === undefined ? '' : `[name=${JSON.stringify(name)}i]`}`);
  }
  if (text !== undefined) return within.getByText(text);
  if (placeholder !== undefined) return within.getByPlaceholder(placeholder);
  if (testId !== undefined) return within.getByTestId(testId);
  return within.locator(css ?? ':root');
}

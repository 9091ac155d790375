import type { Page } from 'playwright';
import type { Journey } from './journey.ts';

const blank = 'about:blank';

/**
 * Opens the address a journey starts at, or posts the form it starts with. What comes of it is told by the page's
 * events; this waits no longer than until the page begins to show.
 */
export async function startJourney({ start }: Journey, page: Page, timeoutMs: number): Promise<void> {
  if (!start.form) {
    await page.goto(start.url, { waitUntil: 'commit', timeout: timeoutMs });
    return;
  }
  await clearPage(page, timeoutMs);
  const fields = [...start.form].map(
    ([name, value]) => `<input type=hidden name="${quoted(name)}" value="${quoted(value)}">`,
  );
  const form = `<form method=post accept-charset=utf-8 action="${quoted(start.url)}">${fields.join('')}</form>`;
  await page.setContent(`<!doctype html><link rel=icon href="data:,">${form}`, { timeout: timeoutMs });
  // A field of the name "submit" would hide the form's own.
  await page.evaluate('HTMLFormElement.prototype.submit.call(document.forms[0])');
}

/** Takes away what an earlier journey left on the page. */
export async function clearPage(page: Page, timeout: number): Promise<void> {
  if (page.url() !== blank) await page.goto(blank, { timeout });
}

function quoted(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

import type { Page } from 'playwright';
import type { Screenshot } from './journey.ts';

const longest = 12;
const limitMs = 3000;

/** What nobody who reads a report may see. */
const secretFields = [
  'input[type=password]',
  'input[autocomplete=one-time-code]',
  'input[autocomplete=current-password]',
  'input[autocomplete=new-password]',
  'input[name*=passw i]',
  'input[name*=otp i]',
].join(', ');

/** The pictures of a journey. */
export interface Strip {
  readonly screenshots: readonly Screenshot[];
  /** Takes one, unless there are too many; the last place is kept for the end. */
  take(page: Page, title: string, isLast?: boolean): Promise<void>;
}

/** @param enabled - else nothing is taken */
export function createStrip(enabled: boolean): Strip {
  const screenshots: Screenshot[] = [];
  return {
    screenshots,
    async take(page, title, isLast = false) {
      if (!enabled || screenshots.length >= (isLast ? longest : longest - 1)) return;
      try {
        const mask = page.frames().map((frame) => frame.locator(secretFields));
        const jpeg = await page.screenshot({ type: 'jpeg', quality: 50, scale: 'css', timeout: limitMs, mask });
        screenshots.push({ title, jpeg });
      } catch {
        // A page that is gone, or too busy, has no picture.
      }
    },
  };
}

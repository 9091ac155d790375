import type { Page } from 'playwright';
import type { Picture } from './journey.ts';

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
  readonly pictures: readonly Picture[];
  /** Says what was done, with a picture unless there are too many; the last place is kept for the end. */
  take(page: Page, title: string, isLast?: boolean): Promise<void>;
}

/** @param enabled - else no pictures are taken */
export function createStrip(enabled: boolean): Strip {
  const pictures: Picture[] = [];
  return {
    pictures,
    async take(page, title, isLast = false) {
      if (isLast && !enabled) return;
      const taken = pictures.filter(({ jpeg }) => jpeg !== null).length;
      const isTaken = enabled && taken < (isLast ? longest : longest - 1);
      pictures.push({ title, jpeg: isTaken ? await pictureOf(page) : null });
    },
  };
}

/** A page that is gone, or too busy, has no picture. */
async function pictureOf(page: Page): Promise<Uint8Array | null> {
  const mask = page.frames().map((frame) => frame.locator(secretFields));
  return page.screenshot({ type: 'jpeg', quality: 50, scale: 'css', timeout: limitMs, mask }).catch(() => null);
}

import type { Page } from 'playwright';
import type { Journey, StopCause } from '../journey.ts';

export interface AutoOptions {
  /** The one to act on now: pop-ups change it. */
  readonly page: () => Page;
  readonly journey: Journey;
  readonly ended: () => boolean;
  readonly timeoutMs: number;
  readonly lastStatus: () => number | null;
  /** Takes a picture of what was done. */
  readonly note: (title: string) => Promise<void>;
}

export type AutoEnd =
  | { readonly kind: 'ended' }
  | { readonly kind: 'stopped'; readonly cause: StopCause; readonly message: string };

/** Placeholder: waits for pages that need nobody. */
export async function driveAuto({ ended, timeoutMs }: AutoOptions): Promise<AutoEnd> {
  const until = Date.now() + timeoutMs;
  while (!ended() && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return ended() ? { kind: 'ended' } : { kind: 'stopped', cause: 'stuck', message: 'nobody drove' };
}

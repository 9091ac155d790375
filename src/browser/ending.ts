import type { Caught } from './caught.ts';
import type { StopCause } from './journey.ts';

export type End =
  | { readonly kind: 'returned'; readonly caught: Caught }
  | { readonly kind: 'stopped'; readonly cause: StopCause; readonly message: string };

/** How a journey ended: whatever came first. */
export interface Ending {
  readonly reached: Promise<End>;
  isReached(): boolean;
  hasReturned(): boolean;
  returned(caught: Caught): void;
  stop(cause: StopCause, message: string): void;
}

export function createEnding(): Ending {
  let isReached = false;
  let hasReturned = false;
  let reach: (end: End) => void = () => {};
  const reached = new Promise<End>((resolve) => {
    reach = (end) => {
      if (!isReached) hasReturned = end.kind === 'returned';
      isReached = true;
      resolve(end);
    };
  });
  return {
    reached,
    isReached: () => isReached,
    hasReturned: () => hasReturned,
    returned: (caught) => reach({ kind: 'returned', caught }),
    stop: (cause, message) => reach({ kind: 'stopped', cause, message }),
  };
}

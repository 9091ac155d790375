import type { StopCause } from '../journey.ts';
import type { Marks } from './memory.ts';
import type { Control, FrameSnapshot } from './snapshot.ts';

/** All frames of a page as one. */
export interface PageSnapshot extends Omit<FrameSnapshot, 'controls'> {
  readonly url: string;
  readonly controls: readonly Control[];
  /** Of the document. */
  readonly status: number | null;
}

/** What to do next. */
export type Decision =
  | Act
  /** For more to come; `otherwise` holds when nothing does. */
  | { readonly kind: 'wait'; readonly otherwise: Stop }
  | Stop;

export interface Act {
  readonly kind: 'act';
  readonly why: string;
  readonly actions: readonly Action[];
  /** What is to be remembered once it is done. */
  readonly marks: Marks;
  /** It gives the app what it asks for. */
  readonly consents?: true;
}

export interface Stop {
  readonly kind: 'stop';
  readonly cause: StopCause;
  readonly message: string;
}

export type Action =
  | { readonly do: 'click'; readonly control: Control }
  | { readonly do: 'fill'; readonly control: Control; readonly text: string; readonly secret?: true }
  | { readonly do: 'tick' | 'untick'; readonly control: Control }
  | { readonly do: 'choose'; readonly control: Control; readonly value: string }
  | { readonly do: 'enter'; readonly control: Control };

export function act(why: string, ...actions: readonly Action[]): Act {
  return { kind: 'act', why, actions, marks: {} };
}

export function marking(marks: Marks, action: Act): Act {
  return { ...action, marks };
}

export function stop(cause: StopCause, message: string): Stop {
  return { kind: 'stop', cause, message };
}

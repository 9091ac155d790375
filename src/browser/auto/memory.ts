/** What a driver remembers of the pages it has passed. */
export interface Memory {
  readonly sent: ReadonlySet<Secret>;
  /** What was searched for. */
  readonly searched: ReadonlySet<string>;
  /** What was done, in words. */
  readonly done: readonly string[];
}

export type Secret = 'user-name' | 'password' | 'code';

/** What an action adds to it. */
export interface Marks {
  readonly sent?: readonly Secret[];
  readonly searched?: string;
}

export const emptyMemory: Memory = { sent: new Set(), searched: new Set(), done: [] };

export function remembering(memory: Memory, why: string, { sent = [], searched }: Marks): Memory {
  return {
    sent: new Set([...memory.sent, ...sent]),
    searched: new Set([...memory.searched, ...(searched === undefined ? [] : [searched])]),
    done: [...memory.done, why],
  };
}

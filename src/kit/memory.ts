/** What was seen of one thing, such as `{ sha256: '…' }`. Never a secret: it is written to a file. */
export type Seen = Readonly<Record<string, string>>;

/** What earlier runs against the same target saw, for what takes two runs far apart. */
export interface Memory {
  /** What an earlier run saw last, and when; null when none did. What this run remembers is for the next one. */
  recall(key: string): { readonly seen: Seen; readonly at: Date } | null;
  remember(key: string, seen: Seen): void;
}

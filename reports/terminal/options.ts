/** What the terminal written to can show. */
export interface TerminalOptions {
  readonly color: boolean;
  /** Characters per line. */
  readonly columns: number;
  /** ASCII symbols, nothing redrawn: `TERM=dumb`. */
  readonly dumb: boolean;
  /** Only the verdict. */
  readonly quiet: boolean;
  /** The report that holds what is too long for a terminal; null when none is written. */
  readonly wholeIn: string | null;
}

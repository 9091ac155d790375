/** Exit codes, as docs and scripts know them. 2 (wrong usage) is never a report's. */
export const exitCodes = { ok: 0, violated: 1, usage: 2, blocked: 3, ownError: 4, interrupted: 130 } as const;

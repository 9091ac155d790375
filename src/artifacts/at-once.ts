/** How often what is good once is used at once. */
export const usesAtOnce = 5;

/** Sends a request several times at once: a server that looks first and marks as used afterwards lets more than one through. */
export function atOnce<Answer>(send: () => Promise<Answer>): Promise<readonly Answer[]> {
  return Promise.all(Array.from({ length: usesAtOnce }, send));
}

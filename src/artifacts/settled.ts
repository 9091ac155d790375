/** Milliseconds that what was changed at one place of a server may take to be known at another, and between two looks. */
const [longest, pause] = [5_000, 250];

/** Asks again until an answer is as it should be, for a few seconds; the last answer, whatever it is. */
export async function settled<Answer>(
  ask: () => Promise<Answer>,
  isDone: (answer: Answer) => boolean,
): Promise<Answer> {
  const end = Date.now() + longest;
  for (;;) {
    const answer = await ask();
    if (isDone(answer) || Date.now() >= end) return answer;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

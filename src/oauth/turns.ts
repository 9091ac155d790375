/** Many may run together, or one alone. */
export interface Turns {
  /** Runs beside others of its like, and not while somebody is alone, or waits to be. */
  together<Result>(run: () => Promise<Result>): Promise<Result>;
  /** Runs alone. Of those that wait, one that is about the same as the last goes first. */
  alone<Result>(about: unknown, run: () => Promise<Result>): Promise<Result>;
}

export function createTurns(): Turns {
  const many: (() => void)[] = [];
  const loners: { readonly about: unknown; readonly begin: () => void }[] = [];
  let running = 0;
  let isAlone = false;
  let last: unknown;

  const letIn = () => {
    if (isAlone || (running > 0 && loners.length > 0)) return;
    const same = loners.findIndex(({ about }) => about === last);
    const [loner] = loners.splice(Math.max(0, same), 1);
    isAlone = loner !== undefined;
    last = loner ? loner.about : last;
    for (const begin of loner ? [loner.begin] : many.splice(0)) {
      running += 1;
      begin();
    }
  };
  const afterEntering = async <Result>(enter: (begin: () => void) => void, run: () => Promise<Result>) => {
    const begun = new Promise<void>(enter);
    letIn();
    await begun;
    try {
      return await run();
    } finally {
      running -= 1;
      isAlone = false;
      letIn();
    }
  };
  return {
    together: (run) => afterEntering((begin) => many.push(begin), run),
    alone: (about, run) => afterEntering((begin) => loners.push({ about, begin }), run),
  };
}

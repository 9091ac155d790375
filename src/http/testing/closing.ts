const closers: (() => Promise<unknown>)[] = [];

/** Has something closed when the test has finished. */
export function closeLater(close: () => Promise<unknown>): void {
  closers.push(close);
}

/** Closes all that the test has opened, the latest first: for `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
}

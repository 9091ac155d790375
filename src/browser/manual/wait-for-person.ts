import type { DriverEnd, Driving } from '../drive-journey.ts';

/** Leaves the pages to a person, who sees them in a window; the journey ends when its time is over. */
export async function waitForPerson({ ended }: Driving, headed: boolean): Promise<DriverEnd> {
  if (!headed) {
    const message = 'authorize.drive is manual: a person must see the pages; give --headed';
    return { kind: 'stopped', cause: 'needs-person', message };
  }
  while (!ended()) await new Promise((resolve) => setTimeout(resolve, 100));
  return { kind: 'ended' };
}

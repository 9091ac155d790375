import type { DriverEnd, Driving } from '../drive-journey.ts';

export async function driveAuto(_driving: Driving): Promise<DriverEnd> {
  return { kind: 'ended' };
}

import { isSince, type SpecVersion } from '../kit/index.ts';
import type { Capabilities } from './smart-configuration.ts';

/** How reading and searching are asked for: in the syntax of guide 1.0 where a server knows no other. */
export function readSuffix({ includes }: Capabilities, specVersion: SpecVersion): 'rs' | 'read' {
  // Before 2.0 there was nothing to tell apart, and no capability to say it by.
  const isOld = includes('permission-v1') || !isSince(specVersion, '2.0');
  return isOld && !includes('permission-v2') ? 'read' : 'rs';
}

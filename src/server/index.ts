/** The reference server: what a SMART App Launch server looks like, and, by its faults, what it must not look like. */
import type { ServerOptions } from './options.ts';
import type { RunningServer } from './start.ts';

export { writeConfiguration } from './configuration-file.ts';
export type { Fault } from './faults/fault.ts';
export { faults } from './faults/index.ts';
export {
  type FhirVersion,
  fhirVersions,
  type PageStyle,
  pageStyles,
  type ServerOptions,
} from './options.ts';
export type { DescribedClient, SelfDescription } from './self-description.ts';
export type { RunningServer } from './start.ts';
export { packTogether } from './variants/combine.ts';
export { joined, singleVariants, variants } from './variants/index.ts';
export type { Variant } from './variants/variant.ts';

/**
 * Starts the reference server. What serves HTTP is loaded here, so that who only lists faults does not pay for it.
 *
 * @throws the system's error (`EADDRINUSE`, `EACCES`, …) when the port cannot be opened
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { start } = await import('./start.ts');
  return start(options);
}

/** The public API: suites and runner put together. The command line is its first user. */
export { type Checked, type CheckOptions, check } from './check.ts';
export { type ConfigurationSource, readConfiguration } from './config/read-configuration.ts';
export { openStateFile } from './config/state-file.ts';
export type * from './kit/index.ts';

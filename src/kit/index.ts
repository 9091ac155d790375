/** The words of the house (docs/architecture.md) as types, and the few functions that make them. */
export type { Artifact, Obtained } from './artifact.ts';
export { artifact, seed } from './artifact.ts';
export type * from './configuration.ts';
export type { RunEvent } from './events.ts';
export type * from './exchange.ts';
export type { Finding, Level, SkipReason } from './finding.ts';
export type { HttpClient, HttpRequest, TlsVersion } from './http-client.ts';
export type * from './report.ts';
export { outcomes } from './report.ts';
export type { Requirement, Verb } from './requirement.ts';
export { configuration, http } from './seeds.ts';
export type { SpecVersion } from './spec-version.ts';
export { isSince, since, specVersions } from './spec-version.ts';
export type { Suite } from './suite.ts';
export type { Evidence, Judge, Remark, Test } from './test.ts';
export { test } from './test.ts';
export { Block, Skip, UsageError } from './unobtainable.ts';

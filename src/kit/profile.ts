import { globMatcher } from './glob.ts';
import { suiteOf } from './requirement.ts';
import type { SpecVersion } from './spec-version.ts';

/** A named set of demands that servers are held to: what it asks for is mandatory, whatever the guide leaves open. */
export interface Profile {
  readonly id: string;
  readonly title: string;
  readonly summary?: string;
  /** The day on which its sources were read: `2026-11-25`. */
  readonly dated: string;
  readonly sources: readonly { readonly title: string; readonly url: string }[];
  /** Versions of the guide it can be held to; any unless given. */
  readonly specVersions?: readonly SpecVersion[];
  readonly clauses: readonly Clause[];
}

export interface Clause {
  /** Within its profile. */
  readonly id: string;
  /** Where it stands, as people cite it: `45 CFR 170.215(c)(2)`. */
  readonly cite: string;
  readonly url?: string;
  /** SHALL unless given: what a SHOULD asks for and is not there is a warning. */
  readonly verb?: 'SHALL' | 'SHOULD';
  readonly summary: string;
  /** Members of the SMART configuration: that they are there (true), or what they list; of a list in it, one at least. */
  readonly advertises?: Readonly<Record<string, true | readonly (string | readonly string[])[]>>;
  /** Ids of requirements that must hold; what the guide only recommends is mandatory then. */
  readonly requirements?: readonly string[];
  /** Ids of suites every SHALL of which must be decided, and hold. */
  readonly suites?: readonly string[];
  /** Globs over the ids of requirements in those suites that the clause does not ask for. */
  readonly except?: readonly string[];
  /** What no test from outside can show, in words. */
  readonly attest?: string;
}

/** What came of a profile: would the server pass? `open` where something is not decided. */
export interface ProfileResult extends Profile {
  readonly verdict: 'pass' | 'fail' | 'open';
  readonly clauses: readonly ClauseResult[];
}

export interface ClauseResult extends Clause {
  /** `attest`: nothing of it can be shown from outside. */
  readonly verdict: ClauseVerdict;
  /** What keeps it from being met. */
  readonly reasons: readonly ClauseReason[];
}

export type ClauseVerdict = 'met' | 'warned' | 'violated' | 'open' | 'attest';

export interface ClauseReason {
  /** Id of a requirement or of a suite. */
  readonly about: string;
  readonly verdict: 'warned' | 'violated' | 'open';
  readonly message: string;
}

/** What a profile may name. */
export interface ProfileCatalogue {
  readonly requirements: readonly { readonly id: string; readonly untestable?: string }[];
  readonly suites: readonly string[];
  /** Capabilities that the guide defines. */
  readonly capabilities: readonly string[];
  /** Members of the SMART configuration that the guide defines. */
  readonly members: readonly string[];
}

/** The id of the requirement that what a clause wants advertised is. */
export function advertisedRequirement(clause: Clause): string {
  return `profile/${clause.id}`;
}

/** Ids of the clauses that a requirement serves. */
export function clausesOf(requirement: string, { clauses }: Profile): readonly string[] {
  const suite = suiteOf(requirement);
  return clauses
    .filter(
      (clause) =>
        advertisedRequirement(clause) === requirement ||
        clause.requirements?.includes(requirement) ||
        (clause.suites?.includes(suite) && !isExcepted(requirement, clause)),
    )
    .map(({ id }) => id);
}

/** Whether the clause takes a requirement out of the suites it asks for. */
export function isExcepted(requirement: string, { except = [] }: Clause): boolean {
  return except.some((glob) => globMatcher(glob)(requirement));
}

import type { Override } from '../behaviour.ts';
import type { FhirVersion } from '../options.ts';
import type { Configured, SelfDescription } from '../self-description.ts';

/** A deliberate defect of the server that breaks one requirement, or hides whether it keeps it. */
export interface Fault {
  /** `requirement-id~variant` */
  readonly id: string;
  readonly requirement: string;
  /** Of the finding the defect deserves; `undecided` where it hides what would decide. */
  readonly level: 'fail' | 'warn' | 'undecided';
  /** Where the level is `undecided`: the test that must not come to a verdict. */
  readonly blinds?: string;
  /** What the server does wrong. */
  readonly summary: string;
  /** Other requirements the same defect breaks or may break: an accusation there is deserved, too. */
  readonly also: readonly string[];
  /** It shows on a server that speaks https only. */
  readonly https?: true;
  /** The version of the guide in which it is a defect, when it is none in 2.2. */
  readonly specVersion?: '1.0' | '2.0' | '2.1';
  /** The FHIR version in which it is a defect, when it is none in R4. */
  readonly fhirVersion?: FhirVersion;
  /** What a user would configure differently to see it. */
  readonly description?: (usual: SelfDescription) => Configured;
  readonly override: Override;
}

/** A fault as its area's table has it: the requirement is read off the id. */
export type FaultRow = Omit<Fault, 'requirement' | 'also'> & { readonly also?: readonly string[] };

export function faultsOf(rows: readonly FaultRow[]): readonly Fault[] {
  return rows.map(({ also = [], ...row }) => {
    const requirement = row.id.slice(0, row.id.indexOf('~'));
    // Groups that break together are listed whole; the requirement itself is no by-catch.
    return { ...row, requirement, also: [...new Set(also)].filter((id) => id !== requirement) };
  });
}

/** Rows of which each breaks these other requirements, too. */
export function breakingToo(others: readonly string[], rows: readonly FaultRow[]): readonly FaultRow[] {
  return rows.map((row) => ({ ...row, also: [...(row.also ?? []), ...others] }));
}

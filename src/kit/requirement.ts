import type { SpecVersion } from './spec-version.ts';

export type Verb = 'SHALL' | 'SHALL NOT' | 'SHOULD' | 'SHOULD NOT' | 'MAY';

/** One normative statement a server is held to. */
export interface Requirement {
  /** `suite/what-a-good-server-does` */
  readonly id: string;
  /** Its row, or the rows that restate each other, in the requirements catalogue; null when we added it ourselves. */
  readonly ref: string | readonly string[] | null;
  readonly verb: Verb;
  /** Where the guide, or the RFC it adopts, says so. */
  readonly guide: string;
  /** The versions of the guide it applies to. */
  readonly versions: readonly SpecVersion[];
  /** When it applies, in words. */
  readonly condition: string;
  /** What a conformant server does, in our own words. */
  readonly summary: string;
  /** Why no test decides it, when none does. */
  readonly untestable?: string;
}

/** The suite that a requirement, test or fault belongs to, by its id. */
export function suiteOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

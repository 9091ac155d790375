import type { Artifact, Obtained } from './artifact.ts';
import type { Exchange } from './exchange.ts';

/** What a judgement rests on. */
export interface Evidence {
  /** What a conformant server shows, in a few words. */
  readonly expected: string;
  /** What this one showed. */
  readonly actual: string;
  readonly because?: Exchange | readonly Exchange[];
  /** The exchanges used a token that had expired, and how the server takes that is what is judged. */
  readonly expired?: 'meant';
  /** That a request is not answered is what is judged: no trouble on the way can be the reason. */
  readonly unanswered?: 'meant';
  /** Says more, when the requirement does not hold, than "expected …; got …": what to do about it. */
  readonly message?: string;
}

/** What a remark rests on. */
export interface Remark {
  readonly message: string;
  readonly because?: Exchange | readonly Exchange[];
}

/** How a test states its findings. */
export interface Judge<RequirementId extends string = string> {
  /** A `pass` when it holds, a `fail` when not. */
  must(requirement: RequirementId, holds: boolean, evidence: Evidence): void;
  /** A `pass` when it holds, a `warn` when not. */
  should(requirement: RequirementId, holds: boolean, evidence: Evidence): void;
  /** Worth knowing, changes no verdict. */
  info(requirement: RequirementId, remark: Remark): void;
  /** The message says what would decide it. */
  undecided(requirement: RequirementId, remark: Remark): void;
}

/** A test as data with a small function, its types erased. */
export interface Test {
  /** `suite/what-is-checked` */
  readonly id: string;
  /** What a conformant server does. */
  readonly title: string;
  /** Ids of the requirements it decides. */
  readonly requirements: readonly string[];
  readonly needs: readonly Artifact[];
  /** What it may end for others, such as `the grants of the public client`; such tests run last, one at a time. */
  readonly destroys?: string;
  /** It lets real time pass, such as until a token expires; begins before others, so that they run meanwhile. */
  readonly waits?: true;
  /** It says what a server does of what the guide leaves to it: nothing makes it fail or warn. */
  readonly informs?: true;
  readonly run: (needed: Readonly<Record<string, unknown>>, judge: Judge) => Promise<void>;
}

/**
 * Defines a test. Its `run` receives the artifacts it needs by name and the judge; it may send requests of its own.
 * It throws Skip or Block where it cannot judge, and states at least one finding otherwise.
 */
export function test<const Ids extends readonly string[], const Needs extends readonly Artifact[]>(definition: {
  id: string;
  title: string;
  requirements: Ids;
  needs: Needs;
  destroys?: string;
  waits?: true;
  informs?: true;
  run: (context: Obtained<Needs> & Judge<Ids[number]>) => Promise<void> | void;
}): Test {
  const { run, ...data } = definition;
  return {
    ...data,
    // The runner hands over exactly the artifacts listed in `needs`, which the record type cannot say.
    run: async (needed, judge) => run({ ...(needed as Obtained<Needs>), ...judge }),
  };
}

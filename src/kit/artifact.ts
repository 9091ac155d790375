import type { Block, Skip } from './unobtainable.ts';

/**
 * Something obtained from the target once and shared by every test that needs it.
 *
 * `obtain` throws Skip when the target does not offer it and Block when it could not be had; both then hold for
 * everything that needs the artifact.
 */
export interface Artifact<Name extends string = string, Value = unknown> {
  readonly name: Name;
  readonly needs: readonly Artifact[];
  /** Null for what the caller of the runner provides. */
  readonly obtain: ((needed: Readonly<Record<string, unknown>>) => Promise<Value>) | null;
  /** Stands for another one that need not be there: null for it, or why it is not there. */
  readonly optionally?: { readonly artifact: Artifact; readonly otherwise: 'null' | 'reason' };
  /** Holds tokens, which expire: it is obtained anew where a test came too late for them. */
  readonly perishes?: true;
  /** Gives back what was obtained, when the run has ended: revokes a grant, deletes what was written. */
  release?(value: Value): Promise<void>;
}

/** The values of several artifacts, each under its artifact's name. */
export type Obtained<Needs extends readonly Artifact[]> = {
  readonly [A in Needs[number] as A['name']]: A extends Artifact<string, infer Value> ? Value : never;
};

/** Defines an artifact obtained from the target, by way of the artifacts it needs in turn. */
export function artifact<const Name extends string, const Needs extends readonly Artifact[], Value>(definition: {
  name: Name;
  needs: Needs;
  obtain: (needed: Obtained<Needs>) => Promise<Value> | Value;
  perishes?: true;
  release?(value: Value): Promise<void>;
}): Artifact<Name, Value> {
  const { obtain, ...data } = definition;
  // The runner hands over exactly the artifacts listed in `needs`, which the record type cannot say.
  return { ...data, obtain: async (needed) => obtain(needed as Obtained<Needs>) };
}

/** The same artifact for who can do without it: null where the target does not offer it, or it could not be had. */
export function optional<const Name extends string, Value>(
  artifact: Artifact<Name, Value>,
): Artifact<Name, Value | null> {
  const { name } = artifact;
  return { name, needs: [artifact], obtain: null, optionally: { artifact, otherwise: 'null' } };
}

/** The same for who must know why it is not there. */
export function attempted<const Name extends string, Value>(
  artifact: Artifact<Name, Value>,
): Artifact<Name, Value | Skip | Block> {
  const { name } = artifact;
  return { name, needs: [artifact], obtain: null, optionally: { artifact, otherwise: 'reason' } };
}

/** Defines an artifact whose value the caller of the runner provides, such as the configuration. */
export function seed<Value>() {
  return <const Name extends string>(name: Name): Artifact<Name, Value> => ({ name, needs: [], obtain: null });
}

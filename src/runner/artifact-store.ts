import { type Artifact, type Block, isUnobtainable, type Skip } from '../kit/index.ts';

/** Obtains each artifact once, on demand, and keeps what came of it: the value, or why there is none. */
export interface ArtifactStore {
  /** @throws what the artifact, or one it needs, threw */
  obtain(artifact: Artifact): Promise<unknown>;
  /** The value, if some test has obtained it already; undefined otherwise. */
  ifObtained<Value>(artifact: Artifact<string, Value>): Promise<Value | undefined>;
  obtainAll(artifacts: readonly Artifact[]): Promise<Readonly<Record<string, unknown>>>;
  /** How often what perishes has been dropped. */
  readonly generation: number;
  /** Drops what perishes and all that was made of it, to be obtained anew when it is next needed. */
  renew(): void;
  /** Gives back what has been obtained, the last first. What cannot be given back is left. */
  releaseAll(): Promise<void>;
}

/** @param seeds - values of the artifacts that nothing obtains, by name */
export function createArtifactStore(seeds: Readonly<Record<string, unknown>>): ArtifactStore {
  const obtained = new Map<Artifact, Promise<unknown>>();
  const dropped: [Artifact, Promise<unknown>][] = [];
  let generation = 0;

  const obtain = (artifact: Artifact): Promise<unknown> => {
    const known = obtained.get(artifact);
    if (known) return known;
    const value = obtainAnew(artifact);
    obtained.set(artifact, value);
    return value;
  };
  const obtainAnew = async (artifact: Artifact): Promise<unknown> => {
    if (artifact.optionally) {
      const { artifact: wanted, otherwise } = artifact.optionally;
      return obtain(wanted).catch((error) => (otherwise === 'null' ? nullFor(error) : reasonIn(error)));
    }
    if (artifact.obtain) return artifact.obtain(await obtainAll(artifact.needs));
    if (!(artifact.name in seeds)) throw new Error(`nobody provided the artifact ${artifact.name}`);
    return seeds[artifact.name];
  };
  const obtainAll = async (artifacts: readonly Artifact[]) => {
    const entries = artifacts.map(async (artifact) => [artifact.name, await obtain(artifact)] as const);
    return Object.fromEntries(await Promise.all(entries));
  };
  const ifObtained = async <Value>(artifact: Artifact<string, Value>): Promise<Value | undefined> => {
    // What stands under an artifact is what its own `obtain` returned, which the map's type cannot say.
    return obtained.get(artifact)?.catch(() => undefined) as Promise<Value | undefined>;
  };
  const releaseAll = async () => {
    for (const [artifact, value] of [...dropped, ...obtained].reverse()) {
      // Whoever needed it has been told of the failure; here nobody can do anything about one.
      await value.then((had) => artifact.release?.(had)).catch(() => undefined);
    }
  };
  const renew = () => {
    generation += 1;
    for (const entry of obtained) {
      if (!isPerishable(entry[0])) continue;
      dropped.push(entry);
      obtained.delete(entry[0]);
    }
  };
  return {
    obtain,
    obtainAll,
    ifObtained,
    renew,
    releaseAll,
    get generation() {
      return generation;
    },
  };
}

function isPerishable({ perishes, needs }: Artifact): boolean {
  return perishes === true || needs.some(isPerishable);
}

function reasonIn(error: unknown): Skip | Block {
  if (isUnobtainable(error)) return error;
  throw error;
}

function nullFor(error: unknown): null {
  reasonIn(error);
  return null;
}

import { type Artifact, groupBy, type Shard, type Test, UsageError } from '../kit/index.ts';

/** What a launch costs beside a test that only judges; other artifacts are requests or two. */
const costOfTokens = 12;
const costOfArtifact = 2;
/** Of a test that ends grants: it has its own, and nothing runs beside it. */
const costOfEnding = 6;

/**
 * The tests of one shard: whole tests, the same ones whenever the same tests are planned. Tests that need the same are
 * kept together, so that launches are not repeated, as long as the shards stay even. Those that end grants for others are
 * all in the last shard.
 */
export function testsOfShard<Planned extends Test>(
  tests: readonly Planned[],
  { index, of }: Shard,
): readonly Planned[] {
  const shards = Array.from({ length: of }, () => ({ load: 0, obtained: new Set<Artifact>() }));
  const placed = new Map<Test, number>();
  const place = (piece: Piece, at: number) => {
    const shard = shards[at];
    if (!shard) return;
    shard.load += loadOf(piece, shard.obtained);
    for (const artifact of piece.needed) shard.obtained.add(artifact);
    for (const test of piece.tests) placed.set(test, at);
  };
  place(pieceOf(tests.filter(({ destroys }) => destroys !== undefined)), of - 1);
  for (const piece of piecesOf(
    tests.filter(({ destroys }) => destroys === undefined),
    of,
  )) {
    const loads = shards.map(({ load, obtained }) => load + loadOf(piece, obtained));
    place(piece, loads.indexOf(Math.min(...loads)));
  }
  return tests.filter((test) => placed.get(test) === index - 1);
}

/** Tests that are placed together. */
interface Piece {
  readonly tests: readonly Test[];
  readonly needed: readonly Artifact[];
}

function pieceOf(tests: readonly Test[]): Piece {
  return { tests, needed: neededBy({ needs: tests.flatMap(({ needs }) => needs) }) };
}

function loadOf({ tests, needed }: Piece, obtained: ReadonlySet<Artifact>): number {
  const ending = tests.filter(({ destroys }) => destroys !== undefined).length;
  return tests.length + ending * costOfEnding + costOf(needed, obtained);
}

/** What costs most comes first. A launch's tests are divided only where they are many beside what it costs. */
function piecesOf(tests: readonly Test[], of: number): readonly Piece[] {
  const none: ReadonlySet<Artifact> = new Set();
  const evenLoad = loadOf(pieceOf(tests), none) / of;
  const launchesOf = (test: Test) =>
    neededBy(test)
      .filter(({ perishes }) => perishes)
      .map(({ name }) => name)
      .join();
  const byLaunches = groupBy(
    tests.toSorted((a, b) => compare(a.id, b.id)),
    launchesOf,
  );
  return [...byLaunches]
    .flatMap(([key, together]) => {
      const launching = costOf(pieceOf(together).needed, none);
      const size = key === '' ? 1 : Math.max(launching, Math.floor(evenLoad - launching));
      return inPiecesOf(size, together).map(pieceOf);
    })
    .map((piece) => ({ piece, load: loadOf(piece, none) }))
    .sort((a, b) => b.load - a.load || compare(a.piece.tests[0]?.id ?? '', b.piece.tests[0]?.id ?? ''))
    .map(({ piece }) => piece);
}

function inPiecesOf<Item>(size: number, items: readonly Item[]): readonly (readonly Item[])[] {
  const number = Math.ceil(items.length / size);
  return Array.from({ length: number }, (_, at) => items.slice(at * size, (at + 1) * size));
}

function costOf(needed: readonly Artifact[], obtained: ReadonlySet<Artifact>): number {
  return needed
    .filter((artifact) => !obtained.has(artifact))
    .reduce((sum, { perishes }) => sum + (perishes ? costOfTokens : costOfArtifact), 0);
}

/** All that a test has obtained for it, directly or not; not what the caller provides. */
function neededBy({ needs }: Pick<Test, 'needs'>): readonly Artifact[] {
  const all = new Set<Artifact>();
  const add = (artifact: Artifact) => {
    if (all.has(artifact)) return;
    if (artifact.obtain) all.add(artifact);
    artifact.needs.forEach(add);
  };
  needs.forEach(add);
  return [...all].sort((a, b) => compare(a.name, b.name));
}

/** The same in every locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Reads `2/3`.
 *
 * @throws UsageError when it is no shard
 */
export function parseShard(text: string): Shard {
  const [, index, of] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text) ?? [];
  if (index !== undefined && of !== undefined && Number(index) <= Number(of)) {
    return { index: Number(index), of: Number(of) };
  }
  throw new UsageError(`--shard: expected which of how many, such as 1/3, got ${JSON.stringify(text)}`);
}

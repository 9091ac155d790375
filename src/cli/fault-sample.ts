import { createHash } from 'node:crypto';
import { browser, launcher } from '../artifacts/launcher.ts';
import { prober } from '../artifacts/prober.ts';
import { refresher } from '../artifacts/refreshes.ts';
import type { Artifact, Test } from '../kit/index.ts';
import { seededShuffle } from './seeded-shuffle.ts';

/** How many are drawn: tests that look at what is there cost little, those that launch cost a hundred times as much. */
const plain = 10;
const looking = 10;
/** One fault in so many has a test drawn that launches. */
const launchingEvery = 6;

/** Whoever has one of these launches when they please. */
const launching: readonly Artifact[] = [launcher, prober, refresher];

/**
 * Draws tests that decide nothing about a fault: they must accuse nobody. Those that need a launch are drawn where the
 * launch is made anyway.
 *
 * @param draw - the same draws the same tests
 */
export function sampleBeside(deciding: readonly Test[], all: readonly Test[], draw: string): readonly Test[] {
  const others = all.filter((test) => !deciding.includes(test));
  const shuffled = seededShuffle(others, draw);
  const made = closureOf(deciding);
  const browsing = shuffled.filter((test) => opensBrowser(test));
  const isLooking = ({ needs }: Test) =>
    needs.every((needed) => (made.has(needed) || isFree(needed, made)) && !launching.includes(needed));
  const isUnlucky = made.has(browser) && chance(draw) < 1 / launchingEvery;
  return [
    ...shuffled.filter((test) => !opensBrowser(test)).slice(0, plain),
    ...browsing.filter(isLooking).slice(0, looking),
    ...browsing.filter((test) => !isLooking(test)).slice(0, isUnlucky ? 1 : 0),
  ];
}

/** Who can do without a launcher opens the browser only where nothing else serves. */
export function opensBrowser({ needs }: { readonly needs: readonly Artifact[] }): boolean {
  return needs.some(
    (artifact) => artifact === browser || (artifact.optionally?.artifact !== launcher && opensBrowser(artifact)),
  );
}

/** From 0 up to 1. */
export function chance(draw: string): number {
  return createHash('sha256').update(draw).digest().readUInt32BE() / 2 ** 32;
}

function isFree(artifact: Artifact, made: ReadonlySet<Artifact>): boolean {
  return !opensBrowser(artifact) || (artifact.optionally !== undefined && made.has(artifact.optionally.artifact));
}

/** What tests need, and what that needs. */
function closureOf(tests: readonly { readonly needs: readonly Artifact[] }[]): ReadonlySet<Artifact> {
  const found = new Set<Artifact>();
  const collect = ({ needs }: { readonly needs: readonly Artifact[] }) => {
    for (const needed of needs) {
      if (found.has(needed)) continue;
      found.add(needed);
      collect(needed);
    }
  };
  for (const test of tests) collect(test);
  return found;
}

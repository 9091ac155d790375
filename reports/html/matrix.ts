import type { Accusation, FaultRun } from '../../src/kit/index.ts';
import { html, type Markup } from './markup.ts';

/** Of one cell, in pixels. */
const cell = 7;

/** Faults against requirements: a row a fault, a column a requirement, a mark where the one accuses the other. */
export function matrix(runs: readonly FaultRun[]): Markup {
  const requirements = [
    ...new Set(runs.flatMap(({ requirement, accused }) => [requirement, ...accused.map((one) => one.requirement)])),
  ].sort();
  const column = new Map(requirements.map((requirement, index) => [requirement, index]));
  const marks = runs.flatMap((run, row) => {
    const accused = run.accused.map((one) => ({ ...one, look: lookOf(run, one) }));
    const missed = run.caught ? [] : [{ requirement: run.requirement, look: 'blocked', level: 'not found' }];
    return [...accused, ...missed].map(
      ({ requirement, look, level }) =>
        html`<rect class="${look}" x="${(column.get(requirement) ?? 0) * cell}" y="${row * cell}" width="${cell}" height="${cell}"><title>${run.id}: ${requirement} ${level}</title></rect>`,
    );
  });
  const [width, height] = [requirements.length * cell, runs.length * cell];
  return html`<details class="more"><summary>${runs.length} faults × ${requirements.length} requirements: found where it is broken (green), elsewhere and deserved (grey), falsely (red), not found (violet)</summary>
<svg class="matrix" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Faults against requirements; the same stands below in words">${marks}</svg></details>
`;
}

function lookOf(run: FaultRun, { requirement, level, deserved }: Accusation): string {
  if (!deserved) return 'failed';
  return requirement === run.requirement && level === run.level ? 'passed' : 'skipped';
}

/** What the terminal shows while a run goes on. The summary after it is the terminal reporter's. */
import { createLogUpdate } from 'log-update';
import { type Outcome, outcomes, type RunEvent, type TestResult } from '../../src/kit/index.ts';
import { cut, firstLine, oneLine } from '../plain-text.ts';
import { count } from '../wording.ts';
import type { TerminalOptions } from './options.ts';
import { type Palette, palette } from './palette.ts';
import { type Symbols, symbols } from './symbols.ts';
import { wrap } from './wrap.ts';

export interface LiveOptions extends TerminalOptions {
  readonly stream: NodeJS.WritableStream;
  /** Whether lines already written may be redrawn; never done on a dumb terminal. */
  readonly interactive: boolean;
}

export type LiveOutput = (event: RunEvent) => void;

/** Tests named in the live list; the others are counted. */
const shownRunning = 6;

/**
 * Shows a run as it goes on: on an interactive terminal a live list of the running tests under the lines of those that
 * did not pass; elsewhere a line per test. Many tests blocked or skipped for one reason get one line, when the first ends.
 */
export function createLiveOutput(options: LiveOptions): LiveOutput {
  if (options.quiet) return () => {};
  return options.interactive && !options.dumb ? liveList(options) : plainLines(options);
}

function plainLines({ stream, color, columns, dumb, interactive }: LiveOptions): LiveOutput {
  const paint = palette(color);
  const isNews = newsFilter();
  return (event) => {
    if (event.type === 'run-start') stream.write(`${startLine(event)}\n`);
    if (event.type === 'progress') stream.write(`${oneLine(event.message)}\n`);
    if (event.type === 'test-end' && isNews(event.result)) {
      // Whatever reads a pipe wants a result on a line; a terminal would break it in the middle of a word.
      const line = resultLine(event.result, symbols(dumb), paint, Math.max(columns, 200));
      stream.write(`${interactive ? wrap(line, columns - 2).replaceAll('\n', '\n  ') : line}\n`);
    }
  };
}

function liveList({ stream, color, columns, dumb }: LiveOptions): LiveOutput {
  // Hiding the cursor would hook into the signals of the process, which are not the terminal's to handle.
  const log = createLogUpdate(stream, { showCursor: true, defaultWidth: columns });
  const paint = palette(color);
  const signs = symbols(dumb);
  const isNews = newsFilter();
  const running = new Set<string>();
  const counts = new Map<Outcome, number>();
  let all = 0;
  let ended = 0;
  let drawnLines = 0;
  let progress: string | null = null;

  const draw = () => {
    const shown = [...running].slice(0, shownRunning).map((id) => `  ${signs.running} ${oneLine(id)}`);
    if (running.size > shownRunning) shown.push(`  ${signs.running} and ${running.size - shownRunning} more`);
    if (progress !== null) shown.push(`  ${progress}`);
    const tally = outcomes.flatMap((outcome) => {
      const number = counts.get(outcome);
      return number === undefined ? [] : [`${signs[outcome]} ${number} ${outcome}`];
    });
    const lines = [...shown, [`  ${ended} of ${all}`, ...tally].join('  ')];
    // log-update 7.2 overwrites what should move down when a line is put in above lines that stay the same.
    if (lines.length !== drawnLines) log.clear();
    drawnLines = lines.length;
    log(lines.map((line) => paint.faint(cut(line, columns - 1))).join('\n'));
  };

  return (event) => {
    switch (event.type) {
      case 'run-start':
        all = event.tests.length;
        log.persist(startLine(event));
        break;
      case 'test-start':
        running.add(event.id);
        break;
      case 'progress':
        progress = oneLine(event.message);
        break;
      case 'test-end':
        progress = null;
        running.delete(event.result.id);
        ended += 1;
        counts.set(event.result.outcome, (counts.get(event.result.outcome) ?? 0) + 1);
        if (event.result.outcome !== 'passed' && isNews(event.result)) {
          log.persist(resultLine(event.result, signs, paint, columns));
        }
        break;
      case 'run-end':
        log.clear();
        log.done();
        return;
    }
    draw();
  };
}

/** Tells which results deserve a line: of those blocked or skipped for one and the same reason, the first. */
function newsFilter(): (result: TestResult) => boolean {
  const told = new Set<string>();
  return ({ outcome, reason }) => {
    if (outcome !== 'blocked' && outcome !== 'skipped') return true;
    const key = `${outcome} ${reason}`;
    const isNew = !told.has(key);
    told.add(key);
    return isNew;
  };
}

function startLine({ target, tests }: Extract<RunEvent, { type: 'run-start' }>): string {
  const of = target.fhirBaseUrl === null ? '' : ` of ${oneLine(target.fhirBaseUrl)}`;
  return `${count(tests.length, 'test')}${of} (SMART App Launch ${target.specVersion})`;
}

function resultLine(result: TestResult, signs: Symbols, paint: Palette, length: number): string {
  const { id, outcome } = result;
  const head = `${signs[outcome]} ${oneLine(id)}`;
  const { line, more } = firstLine(messageOf(result));
  const message = more ? `${line} …` : line;
  const text = message === '' ? '' : `  ${cut(message, Math.max(20, length - head.length - 3))}`;
  return `${paint.outcome[outcome](head)}${text}`;
}

function messageOf({ outcome, findings, reason, why }: TestResult): string {
  switch (outcome) {
    case 'passed':
      return '';
    case 'warned':
      return findings.find(({ level }) => level === 'warn')?.message ?? '';
    case 'failed':
      return findings.find(({ level }) => level === 'fail')?.message ?? '';
    case 'skipped':
      return [why, reason].filter((part) => part !== undefined).join(': ');
    case 'blocked':
    case 'errored':
      return `${outcome}: ${reason ?? ''}`;
  }
}

import { headline } from '../../reports/profile.ts';
import { verdict } from '../../reports/verdict.ts';
import type { Report, RunEvent } from '../kit/index.ts';
import { printedJson } from './printed-json.ts';

/** `--machine`: each event as one line of JSON. Members may be added. */
export function machineOutput(stream: NodeJS.WritableStream): (event: RunEvent) => void {
  return (event) => {
    if (event.type === 'run-start') {
      stream.write(line({ type: event.type, target: event.target, tests: event.tests.map(({ id }) => id) }));
    }
    if (event.type === 'test-end') {
      const { id, suite, outcome, durationMs, why = null, reason = null } = event.result;
      stream.write(line({ type: event.type, id, suite, outcome, why, reason, durationMs }));
    }
  };
}

/** The last line: what the run came to, and where its reports are. */
export function machineEnd(report: Report, files: readonly string[]): string {
  const { exitCode, summary, profile, notTested } = report;
  const { word, sentence } = verdict(report);
  return line({
    type: 'run-end',
    exitCode,
    verdict: word,
    sentence,
    summary,
    profile: profile ? { id: profile.id, verdict: profile.verdict, sentence: headline(profile).sentence } : null,
    notTested,
    files,
  });
}

function line(value: object): string {
  return `${printedJson(value)}\n`;
}

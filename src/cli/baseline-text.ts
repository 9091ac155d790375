import { cut, oneLine } from '../../reports/plain-text.ts';
import type { Report } from '../kit/index.ts';

export interface Bearing {
  readonly reason: string;
  /** `2027-03-31` */
  readonly expires: string;
  /** Warnings as well as failures. */
  readonly warnings: boolean;
}

/** The findings of a report as the YAML of a baseline; what was known keeps its reason and its day. */
export function* baselineText(report: Report, { reason, expires, warnings }: Bearing): Iterable<string> {
  const found = report.tests.flatMap((test) =>
    test.findings
      .filter(({ level }) => level === 'fail' || (warnings && level === 'warn'))
      .map((finding) => ({ test: test.id, finding })),
  );
  const written = new Set<string>();
  yield `# Findings of ${oneLine(report.target.fhirBaseUrl ?? 'a brand bundle')}, known on ${report.startedAt.slice(0, 10)}.\n`;
  yield found.length === 0 ? 'findings: []\n' : 'findings:\n';
  for (const { test, finding } of found) {
    const { requirement, level, message, baseline } = finding;
    const borne = baseline && !baseline.expired ? baseline : { reason, expires };
    const key = JSON.stringify([requirement, test, level]);
    if (written.has(key)) continue;
    written.add(key);
    yield [
      // A comment, so that people see what it is about; it is one line, whatever a server said.
      `  # ${cut(oneLine(message), 160)}`,
      `  - requirement: ${requirement}`,
      `    test: ${test}`,
      `    level: ${level}`,
      `    reason: ${JSON.stringify(oneLine(borne.reason))}`,
      `    expires: "${borne.expires}"`,
      '',
    ].join('\n');
  }
}

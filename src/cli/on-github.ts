/** What GitHub Actions is told, when it runs us: annotations, and the summary of the step. */
import { appendFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { annotations } from '../../reports/annotations.ts';
import { markdownReporter } from '../../reports/markdown.ts';
import type { Report } from '../kit/index.ts';
import { harmless } from './harmless.ts';
import type { RunOptions } from './run-and-report.ts';

/** GitHub refuses a summary of more than 1 MiB. */
const largestSummary = 1_000_000;

export async function tellGithub(report: Report, { machine }: Pick<RunOptions, 'machine'>): Promise<void> {
  if (process.env.GITHUB_ACTIONS !== 'true') return;
  if (!machine) for (const line of annotations(report)) process.stdout.write(`${line}\n`);
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (!file) return;
  const text = Buffer.from([...markdownReporter.render(report)].join(''));
  const rest = '\n\n… the rest is in report.html and results.json.\n';
  const summary =
    text.length <= largestSummary
      ? text
      : Buffer.concat([wholeLines(text.subarray(0, largestSummary)), Buffer.from(rest)]);
  await appendFile(file, summary).catch((error: Error) => {
    process.stderr.write(`smart-check: the summary of the step could not be written: ${error.message}\n`);
  });
}

function wholeLines(text: Buffer): Buffer {
  return text.subarray(0, text.lastIndexOf('\n') + 1);
}

/** Standard output, for lines with words of a server's. */
export function standardOutput(): NodeJS.WritableStream {
  return process.env.GITHUB_ACTIONS === 'true' ? withoutCommands(process.stdout) : process.stdout;
}

/**
 * The stream, with all that GitHub would take for a command of ours made harmless: `::name::` at the beginning of a line,
 * `##[name]` anywhere in it. What a server says is on our terminal, and must not set outputs or hide what follows.
 */
function withoutCommands(stream: NodeJS.WritableStream): Writable {
  let begun = '';
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const text = begun + chunk.toString();
      const end = text.lastIndexOf('\n') + 1;
      begun = text.slice(end);
      if (end > 0) stream.write(harmless(text.slice(0, end)));
      done();
    },
    final(done) {
      if (begun !== '') stream.write(harmless(begun));
      done();
    },
  });
}

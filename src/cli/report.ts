import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { diffReports, diffText, regressions } from '../../reports/diff.ts';
import { oneLine } from '../../reports/plain-text.ts';
import { readReport } from '../../reports/read-report.ts';
import { isDay } from '../config/read-baseline.ts';
import { whyNotReadable } from '../config/read-bytes.ts';
import { exitCodes, type Report, UsageError } from '../kit/index.ts';
import { baselineText } from './baseline-text.ts';
import { fold } from './fold.ts';
import { mergedAttachment, mergeReports } from './merge-reports.ts';
import { standardOutput, tellGithub } from './on-github.ts';
import { exitCodeOf, type OutputOptions, openOutput } from './output.ts';
import { printedJson } from './printed-json.ts';
import { terminalColumns } from './terminal-columns.ts';

/** Shows a report again, by any reporter. The exit code is that of showing, not of the run that was reported. */
export async function show(file: string, options: OutputOptions): Promise<void> {
  const output = await openOutput({ ...options, reporter: options.reporter ?? ['terminal'] });
  const report = await reportIn(file);
  const from = dirname(resolve(file));
  if ((options.reporter ?? []).includes('html') && from !== output.folder) {
    await Promise.all(pictureFiles(report).map((picture) => copyPicture(picture, from, output.folder)));
  }
  if (!(await output.finish(report))) process.exitCode = exitCodes.ownError;
}

/** Says what changed from one run to another; exit code 1 when something is violated that was not. */
export async function diff(before: string, after: string, { json = false }: { json?: boolean }): Promise<void> {
  const reports = { before: await reportIn(before), after: await reportIn(after) };
  const changes = diffReports(reports.before, reports.after);
  const stdout = standardOutput();
  if (json) process.stdout.write(`${printedJson(changes, 2)}\n`);
  else stdout.write(fold([...diffText(changes, reports)].join(''), terminalColumns()));
  process.exitCode = regressions(changes).length > 0 ? exitCodes.violated : exitCodes.ok;
}

/** Makes one report of the shards of a run; the exit code is the one that the whole run would have had. */
export async function merge(files: readonly string[], options: OutputOptions): Promise<void> {
  const reports = await Promise.all(files.map(reportIn));
  const merged = mergeReports(reports);
  const output = await openOutput(options);
  await tellGithub(merged, options);
  await Promise.all(
    reports.flatMap((report, index) =>
      pictureFiles(report).map((file) =>
        copyPicture(file, dirname(files[index] ?? ''), output.folder, (inside) => mergedAttachment(inside, index)),
      ),
    ),
  );
  process.exitCode = exitCodeOf(merged, await output.finish(merged));
}

export interface BaselineOptions {
  readonly reason: string;
  readonly expires: string;
  readonly warnings?: boolean;
}

/** Prints a baseline of what a run found; what was known already keeps its reason and its day. */
export async function baseline(file: string, { reason, expires, warnings }: BaselineOptions): Promise<void> {
  if (reason.trim() === '') throw new UsageError('--reason: it is empty; say why these findings are borne');
  if (!isDay(expires)) {
    throw new UsageError(`--expires: expected a day such as 2027-03-31, got ${JSON.stringify(expires)}`);
  }
  const report = await reportIn(file);
  for (const piece of baselineText(report, { reason: oneLine(reason), expires, warnings: warnings === true })) {
    process.stdout.write(piece);
  }
}

function pictureFiles({ journeys }: Report): readonly string[] {
  return journeys.flatMap(({ pictures }) => pictures.flatMap(({ file }) => file ?? []));
}

async function copyPicture(file: string, from: string, to: string, renamed = (inside: string) => inside) {
  // A name in a report is not trusted to stay below the report's folder.
  const inside = `attachments/${basename(file)}`;
  await mkdir(join(to, 'attachments'), { recursive: true });
  // A report may have been handed on without its pictures.
  await copyFile(join(from, inside), join(to, renamed(inside))).catch(() => undefined);
}

/** @throws UsageError when the file cannot be read, or is no report */
export async function reportIn(file: string): Promise<Report> {
  const text = await readFile(file, 'utf8').catch(async (error: Error) => {
    const inside = join(file, 'results.json');
    if ((await whyNotReadable(inside)) === null)
      throw new UsageError(`${file} is a folder; expected a file: ${inside}`);
    throw new UsageError(`cannot read ${file}: ${(await whyNotReadable(file)) ?? error.message}`);
  });
  try {
    return await readReport(text);
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${file}: ${error.message}`) : error;
  }
}

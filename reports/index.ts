/** The reporters by name. Each is a pure function of the report and loads when asked for. */
import type { Reporter } from '../src/kit/index.ts';
import type { TerminalOptions } from './terminal/options.ts';

export type { TerminalOptions } from './terminal/options.ts';

/** Loads a reporter; the options are those of the terminal, which the others do not heed. */
export type LoadReporter = (options: TerminalOptions) => Promise<Reporter>;

export const reporterNames = ['terminal', 'json', 'junit', 'html', 'markdown', 'har'] as const;
export type ReporterName = (typeof reporterNames)[number];

/** Those that a run is reported by unless others are asked for. */
export const usualReporters: readonly ReporterName[] = ['terminal', 'json', 'junit', 'html'];

export const reporters: Readonly<Record<ReporterName, LoadReporter>> = {
  terminal: async (options) => (await import('./terminal/index.ts')).terminalReporter(options),
  json: async () => (await import('./json.ts')).jsonReporter,
  junit: async () => (await import('./junit.ts')).junitReporter,
  html: async () => (await import('./html/index.ts')).htmlReporter,
  markdown: async () => (await import('./markdown.ts')).markdownReporter,
  har: async () => (await import('./har.ts')).harReporter,
};

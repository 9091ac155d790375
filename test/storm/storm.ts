import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { create } from 'xmlbuilder2';
import { reporterNames, reporters } from '../../reports/index.ts';
import { readReport } from '../../reports/read-report.ts';
import type { Chromium } from '../../src/browser/chromium.ts';
import { createPlainBrowser } from '../../src/browser/plain/create-plain-browser.ts';
import { noProxy } from '../../src/cli/with-reference-server.ts';
import { check, readConfiguration } from '../../src/index.ts';
import type { Configuration, Report, Test } from '../../src/kit/index.ts';
import { writeConfiguration } from '../../src/server/index.ts';
import { suites } from '../../suites/index.ts';
import { type Malformation, malformation } from './malformation.ts';
import { type StormServer, startStormServer } from './storm-server.ts';

export interface StormOptions {
  readonly seed: number;
  /** Malformed answers at least. */
  readonly cases: number;
  /** Goes on until every test has met it. */
  readonly untilAll: boolean;
  /** Milliseconds after which no further run begins. */
  readonly limitMs: number;
  /** Drives one run in so many; the others send the forms of the pages plainly. */
  readonly chromium: Chromium | null;
  /** For the configuration. */
  readonly folder: string;
}

export interface Storm {
  /** Malformed answers that were served. */
  readonly cases: number;
  readonly runs: number;
  /** Ids of the tests that met the storm. */
  readonly tests: ReadonlySet<string>;
  readonly kinds: Readonly<Record<string, number>>;
  /** HTML reports, for who opens them in a browser. */
  readonly pages: readonly string[];
}

const testsPerRun = 12;
const browserEvery = 10;
const runLimitMs = 60_000;
/** After the deadline of a run, what writes may still be undone. */
const deadlineSeconds = 30;

/**
 * Runs every test against a server whose answers are spoilt at random.
 *
 * @throws Error that says which seed and run, when something crashed, hung, `errored`, or a secret was written
 */
export async function storm({ seed, cases, untilAll, limitMs, chromium, folder }: StormOptions): Promise<Storm> {
  const server = await startStormServer();
  const met = {
    cases: 0,
    runs: 0,
    tests: new Set<string>(),
    kinds: {} as Record<string, number>,
    pages: [] as string[],
  };
  try {
    const file = `${folder}/storm.json`;
    await writeConfiguration(server.reference, file);
    const configuration = await readConfiguration({ file, env: {}, overrides: {} });
    const all = suites.flatMap((suite) => suite.tests);
    const began = Date.now();
    const drawing = fc.tuple(fc.array(malformation, { minLength: 24, maxLength: 24 }), fc.nat());
    const isOver = () => met.cases >= cases && (met.tests.size === all.length || !untilAll);
    // A run takes seconds and server state with it: it is repeated by its seed, not made smaller.
    while (!isOver() && Date.now() - began < limitMs) {
      const [[drawn, salt] = [[], 0]] = fc.sample(drawing, { seed: seed + met.runs, numRuns: 1 });
      const from = (met.runs * testsPerRun) % all.length;
      const tests = [...all, ...all].slice(from, from + Math.min(testsPerRun, all.length));
      met.runs += 1;
      const driven = met.runs % browserEvery === 0 ? chromium : null;
      await oneRun(server, { configuration, tests, drawn, salt, chromium: driven, met }).catch((cause: unknown) => {
        throw new Error(`seed ${seed}, run ${met.runs}`, { cause });
      });
    }
    return met;
  } finally {
    await server.close();
  }
}

interface Run {
  readonly configuration: Configuration;
  readonly tests: readonly Test[];
  readonly drawn: readonly Malformation[];
  readonly salt: number;
  readonly chromium: Chromium | null;
  readonly met: { cases: number; tests: Set<string>; kinds: Record<string, number>; pages: string[] };
}

async function oneRun(server: StormServer, { configuration, tests, drawn, salt, chromium, met }: Run): Promise<void> {
  let count = 0;
  server.storm((path) => {
    if (hash(`${salt} ${count} ${path}`) >= oddsOf(path)) {
      count += 1;
      return null;
    }
    const malformed = drawn[count % drawn.length] ?? null;
    count += 1;
    met.cases += 1;
    if (malformed) met.kinds[malformed.kind] = (met.kinds[malformed.kind] ?? 0) + 1;
    return malformed;
  });
  const ids = tests.map(({ id }) => id);
  const running = check({
    configuration,
    tests: ids,
    timeoutSeconds: 1.5,
    deadlineSeconds,
    env: noProxy,
    ...(chromium ? { chromium } : { browseBy: createPlainBrowser }),
  });
  const hung = new AbortController();
  const checked = await Promise.race([
    running,
    wait(runLimitMs, null, { signal: hung.signal }).then(() => {
      throw new Error(`hung: ${ids.join(', ')}`);
    }),
  ]);
  hung.abort();
  try {
    const { report } = checked;
    const errored = report.tests.filter(({ outcome }) => outcome === 'errored');
    if (errored.length > 0) throw new Error(errored.map(({ id, reason }) => `errored ${id}: ${reason}`).join('\n'));
    for (const id of ids) met.tests.add(id);
    await examine(report, [...server.secrets, ...configuredSecrets(configuration)], met.pages);
  } finally {
    await checked.dispose();
  }
}

/** What everything depends on is spoilt seldom, and pages, which take a browser's time to get stuck on, too. */
function oddsOf(path: string): number {
  if (path.endsWith('/smart-configuration')) return 0.1;
  if (path.endsWith('/metadata')) return 0.3;
  if (/\/(?:authorize|interaction|ehr)/.test(path)) return 0.06;
  if (path.endsWith('/token')) return 0.2;
  return 0.5;
}

/** FNV-1a, between 0 and 1. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (value >>> 0) / 2 ** 32;
}

function configuredSecrets({ users, clients }: Configuration): string[] {
  const { others = [], introspection: _, ...single } = clients;
  const keys = [...Object.values(single), ...others].flatMap((client) => client?.keys?.keys ?? []);
  return [
    ...Object.values(users).flatMap(({ password, totpSecret }) => [password, totpSecret]),
    ...[...Object.values(single), ...others].map((client) => client?.clientSecret),
    ...keys.flatMap((key) => ['d', 'p', 'q'].map((member) => key[member])),
  ].filter((secret): secret is string => typeof secret === 'string');
}

/** Renders every report there is: none holds a secret, and each is what its readers can take. */
async function examine(report: Report, secrets: readonly string[], pages: string[]): Promise<void> {
  const options = { color: false, columns: 80, dumb: true, quiet: false, wholeIn: null };
  for (const name of reporterNames) {
    const reporter = await reporters[name](options);
    const text = [...reporter.render(report)].join('');
    const leaked = secrets.find((secret) => text.includes(secret));
    if (leaked !== undefined) {
      const at = text.indexOf(leaked);
      throw new Error(
        `${name} holds the secret ${leaked}: …${text.slice(Math.max(0, at - 400), at + leaked.length + 100)}…`,
      );
    }
    if (name === 'json') await readReport(text);
    if (name === 'junit') wellFormed(text);
    if (name === 'terminal' || name === 'markdown') noControls(name, text);
    if (name === 'html') pages.splice(0, Math.max(0, pages.length - 4), text);
  }
}

function wellFormed(xml: string): void {
  // Throws where it is not; and what XML 1.0 forbids is not there at all.
  create(xml);
  noControls('junit', xml);
}

function noControls(name: string, text: string): void {
  const found = /[^\P{Cc}\n\t]/u.exec(text);
  if (found)
    throw new Error(
      `${name} holds U+${found[0].codePointAt(0)?.toString(16)}: ${JSON.stringify(text.slice(Math.max(0, found.index - 200), found.index + 50))}`,
    );
}

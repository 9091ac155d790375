/**
 * Mutation testing of the kit's judgement: `npm run mutation [-- --count 150] [--seed 1] [--files suites/scopes]`.
 *
 * Changes the compiled suites and protocol modules in one place at a time, draws some of these mutants, and asks the
 * reference server, conformant and with its faults, whether anybody notices: a mutant survives when every test comes to
 * the outcome and the levels it came to before, and every fault is caught and accused of as before. Texts are left
 * alone: they are what findings say, and decide nothing; so is what runs once, while modules load.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Instrumenter } from '@stryker-mutator/instrumenter';

const project = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '150' },
    seed: { type: 'string', default: '1' },
    files: { type: 'string', default: 'suites/,src/oauth/,src/smart/,src/fhir/' },
    minutes: { type: 'string', default: '60' },
  },
});
/** Faults that a mutant is shown at most. */
const mostFaults = 24;
const excludedMutations = ['StringLiteral'];

const folder = mkdtempSync(join(tmpdir(), 'smart-check-mutation-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  for (const part of ['build', 'schemas', 'suites', 'package.json'])
    cpSync(join(project, part), join(folder, part), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  const mutants = await instrument();
  const load = (path) => import(pathToFileURL(join(folder, 'build', path)).href);
  globalThis.__stryker__ = { mutantCoverage: { static: {}, perTest: {} } };
  const kit = await loadKit(load);
  const stryker = globalThis.__stryker__;
  const isStatic = (id) => stryker.mutantCoverage.static[id] > 0;

  stryker.currentTestId = 'all';
  const usual = await kit.selfTest(kit.tests.map(({ id }) => id));
  stryker.currentTestId = undefined;
  const covered = stryker.mutantCoverage.perTest.all ?? {};
  const candidates = mutants.filter(({ id }) => covered[id] > 0 && !isStatic(id));
  const drawn = kit.shuffle(candidates, values.seed).slice(0, Number(values.count));
  const say = (line) => process.stdout.write(`${line}\n`);
  say(
    `${mutants.length} mutants, ${candidates.length} of them in code that a self-test runs; ${drawn.length} drawn, seed ${values.seed}`,
  );

  const known = new Map();
  const faultUsually = async (fault) => {
    if (!known.has(fault.id)) known.set(fault.id, await kit.proveFault(fault));
    return known.get(fault.id);
  };
  const until = Date.now() + Number(values.minutes) * 60_000;
  const tally = new Map();
  const survivors = [];
  for (const mutant of drawn) {
    if (Date.now() > until) {
      say(`the time is up`);
      break;
    }
    const file = relative(join(folder, 'build'), mutant.fileName);
    const { tests, faults } = kit.concernedBy(
      file,
      readFileSync(join(project, 'build', file), 'utf8'),
      values.seed + mutant.id,
    );
    for (const fault of faults) await faultUsually(fault);
    stryker.activeMutant = mutant.id;
    // A loop that has lost its end is noticed, too.
    Object.assign(stryker, { hitCount: 0, hitLimit: 2_000_000 });
    const noticed = await noticedBy(tests, faults);
    stryker.activeMutant = undefined;
    const of = tally.get(dirname(file)) ?? { killed: 0, survived: 0 };
    tally.set(dirname(file), of);
    if (noticed) of.killed += 1;
    else {
      of.survived += 1;
      survivors.push(mutant);
      const { line } = mutant.location.start;
      const source =
        readFileSync(join(project, 'build', file), 'utf8')
          .split('\n')
          [line]?.trim() ?? '';
      say(
        `SURVIVED  ${file}:${line + 1} ${mutant.mutatorName}: ${source.slice(0, 110)}  ->  ${mutant.replacement.replace(/\s+/g, ' ').slice(0, 70)}`,
      );
    }
  }
  const sum = (name) => [...tally.values()].reduce((total, of) => total + of[name], 0);
  for (const [name, { killed, survived }] of [...tally].sort())
    say(`${name.padEnd(28)} ${killed} noticed, ${survived} not`);
  const [killed, survived] = [sum('killed'), sum('survived')];
  say(
    `${killed + survived} mutants: ${killed} noticed, ${survived} not: ${((100 * killed) / Math.max(1, killed + survived)).toFixed(0)} %`,
  );

  async function noticedBy(tests, faults) {
    const judged = await kit.selfTest(tests);
    if (tests.some((id) => judged.get(id) !== usual.get(id))) return 'self-test';
    for (let at = 0; at < faults.length; at += 3) {
      const some = faults.slice(at, at + 3);
      const proofs = await Promise.all(some.map((fault) => kit.proveFault(fault)));
      const changed = some.find((fault, index) => proofs[index] !== known.get(fault.id));
      if (changed) return changed.id;
    }
    return null;
  }
}

async function instrument() {
  const prefixes = values.files.split(',');
  const build = join(folder, 'build');
  const names = readdirSync(build, { recursive: true }).filter(
    (name) =>
      prefixes.some((prefix) => name.startsWith(prefix)) &&
      name.endsWith('.js') &&
      !/(requirements|recipes|index)\.js$/.test(name),
  );
  const quiet = { debug() {}, info() {}, warn() {}, isDebugEnabled: () => false };
  const files = names.map((name) => ({
    name: join(build, name),
    mutate: true,
    content: readFileSync(join(build, name), 'utf8'),
  }));
  const made = await new Instrumenter(quiet).instrument(files, {
    plugins: null,
    excludedMutations,
    ignorers: [],
    noHeader: false,
  });
  for (const { name, content } of made.files) writeFileSync(name, content);
  return made.mutants;
}

async function loadKit(load) {
  const [
    { suites },
    { faults },
    { check },
    { withReferenceServer, noProxy },
    { createPlainBrowser },
    { judge },
    { seededShuffle },
  ] = await Promise.all(
    [
      'suites/index.js',
      'src/server/index.js',
      'src/index.js',
      'src/cli/with-reference-server.js',
      'src/browser/plain/create-plain-browser.js',
      'src/cli/fault-run.js',
      'src/cli/seeded-shuffle.js',
    ].map(load),
  );
  const { lookTheDayBefore } = await load('src/cli/look-the-day-before.js');
  const tests = suites.flatMap((suite) => suite.tests);
  const run = (fault, ids) =>
    withReferenceServer(fault ? { fault } : {}, async (reference) => {
      const memory = await lookTheDayBefore(reference, { suite: [], test: ids, browseBy: createPlainBrowser });
      const { configuration, time } = reference;
      const asked = { configuration, time, memory, tests: ids, env: noProxy, browseBy: createPlainBrowser };
      const { report, dispose } = await check({ ...asked, deadlineSeconds: 90 });
      await dispose();
      return report;
    });
  return {
    tests,
    /** Small changes of order do not count: levels are compared as a set with counts. */
    async selfTest(ids) {
      const report = await run(null, ids).catch((thrown) => ({
        tests: ids.map((id) => ({ id, outcome: String(thrown), findings: [] })),
      }));
      return new Map(
        report.tests.map(({ id, outcome, why, findings }) => [id, `${outcome} ${why ?? ''} ${levels(findings)}`]),
      );
    },
    async proveFault(fault) {
      const ids = tests.filter(({ requirements }) => requirements.includes(fault.requirement)).map(({ id }) => id);
      const report = await run(fault, ids).catch((thrown) => ({
        tests: [{ id: '', outcome: 'errored', reason: String(thrown), findings: [] }],
        journeys: [],
      }));
      const { caught, accused, errors } = judge(fault, report);
      return JSON.stringify([caught, accused, errors.length]);
    },
    /** For a suite's file its tests and the faults at their requirements; for a protocol module all tests and some faults. */
    concernedBy(file, source, draw) {
      const own = file.startsWith('suites/') ? tests.filter(({ id }) => source.includes(`'${id}'`)) : [];
      const suite = file.split('/')[1];
      const concerned =
        own.length > 0
          ? own
          : file.startsWith('suites/')
            ? tests.filter(({ id }) => id.startsWith(`${suite}/`))
            : tests;
      const requirements = new Set(concerned.flatMap((test) => test.requirements));
      const its = faults.filter(({ requirement }) => requirements.has(requirement));
      return { tests: concerned.map(({ id }) => id), faults: seededShuffle(its, draw).slice(0, mostFaults) };
    },
    shuffle: seededShuffle,
  };
}

function levels(findings) {
  const counts = {};
  for (const { level, requirement } of findings)
    counts[`${requirement} ${level}`] = (counts[`${requirement} ${level}`] ?? 0) + 1;
  return JSON.stringify(Object.entries(counts).sort());
}

/**
 * Mutation testing of the kit's judgement: `npm run mutation [-- --count 150] [--seed 1] [--files suites/scopes]`, or
 * `-- --at suites/scopes/bearer.js:100` for all mutants of a line of build, `-- --at 'suites/scopes/bearer.js:100 Regex'` for some.
 *
 * Changes the compiled suites and protocol modules in one place at a time, draws some of these mutants, and asks the
 * reference server, conformant and with its faults, the unit tests beside the module and the conformant variants of the
 * server whether anybody notices: a mutant survives when every test comes to the outcome and the levels it came to
 * before, and every fault is caught and accused of as before. Texts are left alone: they are what findings say, and
 * decide nothing; so is what runs once, while modules load.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Instrumenter } from '@stryker-mutator/instrumenter';

const project = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '150' },
    seed: { type: 'string', default: '1' },
    skip: { type: 'string', default: '0' },
    files: { type: 'string', default: 'suites/,src/oauth/,src/smart/,src/fhir/' },
    at: { type: 'string' },
    minutes: { type: 'string', default: '60' },
  },
});
/** Faults that a mutant is shown at most. */
const mostFaults = 24;
const faultsAtOnce = 3;
/** Variants that a mutant of a protocol module is shown at most; a suite's is shown all. */
const mostVariants = 8;
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
  const at = values.at?.split(',');
  const drawn = at
    ? candidates.filter((mutant) => at.some((place) => /^[: ]/.test(inWords(mutant).split(place, 2)[1] ?? '')))
    : kit.shuffle(candidates, values.seed).slice(Number(values.skip)).slice(0, Number(values.count));
  const say = (line) => process.stdout.write(`${line}\n`);
  say(
    `${mutants.length} mutants, ${candidates.length} of them in code that a self-test runs; ${drawn.length} drawn, seed ${values.seed}`,
  );

  const provenUsually = new Map();
  const until = Date.now() + Number(values.minutes) * 60_000;
  const tally = new Map();
  for (const mutant of drawn) {
    if (Date.now() > until) {
      say('the time is up');
      break;
    }
    const noticed = await noticedBy(mutant);
    const folderOf = dirname(fileOf(mutant));
    const of = tally.get(folderOf) ?? { killed: 0, survived: 0 };
    tally.set(folderOf, of);
    if (noticed) of.killed += 1;
    else of.survived += 1;
    if (!noticed || at) say(`${noticed ? `noticed by ${noticed} ` : 'SURVIVED  '}${inWords(mutant)}`);
  }
  const sum = (name) => [...tally.values()].reduce((total, of) => total + of[name], 0);
  for (const [name, { killed, survived }] of [...tally].sort())
    say(`${name.padEnd(28)} ${killed} noticed, ${survived} not`);
  const [killed, survived] = [sum('killed'), sum('survived')];
  say(
    `${killed + survived} mutants: ${killed} noticed, ${survived} not: ${((100 * killed) / Math.max(1, killed + survived)).toFixed(0)} %`,
  );

  /** Who notices a mutant first; null when nobody does. */
  async function noticedBy(mutant) {
    const file = fileOf(mutant);
    const { tests, faults, variants } = kit.concernedBy(file, values.seed + mutant.id);
    const mutated = (look) => lookingAt(mutant.id, look);
    if (await isChanged((ids = tests) => kit.selfTest(ids), usual, mutated)) return 'self-test';
    if (failsBeside(file, mutant.id)) return 'unit tests';
    for (let at = 0; at < faults.length; at += faultsAtOnce) {
      const some = faults.slice(at, at + faultsAtOnce);
      const look = (ids = some.map(({ id }) => id)) => kit.proveFaults(some.filter(({ id }) => ids.includes(id)));
      const unproven = some.map(({ id }) => id).filter((id) => !provenUsually.has(id));
      for (const [id, proof] of await look(unproven)) provenUsually.set(id, proof);
      if (await isChanged(look, provenUsually, mutated)) return `one of ${some.map(({ id }) => id).join(', ')}`;
    }
    for (const variant of variants) {
      const look = async (ids = tests) => kit.accusers(ids, variant);
      if (await isChanged(look, new Map(), mutated)) return variant.id;
    }
    return null;
  }

  /** A mutant must be seen to change something twice, and not without it: what a busy machine does is no witness. */
  async function isChanged(look, usually, mutated) {
    const differing = (seen) => [...seen.keys()].filter((id) => seen.get(id) !== usually.get(id));
    const changed = differing(await mutated(look));
    if (changed.length === 0) return false;
    const unsteady = new Set(differing(await look(changed)));
    const again = differing(await mutated(() => look(changed)));
    return again.some((id) => changed.includes(id) && !unsteady.has(id));
  }

  async function lookingAt(id, look) {
    // A loop that has lost its end is noticed, too.
    Object.assign(stryker, { activeMutant: id, hitCount: 0, hitLimit: 2_000_000 });
    try {
      return await look();
    } finally {
      stryker.activeMutant = undefined;
    }
  }
}

/** By the unit tests of the module, where it has some in its folder. */
function failsBeside(file, mutant) {
  const beside = join(project, dirname(file));
  const imported = `/${basename(file, '.js')}.ts'`;
  const tests = readdirSync(beside)
    .filter((name) => name.endsWith('.test.ts') && readFileSync(join(beside, name), 'utf8').includes(imported))
    .map((name) => join(dirname(file), name));
  if (tests.length === 0) return false;
  const config = join(project, 'bench/mutated.vitest.config.mjs');
  const env = { ...process.env, MUTATED_BUILD: join(folder, 'build'), __STRYKER_ACTIVE_MUTANT__: mutant };
  const vitest = join(project, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--config', config, ...tests], { cwd: project, env });
  return status !== 0;
}

function fileOf({ fileName }) {
  return relative(join(folder, 'build'), fileName);
}

/** As in `suites/scopes/bearer.js:100`, in build. */
function placeOf(mutant) {
  return `${fileOf(mutant)}:${mutant.location.start.line + 1}`;
}

function inWords(mutant) {
  const { start, end } = mutant.location;
  const lines = readFileSync(join(project, 'build', fileOf(mutant)), 'utf8').split('\n');
  const source =
    start.line === end.line ? lines[start.line].slice(start.column, end.column) : lines[start.line].slice(start.column);
  const brief = (text) => text.trim().replace(/\s+/g, ' ').slice(0, 110);
  return `${placeOf(mutant)} ${mutant.mutatorName}: ${brief(source)}  ->  ${brief(mutant.replacement)}`;
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

/** Of the compiled suites and of src but the command line and the server: text and imports by name. Catalogues name every test. */
function readModules() {
  const build = join(project, 'build');
  const names = readdirSync(build, { recursive: true }).filter(
    (name) =>
      /^(suites|src\/(artifacts|fhir|oauth|smart))\b.*\.js$/.test(name) && !/requirements|index\.js$/.test(name),
  );
  return new Map(
    names.map((name) => {
      const text = readFileSync(join(build, name), 'utf8');
      const imports = [...text.matchAll(/from "(\.[^"]+)"/g)].map(([, path]) => join(dirname(name), path));
      return [name, { text, imports: new Set(imports) }];
    }),
  );
}

async function loadKit(load) {
  const [
    { suites },
    { faults, variants },
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
  const run = (server, ids) =>
    withReferenceServer(server, async (reference) => {
      const memory = await lookTheDayBefore(reference, { suite: [], test: ids, browseBy: createPlainBrowser });
      const { configuration, time } = reference;
      const asked = { configuration, time, memory, tests: ids, env: noProxy, browseBy: createPlainBrowser };
      const { report, dispose } = await check({ ...asked, deadlineSeconds: 90 });
      await dispose();
      return report;
    });
  const sources = readModules();
  /** The file itself, then whatever imports it, the nearest first. */
  const importersOf = (file) => {
    const reached = new Set([file]);
    for (const one of reached) for (const [name, { imports }] of sources) if (imports.has(one)) reached.add(name);
    return reached;
  };
  /** Tests that are made from a table are known by their suite alone. */
  const testsIn = (file) => {
    const { text } = sources.get(file);
    const own = tests.filter(({ id }) => text.includes(`'${id}'`));
    if (own.length > 0 || !/\btest\(/.test(text)) return own;
    return tests.filter(({ id }) => id.startsWith(`${file.split('/')[1]}/`));
  };
  return {
    tests,
    /** Small changes of order do not count: levels are compared as a set with counts. */
    async selfTest(ids) {
      const report = await run({}, ids).catch((thrown) => ({
        tests: ids.map((id) => ({ id, outcome: String(thrown), findings: [] })),
      }));
      return new Map(
        report.tests.map(({ id, outcome, why, findings }) => [id, `${outcome} ${why ?? ''} ${levels(findings)}`]),
      );
    },
    /** Those that accuse a server that conforms, or come to nothing. */
    async accusers(ids, variant) {
      const { tests: judged } = await run({ variant }, ids).catch(() => ({ tests: [{ id: '', outcome: 'errored' }] }));
      const wrong = judged.filter(({ outcome }) => ['failed', 'blocked', 'errored'].includes(outcome));
      return new Map(wrong.map(({ id, outcome }) => [id, outcome]));
    },
    async proveFaults(some) {
      const proofs = some.map(async (fault) => {
        const ids = fault.blinds
          ? [fault.blinds]
          : tests.filter(({ requirements }) => requirements.includes(fault.requirement)).map(({ id }) => id);
        const report = await run({ fault }, ids).catch((thrown) => ({
          tests: [{ id: '', outcome: 'errored', reason: String(thrown), findings: [] }],
          journeys: [],
        }));
        const { caught, accused, errors } = judge(fault, report);
        return [fault.id, JSON.stringify([caught, accused, errors.length])];
      });
      return new Map(await Promise.all(proofs));
    },
    /** The tests of a file and of those that import it, however indirectly, and the faults at their requirements, the nearest first. */
    concernedBy(file, draw) {
      const near = [...importersOf(file)].filter((one) => one.startsWith('suites/')).map(testsIn);
      const found = [...new Set(near.flat())];
      const concerned = found.length > 0 ? found : tests;
      const rank = new Map();
      for (const [at, { requirements }] of concerned.entries())
        for (const id of requirements) if (!rank.has(id)) rank.set(id, Math.floor(at / mostFaults));
      const its = seededShuffle(faults, draw).filter(({ requirement }) => rank.has(requirement));
      its.sort((one, other) => rank.get(one.requirement) - rank.get(other.requirement));
      return {
        tests: concerned.map(({ id }) => id),
        faults: its.slice(0, mostFaults),
        variants: file.startsWith('suites/') ? variants : seededShuffle(variants, draw).slice(0, mostVariants),
      };
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

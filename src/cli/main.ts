import { Command, CommanderError, Option } from 'commander';
import { exitCodes } from '../kit/exit-codes.ts';
import { specVersions } from '../kit/spec-version.ts';
import { tool } from '../kit/tool.ts';
import { UsageError } from '../kit/unobtainable.ts';
import { foldOnTerminal } from './fold.ts';
import { harmless } from './harmless.ts';
import { collected, integer, port, positive, positiveInteger, retries, several } from './option-values.ts';

/**
 * Runs the command line. Each command's module is loaded when it is called, so that `--version` loads commander alone.
 * Sets the exit code, and leaves ending the process to Node.
 *
 * @param argv - as in `process.argv`
 */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', outputLost);
  process.stderr.on('error', () => {});
  try {
    await commandLine().parseAsync(argv);
  } catch (thrown) {
    process.exitCode = exitCodeOf(thrown);
  }
}

let lost = false;

/**
 * Whoever reads what we print may have seen enough (`| head`), and the reports are written nevertheless. Where the disk is
 * full that is said once, and what looked green is not.
 */
function outputLost(error: NodeJS.ErrnoException): void {
  if (lost || error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return;
  lost = true;
  process.stderr.write(`smart-check: standard output cannot be written: ${error.message}\n`);
  process.on('exit', (code) => {
    if (code === exitCodes.ok || code === exitCodes.blocked) process.exitCode = exitCodes.ownError;
  });
}

function exitCodeOf(thrown: unknown): number {
  // commander has said its word already; help and version end this way too.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (thrown instanceof UsageError) {
    say(`smart-check: ${thrown.message}\n`);
    return exitCodes.usage;
  }
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  say(`smart-check: an error of our own, please report it: ${text}\n`);
  return exitCodes.ownError;
}

/** Where commander only says that something does not fit. */
function whatWasMeant(error: string): string {
  const [, command = ''] = /unknown command '(.*)'/.exec(error) ?? [];
  if (/^https?:/i.test(command)) return `(to check that server: smart-check run ${command})\n`;
  if (/\.(ya?ml|json)$/i.test(command)) return `(with that configuration: smart-check run -c ${command})\n`;
  return /too many arguments/.test(error) ? '(several values of an option are given with commas: --suite a,b)\n' : '';
}

/** What was wrong repeats what was given, perhaps a line that GitHub would take for a command. */
function say(text: string): void {
  const folded = foldOnTerminal(text, process.stderr);
  process.stderr.write(process.env.GITHUB_ACTIONS === 'true' ? harmless(folded) : folded);
}

function commandLine(): Command {
  const { version } = tool();
  const program = new Command('smart-check')
    .description('Checks SMART on FHIR servers against SMART App Launch, and proves each verdict')
    .version(version)
    .exitOverride()
    .configureOutput({ writeErr: say, outputError: (text, write) => write(`${text}${whatWasMeant(text)}`) })
    .showHelpAfterError('(--help lists the options)');

  runOptions(program.command('run').argument('[fhirBaseUrl]', 'FHIR base URL of the server to check'))
    .description('check a server')
    .option('-c, --config <file>', 'what is known of the server: YAML or JSON')
    .addOption(new Option('--spec-version <version>', 'of the guide').choices(specVersions))
    .option('--fhir-version <version>', 'of the server; learned from /metadata unless given')
    .addOption(list('--require <suite>', 'fail unless this suite is fully tested', 'none'))
    .option('--allow-writes', 'let tests write to the server; what they write is deleted again')
    .option('--headed', 'show the browser (launch suites)')
    .option('--ca-cert <file>', 'trust this certificate authority too (PEM)')
    .option('--insecure', 'do not verify certificates')
    .option('--brands <urlOrFile>', 'check this brand bundle (brands suite)')
    .option('--state <file>', 'remember here what needs two runs far apart')
    .action(async (fhirBaseUrl, options) => (await import('./run.ts')).run(fhirBaseUrl, options));

  runOptions(program.command('self-test'))
    .description('check the bundled reference server, and with --faults the kit itself')
    .option('--faults [glob]', 'switch on each fault of the reference server in turn: every one must be caught')
    .option('--variants [glob]', 'check each conformant variant of the reference server: none may fail')
    .option('--together <number>', 'with --variants: so many, drawn by chance, make one server', positiveInteger)
    .option('--fhir-version <version>', 'that the reference server speaks; 4.0.1 unless given')
    .option('--exhaustive', 'with --faults: every test against every fault, which takes an hour and more')
    .option(
      '--seed <number>',
      'of what is drawn: further tests in each fault run, the variants of each server',
      integer,
    )
    .action(async (options) => (await import('./self-test.ts')).selfTest(options));

  program
    .command('init')
    .description('ask the server and you, and write a commented configuration for "run -c"')
    .argument('[fhirBaseUrl]', 'FHIR base URL of the server')
    .option('-o, --output <file>', 'the configuration to write', 'smart-check.yaml')
    .option('--yes', 'ask nothing')
    .option('--force', 'overwrite what is there')
    .addOption(
      new Option('--answer <name=value>', 'answer a question beforehand, such as publicClient=my-app')
        .argParser(collected)
        .default([], 'none'),
    )
    .option('--ca-cert <file>', 'trust this certificate authority too (PEM)')
    .option('--insecure', 'do not verify certificates')
    .action(async (fhirBaseUrl, options) => (await import('./init/init.ts')).init(fhirBaseUrl, options));

  program
    .command('record')
    .description('open a window, watch you sign in once, and write the steps')
    .requiredOption('-c, --config <file>', 'what is known of the server: YAML or JSON')
    .option('--client <name>', 'which of clients starts; the first that can be launched unless given')
    .option('--user <name>', 'which of users you sign in as; patient, or ehrLaunch.user with --ehr')
    .option('--ehr', 'record ehrLaunch.steps: from the EHR to the app')
    .option('--write', 'put the steps into the configuration file')
    .option('--timeout <seconds>', 'for one page when the steps are tried', positive, 30)
    .action(async (options) => (await import('./record.ts')).record(options));

  program
    .command('serve')
    .description('run the reference server')
    .option('--port <number>', '0 takes any free one', port, 0)
    .option('--host <address>', 'to listen at', '127.0.0.1')
    .option('--base-url <url>', 'public URL of the server when behind a proxy')
    .option('--https', 'with a certificate made at start')
    .addOption(list('--fault <id>', 'a defect to show; repeat, or separate with commas', 'none'))
    .option('--variant <id>', 'another way to conform, or several joined by +')
    .option('--page-style <style>', 'how the sign-in, picker and consent pages look')
    .option('--fhir-version <version>', '1.0.2, 3.0.2, 4.0.1, 4.3.0, 5.0.0 or 6.0.0-ballot3')
    .option('--write-config <file>', 'write a configuration for "run -c": JSON when the name ends in .json, else YAML')
    .action(async (options) => (await import('./serve.ts')).serve(options));

  program
    .command('list')
    .description('list tests, requirements, faults, suites or profiles')
    .argument('[what]', 'tests, requirements, faults, suites or profiles', 'tests')
    .option('--json', 'as a JSON array')
    .option('--markdown', 'the page of docs/ that accounts for every requirement')
    .action(async (what, options) => (await import('./list.ts')).list(what, options));

  program
    .command('explain')
    .description('say what a test, requirement, fault, suite or profile is about, and how to see it by hand')
    .argument('<id>')
    .option('--report <file>', 'results.json of a run, to show what it found; smart-check-report/results.json if there')
    .action(async (id, options) => (await import('./explain.ts')).explain(id, options));

  // For `npm run docs`.
  program
    .command('recipes', { hidden: true })
    .argument('<file>')
    .action(async (file) => (await import('./recipes/write-recipes.ts')).writeRecipes(file));

  const report = program.command('report').description('show, compare or merge reports (results.json)');
  outputOptions(report.command('show').argument('<file>', 'results.json of a run'))
    .description('show a report again, by any reporter')
    .action(async (file, options) => (await import('./report.ts')).show(file, options));
  report
    .command('diff')
    .argument('<before>', 'results.json of a run')
    .argument('<after>', 'of a later one')
    .description('say what changed; exit with 1 when something is violated that was not')
    .option('--json', 'as JSON')
    .action(async (before, after, options) => (await import('./report.ts')).diff(before, after, options));
  outputOptions(report.command('merge').argument('<files...>', 'results.json of the shards of one run'))
    .description('make one report of the shards of a run')
    .action(async (files, options) => (await import('./report.ts')).merge(files, options));

  report
    .command('baseline')
    .argument('<file>', 'results.json of a run')
    .description('write a first baseline of its findings, for --baseline')
    .requiredOption('--reason <text>', 'why they are borne')
    .requiredOption('--expires <day>', 'the last day on which they are, such as 2027-03-31')
    .option('--warnings', 'warnings as well')
    .action(async (file, options) => (await import('./report.ts')).baseline(file, options));

  program
    .command('doctor')
    .description('say what this machine has and lacks, and the command that mends it')
    .option('--install', 'install a browser if there is none')
    .option('-c, --config <file>', 'ask the server of this configuration whether it knows the clients in it')
    .action(async (options) => (await import('./doctor.ts')).doctor(options));

  program
    .command('demo')
    .description('find or install a browser, then check the bundled reference server')
    .action(async () => (await import('./demo.ts')).demo());

  return program;
}

/** An option that takes several values; help shows `unless` in place of the empty list. */
function list(flags: string, description: string, unless: string): Option {
  return new Option(flags, description).argParser(several).default([], unless);
}

/** The options of every command that reports. */
function outputOptions(command: Command): Command {
  return command
    .option('-o, --output <dir>', 'where the reports go', 'smart-check-report')
    .option('-r, --reporter <name>', 'terminal, json, junit, html, markdown, har', several)
    .option('--no-color', 'plain text on the terminal')
    .option('--quiet', 'only the final lines on the terminal')
    .option('--machine', 'one JSON object a line on standard output, and nothing else');
}

/** The options that every command which runs tests has. */
function runOptions(command: Command): Command {
  return outputOptions(command)
    .addOption(list('--suite <name>', 'run this suite; repeat, or separate with commas', 'all'))
    .addOption(list('--test <glob>', 'run the tests whose id matches; * stands for anything, / included', 'all'))
    .addOption(
      new Option('--fail-on <level>', 'exit with 1 on a failure, or on a warning already')
        .choices(['fail', 'warn'])
        .default('fail'),
    )
    .option('--profile <nameOrFile>', 'hold the server to this as well; "list profiles" shows what there is')
    .option('--baseline <file>', 'findings that are known, each with a reason and the day until which it is borne')
    .option('--shard <i/n>', 'run this part of the tests; "report merge" joins the parts')
    .option('--retry <number>', 'send a request again that met with transport trouble', retries)
    .option('--concurrency <number>', 'tests at once', positiveInteger, 8)
    .option('--timeout <seconds>', 'for one request or one page', positive, 30)
    .option('--deadline <seconds>', 'for the run', positive);
}

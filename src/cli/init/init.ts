import { access, chmod, constants, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { quoted } from '../../../reports/curl.ts';
import { readConfiguration } from '../../index.ts';
import { exitCodes, UsageError } from '../../kit/index.ts';
import { say } from '../say.ts';
import { type AnswerName, type Answers, type Question, questions } from './answers.ts';
import { configurationText, secretNames } from './configuration-text.ts';
import { type Discovered, discover } from './discovered.ts';

export interface InitOptions {
  readonly output: string;
  /** Asks nothing. */
  readonly yes?: boolean;
  /** Overwrites the file. */
  readonly force?: boolean;
  readonly caCert?: string;
  readonly insecure?: boolean;
  /** `name=value` pairs that answer questions beforehand. */
  readonly answer: readonly string[];
}

/**
 * Writes a commented configuration for `run -c`: asks the server what it can do and the person what only they know.
 *
 * @throws UsageError when the file is there already, or an answer does not fit
 */
export async function init(fhirBaseUrl: string | undefined, options: InitOptions): Promise<void> {
  const given = givenAnswers(options.answer);
  const person = openPerson(options.yes === true);
  try {
    await mayWrite(options, person);
    const base = fhirBaseUrl ?? (await person.ask('FHIR base URL of the server'));
    if (!base)
      throw new UsageError('which server? Give its FHIR base URL: smart-check init https://ehr.example.org/fhir');
    const { tls } = await readConfiguration({
      env: {},
      overrides: {
        fhirBaseUrl: base,
        ...(options.caCert !== undefined && { tlsCa: options.caCert }),
        ...(options.insecure && { tlsInsecure: true }),
      },
    });
    const asked = await discover({ fhirBaseUrl: base, ...tls });
    const found = typeof asked === 'string' ? null : asked;
    if (typeof asked === 'string') {
      say(`The server could not be asked what it can do: ${asked}`);
      process.exitCode = exitCodes.blocked;
    } else sayFound(asked);
    const answers = await answersOf(base, found, given, person);
    const keys = await makeKeys(answers, options);
    const folder = dirname(options.output);
    const text = (suffix: string) =>
      configurationText({
        answers: { ...answers, ...Object.fromEntries(keys.map(({ answer, name }) => [answer, `${name}${suffix}`])) },
        found,
        insecure: tls.insecure,
        ...(options.caCert !== undefined && { ca: relative(folder, options.caCert) || options.caCert }),
      });
    await writeAll(
      options,
      text,
      keys.flatMap(({ files }) => files),
      answers,
    );
    for (const { files } of keys) say(`made a key pair: register the keys in ${files[1].path} at the server`);
    sayNext(options.output, answers);
  } finally {
    person.close();
  }
}

function sayFound({ capabilities, grantTypes, fhirVersion }: Discovered): void {
  say(`FHIR ${fhirVersion ?? 'version unknown'}; grant types: ${grantTypes.join(', ') || 'none named'}`);
  say(`capabilities: ${capabilities.join(', ') || 'none named'}`);
}

function sayNext(file: string, { symmetricClient, username, practitioner }: Answers): void {
  say(`\nwritten: ${file}`);
  const secrets = [
    ...(symmetricClient ? [secretNames.symmetric] : []),
    ...(username ? [secretNames.patient] : []),
    ...(practitioner ? [secretNames.practitioner] : []),
  ];
  if (secrets.length > 0) say(`set first: ${secrets.join(', ')}`);
  say(`then:      smart-check run -c ${file}`);
}

interface Person {
  /** Empty where nothing is said, or nobody is there. */
  ask(question: string): Promise<string>;
  readonly isThere: boolean;
  close(): void;
}

/** Whoever types, or the lines of a pipe. */
function openPerson(silent: boolean): Person {
  if (silent) return { ask: async () => '', isThere: false, close: () => {} };
  const reader = createInterface({ input: process.stdin });
  const lines = reader[Symbol.asyncIterator]();
  return {
    isThere: true,
    async ask(question) {
      process.stdout.write(`${question}: `);
      const { value, done } = await lines.next();
      if (process.stdin.isTTY !== true) process.stdout.write('\n');
      return done ? '' : String(value).trim();
    },
    close: () => reader.close(),
  };
}

/** Looked at before anything is asked, so that no answer is lost. */
async function mayWrite({ output, force }: InitOptions, person: Person): Promise<void> {
  const folder = dirname(output);
  const isWritable = access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!(await isWritable)) {
    throw new UsageError(`cannot write ${output}: there is no folder ${folder}, or none that may be written to`);
  }
  if (!(await exists(output))) return;
  if ((await stat(output)).isDirectory())
    throw new UsageError(`cannot write ${output}: it is a folder; name a file in it`);
  if (force) return;
  if (person.isThere && process.stdin.isTTY === true) {
    const answer = await person.ask(`${output} is there already. Overwrite it? (y/N)`);
    if (/^y(?:es)?$/i.test(answer)) return;
  }
  throw new UsageError(`${output} is there already; --force overwrites it, --output names another`);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function givenAnswers(pairs: readonly string[]): ReadonlyMap<AnswerName, string> {
  const given = new Map<AnswerName, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(equals, 0));
    const question = questions.find((candidate) => candidate.name === name);
    if (!question) {
      throw new UsageError(
        `--answer: expected name=value with one of ${questions.map((one) => one.name).join(', ')}; got "${pair}"`,
      );
    }
    given.set(question.name, pair.slice(equals + 1));
  }
  return given;
}

async function answersOf(
  fhirBaseUrl: string,
  found: Discovered | null,
  given: ReadonlyMap<AnswerName, string>,
  person: Person,
): Promise<Answers> {
  const answers: Partial<Record<string, string>> = Object.fromEntries(given);
  if (person.isThere) say('What only you know; Enter where there is none. Secrets are not asked for.');
  for (const question of questions as readonly Question[]) {
    const { name, text, when, after } = question;
    if (answers[name] !== undefined) continue;
    if (after !== undefined && !answers[after]) continue;
    if (found !== null && !when(found)) continue;
    const answer = await person.ask(text);
    if (answer !== '') answers[name] = answer;
  }
  return { ...answers, fhirBaseUrl };
}

interface NewFile {
  readonly path: string;
  readonly text: string;
}

interface MadeKeys {
  /** The question that they answer, and how. */
  readonly answer: AnswerName;
  readonly name: string;
  readonly files: readonly [private_: NewFile, public_: NewFile];
}

/** The key pairs that clients lack. What is there already is a key that may be registered: kept unless told otherwise. */
async function makeKeys(answers: Answers, { output, force }: InitOptions): Promise<readonly MadeKeys[]> {
  const lacking = (['asymmetric', 'backend'] as const).filter(
    (role) => answers[`${role}Client`] && !answers[`${role}Keys`],
  );
  if (lacking.length === 0) return [];
  const { exportJWK, generateKeyPair } = await import('jose');
  return Promise.all(
    lacking.map(async (role) => {
      const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true });
      const kid = `smart-check-${role}`;
      const set = (key: object) => `${JSON.stringify({ keys: [{ ...key, kid, alg: 'ES384' }] }, null, 2)}\n`;
      const beside = join(dirname(output), `${basename(output, extname(output))}.${role}`);
      const path = `${beside}.private.json`;
      if (!force && (await exists(path))) {
        throw new UsageError(
          `${path} is there already: --answer ${role}Keys=./${basename(path)} takes it, --force overwrites it`,
        );
      }
      const files = [
        { path, text: set(await exportJWK(privateKey)) },
        { path: `${beside}.public.json`, text: set({ ...(await exportJWK(publicKey)), use: 'sig' }) },
      ] as const;
      return { answer: `${role}Keys` as const, name: `./${basename(path)}`, files };
    }),
  );
}

/**
 * Writes all files or none, for the owner's eyes only: each beside its place first, where the configuration is read as
 * `run -c` will, so that a slip of the keyboard shows at once.
 *
 * @param text - of the configuration, where the key files have that suffix
 */
async function writeAll(
  options: InitOptions,
  text: (suffix: string) => string,
  keys: readonly NewFile[],
  answers: Answers,
): Promise<void> {
  const { output } = options;
  const suffix = `.${process.pid}.tmp`;
  const trial = { path: output, text: text(suffix) };
  const files = [...keys, { path: output, text: text('') }];
  try {
    for (const file of [...keys, trial]) await writePrivately(`${file.path}${suffix}`, file.text);
    await readBack(`${output}${suffix}`, options, answers);
    await writePrivately(`${output}${suffix}`, text(''));
    for (const { path } of files) await rename(`${path}${suffix}`, path);
  } finally {
    for (const { path } of files) await rm(`${path}${suffix}`, { force: true });
  }
}

async function writePrivately(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600 });
    await chmod(file, 0o600);
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws UsageError that says which answers do not fit, and how to give the others again */
async function readBack(
  file: string,
  { output, force, caCert, insecure }: InitOptions,
  { fhirBaseUrl, ...answers }: Answers,
): Promise<void> {
  const env = Object.fromEntries(Object.values(secretNames).map((name) => [name, 'a secret']));
  try {
    await readConfiguration({ file, env, overrides: {} });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const mistakes = error.message.split('\n').map((line) => line.replace(/^.*?:\d+:\d+: /, '  '));
    const again = [
      quoted(fhirBaseUrl),
      `-o ${quoted(output)}`,
      ...(force ? ['--force'] : []),
      ...(caCert === undefined ? [] : [`--ca-cert ${quoted(caCert)}`]),
      ...(insecure ? ['--insecure'] : []),
      ...Object.entries(answers).map(([name, value]) => `--answer ${quoted(`${name}=${value}`)}`),
    ];
    throw new UsageError(
      [
        'an answer does not fit, and nothing was written:',
        ...mistakes,
        `again, with that mended: smart-check init ${again.join(' ')}`,
      ].join('\n'),
    );
  }
}

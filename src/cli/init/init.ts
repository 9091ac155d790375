import { access, chmod, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
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
    const answers = await withKeys(await answersOf(base, found, given, person), options);
    const folder = dirname(options.output);
    await writePrivately(
      options.output,
      configurationText({
        answers,
        found,
        insecure: tls.insecure,
        ...(options.caCert !== undefined && { ca: relative(folder, options.caCert) || options.caCert }),
      }),
    );
    await readBack(options.output);
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

async function mayWrite({ output, force }: InitOptions, person: Person): Promise<void> {
  const exists = await access(output).then(
    () => true,
    () => false,
  );
  if (!exists || force) return;
  if (person.isThere && process.stdin.isTTY === true) {
    const answer = await person.ask(`${output} is there already. Overwrite it? (y/N)`);
    if (/^y(?:es)?$/i.test(answer)) return;
  }
  throw new UsageError(`${output} is there already; --force overwrites it, --output names another`);
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

/** Makes the key pairs that clients lack. */
async function withKeys(answers: Answers, { output, force }: InitOptions): Promise<Answers> {
  const made: Partial<Record<AnswerName, string>> = {};
  for (const role of ['asymmetric', 'backend'] as const) {
    if (!answers[`${role}Client`] || answers[`${role}Keys`]) continue;
    made[`${role}Keys`] = await makeKeys(role, output, force === true);
  }
  return { ...answers, ...made };
}

async function makeKeys(role: string, output: string, force: boolean): Promise<string> {
  const { exportJWK, generateKeyPair } = await import('jose');
  const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true });
  const kid = `smart-check-${role}`;
  const set = (key: object) => `${JSON.stringify({ keys: [{ ...key, kid, alg: 'ES384' }] }, null, 2)}\n`;
  const beside = join(dirname(output), `${basename(output, extname(output))}.${role}`);
  const file = `${beside}.private.json`;
  await writePrivately(file, set(await exportJWK(privateKey)), force);
  await writePrivately(`${beside}.public.json`, set({ ...(await exportJWK(publicKey)), use: 'sig' }), force);
  say(`made a key pair: register the keys in ${beside}.public.json at the server`);
  return `./${basename(file)}`;
}

/** For the owner's eyes only. What is there already is a key that may be registered: it is kept unless told otherwise. */
async function writePrivately(file: string, text: string, force = true): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600, flag: force ? 'w' : 'wx' });
    await chmod(file, 0o600);
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Reads what was written as `run -c` will, secrets aside, so that a slip of the keyboard shows at once. */
async function readBack(file: string): Promise<void> {
  const env = Object.fromEntries(Object.values(secretNames).map((name) => [name, 'a secret']));
  await readConfiguration({ file, env, overrides: {} });
}

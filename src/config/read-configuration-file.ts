import { dirname, resolve } from 'node:path';
import { validator } from '../../schemas/validator.ts';
import { type Client, type Clients, isRecord, type SpecVersion, specVersions } from '../kit/index.ts';
import { nearest } from '../kit/nearest.ts';
import { type ClientInFile, type ConfigurationFile, type SingleClient, singleClients } from './configuration-file.ts';
import { explain } from './explain.ts';
import type { Environment } from './fill-in.ts';
import { keyMistake } from './key-mistake.ts';
import { type MistakeAt, mistakesIn } from './mistake.ts';
import { type Path, written } from './path.ts';
import { readCertificates } from './read-certificates.ts';
import { readDocument, type UserDocument } from './read-document.ts';
import { parseKeys, readKeys } from './read-keys.ts';
import { sameTwice } from './same-twice.ts';
import { namedType, quoted, suggestion } from './wording.ts';
import { wrongValues } from './wrong-values.ts';

/** What a file says, checked, and the files it names read: without defaults. */
export type FileConfiguration = Omit<ConfigurationFile, '$schema' | 'specVersion' | 'clients'> & {
  readonly specVersion?: SpecVersion;
  readonly clients: Clients;
};

/**
 * Reads a configuration file and the files it names.
 *
 * @param withCertificates - false when the certificates it names are not needed
 * @throws UsageError that lists the mistakes, each with file, line and what was expected
 */
export async function readConfigurationFile(
  file: string,
  env: Environment,
  withCertificates: boolean,
): Promise<FileConfiguration> {
  const document = await readDocument(file, env);
  const { value, unfilled } = document;
  if (value === null) throw mistakesIn(file, [{ message: 'is empty; expected at least fhirBaseUrl: https://…' }]);
  if (!isRecord(value)) {
    const colon = typeof value === 'string' ? '; a colon and a space stand between a key and its value' : '';
    const message = `expected keys such as fhirBaseUrl: https://…, got ${namedType(value)}${colon}`;
    throw document.wrong([{ path: [], at: 'value', message }]);
  }
  const isConfiguration = await validator<ConfigurationFile>('config');
  if (!isConfiguration(value)) {
    const blank = unfilled.map(({ path }) => written(path));
    const mistakes = explain(isConfiguration.errors ?? [], value, document.source);
    throw document.wrong([...unfilled, ...mistakes.filter(({ path }) => !blank.includes(written(path)))]);
  }
  if (unfilled.length > 0) throw document.wrong(unfilled);

  const mistakes = [...wrongNames(value), ...wrongValues(value), ...sameTwice(value)];
  const ca = withCertificates ? await certificates(value, { file, document, mistakes }) : undefined;
  const clients = await clientsOf(value, (client, path) => withKeys(client, path, { file, document, mistakes }));
  if (mistakes.length > 0) throw document.wrong(mistakes);

  const { $schema: _, specVersion, tls, ...rest }: ConfigurationFile = value;
  const version = specVersions.find((known) => Number(known) === Number(specVersion));
  return {
    ...rest,
    ...(version !== undefined && { specVersion: version }),
    tls: { ...(ca !== undefined && { ca }), ...(tls?.insecure !== undefined && { insecure: tls.insecure }) },
    clients,
  };
}

/** Names of users and clients that name none. */
function wrongNames({ ehrLaunch, users = {}, clients = {} }: ConfigurationFile): MistakeAt[] {
  const wrong = (path: Path, name: string | undefined, what: string, known: readonly string[]): MistakeAt[] => {
    if (name === undefined || known.includes(name)) return [];
    const offered = known.length === 0 ? '; there are none' : `; there are ${known.join(', ')}`;
    const near = nearest(name, known);
    const message = `${written(path)}: there is no ${quoted(name)} in ${what}${near ? suggestion(near) : offered}`;
    return [{ path, at: 'value', message }];
  };
  return [
    ...wrong(['ehrLaunch', 'user'], ehrLaunch?.user, 'users', Object.keys(users)),
    ...wrong(
      ['clients', 'introspection', 'bearer'],
      clients.introspection?.bearer,
      'clients',
      singleClients.filter((name) => clients[name] !== undefined),
    ),
  ];
}

/** Where paths start, and where what is wrong with them goes. */
interface Reading {
  readonly file: string;
  readonly document: UserDocument;
  readonly mistakes: MistakeAt[];
}

async function certificates({ tls }: ConfigurationFile, reading: Reading): Promise<string | undefined> {
  if (tls?.ca === undefined) return undefined;
  const read = await readCertificates(resolve(dirname(reading.file), tls.ca));
  if ('pem' in read) return read.pem;
  fileMistake(['tls', 'ca'], tls.ca, read.problem, reading);
  return undefined;
}

async function clientsOf(
  { clients = {} }: ConfigurationFile,
  read: (client: ClientInFile, path: Path) => Promise<Client>,
): Promise<Clients> {
  const { introspection, others } = clients;
  const single: { [Name in SingleClient]?: Client } = {};
  for (const name of singleClients) {
    const client = clients[name];
    if (client) single[name] = await read(client, ['clients', name]);
  }
  return {
    ...single,
    ...(introspection && { introspection }),
    ...(others && {
      others: await Promise.all(others.map((client, index) => read(client, ['clients', 'others', index]))),
    }),
  };
}

async function withKeys({ keys, ...client }: ClientInFile, path: Path, reading: Reading): Promise<Client> {
  if (keys === undefined) return client;
  if (typeof keys !== 'string') {
    const mistake = await keyMistake(keys);
    if (mistake) {
      const at = [...path, 'keys', 'keys', ...(mistake.index === null ? [] : [mistake.index])];
      reading.mistakes.push({ path: at, at: 'value', message: `${written(at)}: ${mistake.message}` });
    }
    return { ...client, keys };
  }
  const isText = keys.trimStart().startsWith('{');
  const read = isText ? await parseKeys(keys) : await readKeys(resolve(dirname(reading.file), keys));
  if ('keys' in read) return { ...client, keys: read.keys };
  fileMistake([...path, 'keys'], keys, read.problem, reading);
  return client;
}

/** Names the file as it was written, since what was filled in may turn out to be a key. */
function fileMistake(path: Path, name: string, problem: string, { document, mistakes }: Reading): void {
  const shown = quoted(document.source(path) ?? name);
  mistakes.push({ path, at: 'value', message: `${written(path)} (${shown}): ${problem}` });
}

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isRecord, type Memory, type Seen, UsageError } from '../kit/index.ts';
import { quoted } from './wording.ts';

/** What the file holds: per target, by key, what was seen and when (ISO 8601). */
interface State {
  readonly schemaVersion: 1;
  readonly targets: Readonly<Record<string, Facts>>;
}

type Facts = Readonly<Record<string, { readonly at: string; readonly seen: Seen }>>;

/**
 * Opens the file in which runs against a target remember what the next ones compare with; it need not exist yet. Each
 * fact is written as it comes, by rename, so that the file is whole whenever somebody looks. Runs at the same time do not
 * wait for each other: each adds to what it finds, and of two that see the same thing the last one is remembered.
 *
 * @throws UsageError when the file is none of ours, or cannot be written
 */
export function openStateFile(file: string, target: string): Memory {
  const before = read(file);
  write(file, before);
  const known = before.targets[target] ?? {};
  return {
    recall(key) {
      const fact = Object.hasOwn(known, key) ? known[key] : undefined;
      return fact ? { seen: fact.seen, at: new Date(fact.at) } : null;
    },
    remember(key, seen) {
      const { targets } = read(file);
      const facts: Facts = { ...targets[target], [key]: { at: new Date().toISOString(), seen } };
      write(file, { schemaVersion: 1, targets: { ...targets, [target]: facts } });
    },
  };
}

function read(file: string): State {
  const text = contentOf(file);
  if (text === null) return { schemaVersion: 1, targets: {} };
  const state = parsed(text);
  if (isState(state)) return state;
  throw new UsageError(
    `--state ${quoted(file)}: this is no state file of smart-check; name another, or remove it to begin anew`,
  );
}

/** Null when there is none. */
function contentOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw new UsageError(`--state ${quoted(file)}: it cannot be read: ${messageOf(error)}`);
  }
}

function write(file: string, state: State): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`);
    renameSync(temporary, file);
  } catch (error) {
    throw new UsageError(`--state ${quoted(file)}: it cannot be written: ${messageOf(error)}`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isState(value: unknown): value is State {
  return (
    isRecord(value) &&
    value.schemaVersion === 1 &&
    isRecord(value.targets) &&
    Object.values(value.targets).every(areFacts)
  );
}

function areFacts(value: unknown): value is Facts {
  return isRecord(value) && Object.values(value).every(isFact);
}

function isFact(fact: unknown): boolean {
  if (!isRecord(fact) || typeof fact.at !== 'string' || Number.isNaN(Date.parse(fact.at))) return false;
  return isRecord(fact.seen) && Object.values(fact.seen).every((value) => typeof value === 'string');
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

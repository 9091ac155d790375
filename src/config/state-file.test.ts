import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../kit/index.ts';
import { openStateFile } from './state-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'smart-check-state-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const one = 'https://one.example.org/fhir';
const other = 'https://other.example.org/fhir';

describe('a state file', () => {
  it('tells a run what the run before it saw, and not what it sees itself', () => {
    const file = join(folder, 'two-runs.json');
    const first = openStateFile(file, one);
    expect(first.recall('style a')).toBeNull();
    first.remember('style a', { sha256: 'x' });
    expect(first.recall('style a')).toBeNull();

    const second = openStateFile(file, one);
    expect(second.recall('style a')).toMatchObject({ seen: { sha256: 'x' } });
    expect(second.recall('style a')?.at.getTime()).toBeGreaterThan(Date.now() - 60_000);
    second.remember('style a', { sha256: 'y' });
    expect(second.recall('style a')?.seen).toEqual({ sha256: 'x' });
    expect(openStateFile(file, one).recall('style a')?.seen).toEqual({ sha256: 'y' });
  });

  it('keeps targets apart', () => {
    const file = join(folder, 'targets.json');
    openStateFile(file, one).remember('key', { a: '1' });
    openStateFile(file, other).remember('key', { a: '2' });
    expect(openStateFile(file, one).recall('key')?.seen).toEqual({ a: '1' });
    expect(openStateFile(file, other).recall('key')?.seen).toEqual({ a: '2' });
  });

  it('loses nothing that a run at the same time adds', () => {
    const file = join(folder, 'together.json');
    const [here, there] = [openStateFile(file, one), openStateFile(file, one)];
    here.remember('a', { of: 'here' });
    there.remember('b', { of: 'there' });
    here.remember('c', { of: 'here' });
    const later = openStateFile(file, one);
    expect(['a', 'b', 'c'].map((key) => later.recall(key)?.seen.of)).toEqual(['here', 'there', 'here']);
  });

  it('takes names that mean something to JavaScript for names', () => {
    const file = join(folder, 'names.json');
    expect(openStateFile(file, 'constructor').recall('toString')).toBeNull();
    openStateFile(file, '__proto__').remember('__proto__', { a: '1' });
    expect(openStateFile(file, '__proto__').recall('__proto__')?.seen).toEqual({ a: '1' });
  });

  it('is whole whenever somebody looks, and leaves nothing beside it', () => {
    const file = join(folder, 'whole.json');
    openStateFile(file, one).remember('key', { a: '1' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ schemaVersion: 1 });
    expect(readdirSync(folder).filter((name) => name.startsWith('whole'))).toEqual(['whole.json']);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'half a {'],
    ['another file', '{"fhirBaseUrl":"https://ehr.example.org"}'],
    ['a later version', '{"schemaVersion":2,"targets":{}}'],
    ['a fact without time', `{"schemaVersion":1,"targets":{"${one}":{"key":{"seen":{}}}}}`],
    ['a fact that is a number', `{"schemaVersion":1,"targets":{"${one}":{"key":{"at":"2026-01-01","seen":{"a":1}}}}}`],
  ])('that holds %s is refused, and kept as it is', (_what, text) => {
    const file = join(folder, 'bad.json');
    writeFileSync(file, text);
    expect(() => openStateFile(file, one)).toThrow(UsageError);
    expect(() => openStateFile(file, one)).toThrow(/no state file of smart-check/);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('that cannot be written is refused before anything is checked', () => {
    expect(() => openStateFile(join(folder, 'no', 'such', 'folder.json'), one)).toThrow(/cannot be written/);
    expect(() => openStateFile(folder, one)).toThrow(/cannot be read/);
  });
});

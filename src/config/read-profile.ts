import { existsSync } from 'node:fs';
import type { ValidateFunction } from 'ajv';
import { schema } from '../../schemas/index.ts';
import { globMatcher, isRecord, type Profile, type ProfileCatalogue, UsageError } from '../kit/index.ts';
import { nearest } from '../kit/nearest.ts';
import { bundledProfileFile, bundledProfiles } from './bundled-profiles.ts';
import { decodeText } from './decode-text.ts';
import { explain } from './explain.ts';
import { type MistakeAt, mistakesIn } from './mistake.ts';
import { parseDocument } from './parse-document.ts';
import { type Path, written } from './path.ts';
import { readBytes } from './read-bytes.ts';
import { alternatives, namedType, quoted, suggestion } from './wording.ts';

/**
 * Reads a profile that comes with smart-check, or one in a file of the user's (YAML or JSON).
 *
 * @param name - of a bundled profile, or the path of a file
 * @param catalogue - what it may name
 * @throws UsageError when there is none, or that lists the mistakes in it, each with its place
 */
export async function readProfileFile(name: string, catalogue: ProfileCatalogue): Promise<Profile> {
  const bundled = bundledProfileFile(name);
  if (bundled === null && !isPath(name)) {
    const near = nearest(name, bundledProfiles);
    const hint = near === undefined ? `; expected ${alternatives(bundledProfiles)}, or a file` : suggestion(near);
    throw new UsageError(`--profile: there is no profile ${quoted(name)}${hint}`);
  }
  const file = bundled ?? name;
  const read = await readBytes(file);
  const decoded = 'bytes' in read ? decodeText(read.bytes) : read;
  if ('problem' in decoded) throw mistakesIn(file, [{ message: decoded.problem }]);
  const document = await parseDocument(file, decoded.text, {});
  const fail = (mistakes: readonly MistakeAt[]) =>
    mistakesIn(
      file,
      mistakes.map(({ path, at, message }) => ({ place: document.placeOf(path, at), message })),
    );
  const { value, unfilled } = document;
  if (!isRecord(value)) throw fail([{ path: [], at: 'value', message: `expected a profile, got ${namedType(value)}` }]);
  const isProfile = await validator();
  if (!isProfile(value)) throw fail([...unfilled, ...explain(isProfile.errors ?? [], value, document.source)]);
  const mistakes = [...unfilled, ...wrongNames(value, catalogue)];
  if (mistakes.length > 0) throw fail(mistakes);
  return value;
}

function isPath(name: string): boolean {
  return /[/\\]|\.(ya?ml|json)$/i.test(name) || existsSync(name);
}

let compiled: Promise<ValidateFunction<Profile>> | undefined;

function validator(): Promise<ValidateFunction<Profile>> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<ValidateFunction<Profile>> {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const ajv = new Ajv2020({ allErrors: true, verbose: true, strictTypes: false, validateSchema: false });
  ajv.addFormat('uri', (text: string) => URL.canParse(text));
  return ajv.compile<Profile>(schema('profile'));
}

/** Names of requirements, suites, members and capabilities that there are none of, and clauses that ask for nothing. */
function wrongNames({ clauses }: Profile, catalogue: ProfileCatalogue): readonly MistakeAt[] {
  const ids = catalogue.requirements.map(({ id }) => id);
  const untestable = new Map(catalogue.requirements.map(({ id, untestable }) => [id, untestable]));
  const unknown = (path: Path, what: string, name: string, known: readonly string[]): MistakeAt => {
    const near = nearest(name, known);
    const hint = near === undefined ? '; "smart-check list" shows what there is' : suggestion(near);
    return { path, at: 'value', message: `${written(path)}: there is no ${what} ${quoted(name)}${hint}` };
  };
  return clauses.flatMap((clause, index): readonly MistakeAt[] => {
    const { requirements = [], suites = [], except = [], advertises = {}, attest } = clause;
    const here: Path = ['clauses', index];
    const twice = clauses.findIndex(({ id }) => id === clause.id) < index;
    const asksNothing =
      requirements.length + suites.length + Object.keys(advertises).length === 0 && attest === undefined;
    return [
      ...(twice
        ? [{ path: [...here, 'id'], at: 'value', message: `the clause ${quoted(clause.id)} stands twice` } as const]
        : []),
      ...(asksNothing
        ? [
            {
              path: here,
              at: 'value',
              message: `${written(here)}: asks for nothing; expected advertises, requirements, suites or attest`,
            } as const,
          ]
        : []),
      ...requirements.flatMap((id, item): readonly MistakeAt[] => {
        const path = [...here, 'requirements', item];
        if (!ids.includes(id)) return [unknown(path, 'requirement', id, ids)];
        const why = untestable.get(id);
        const message = `${written(path)}: no test decides ${quoted(id)}; name it under attest (${why})`;
        return why === undefined ? [] : [{ path, at: 'value', message }];
      }),
      ...suites
        .map((id, item) => ({ id, path: [...here, 'suites', item] }))
        .filter(({ id }) => !catalogue.suites.includes(id))
        .map(({ id, path }) => unknown(path, 'suite', id, catalogue.suites)),
      ...except
        .map((glob, item) => ({ glob, path: [...here, 'except', item] }))
        .filter(({ glob }) => !ids.some(globMatcher(glob)))
        .map(({ glob, path }) => unknown(path, 'requirement', glob, ids)),
      ...wrongMembers(advertises, [...here, 'advertises'], catalogue),
    ];
  });
}

/** A member of the server's own may be asked for; one that nearly is one of the guide's is mistyped. */
function wrongMembers(
  advertises: NonNullable<Profile['clauses'][number]['advertises']>,
  here: Path,
  { members, capabilities }: ProfileCatalogue,
): readonly MistakeAt[] {
  return Object.entries(advertises).flatMap(([member, wanted]): readonly MistakeAt[] => {
    const path = [...here, member];
    const near = members.includes(member) ? undefined : nearest(member, members);
    if (near !== undefined) {
      const message = `${written(path)}: the guide has no member ${quoted(member)}${suggestion(near)}`;
      return [{ path, at: 'key', message }];
    }
    // Parsed files may say false, which the schema's boolean lets through.
    if (!Array.isArray(wanted)) {
      if (wanted === true) return [];
      return [{ path, at: 'value', message: `${written(path)}: expected true or a list, got false` }];
    }
    if (member !== 'capabilities') return [];
    return wanted.flat().flatMap((name): readonly MistakeAt[] => {
      if (capabilities.includes(name) || URL.canParse(name)) return [];
      const meant = suggestion(nearest(name, capabilities));
      const message = `${written(path)}: the guide defines no capability ${quoted(name)}${meant || '; others are URIs'}`;
      return [
        { path: [...path, wanted.findIndex((item: unknown) => [item].flat().includes(name))], at: 'value', message },
      ];
    });
  });
}

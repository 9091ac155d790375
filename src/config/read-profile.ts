import { existsSync } from 'node:fs';
import { globMatcher, type Profile, type ProfileCatalogue, UsageError } from '../kit/index.ts';
import { didYouMean, nearest } from '../kit/nearest.ts';
import { bundledProfileFile, bundledProfiles } from './bundled-profiles.ts';
import type { MistakeAt } from './mistake.ts';
import { type Path, written } from './path.ts';
import { readChecked } from './read-checked.ts';
import { unknownName } from './unknown-name.ts';
import { alternatives, quoted, suggestion } from './wording.ts';

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
    const hint = didYouMean(name, bundledProfiles) || `; expected ${alternatives(bundledProfiles)}, or a file`;
    throw new UsageError(`--profile: there is no profile ${quoted(name)}${hint}`);
  }
  return readChecked<Profile>(bundled ?? name, 'profile', (profile) => wrongNames(profile, catalogue));
}

function isPath(name: string): boolean {
  return /[/\\]|\.(ya?ml|json)$/i.test(name) || existsSync(name);
}

/** Names of requirements, suites, members and capabilities that there are none of, and clauses that ask for nothing. */
function wrongNames({ clauses }: Profile, catalogue: ProfileCatalogue): readonly MistakeAt[] {
  const ids = catalogue.requirements.map(({ id }) => id);
  const untestable = new Map(catalogue.requirements.map(({ id, untestable }) => [id, untestable]));
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
        if (!ids.includes(id)) return [unknownName(path, 'requirement', id, ids)];
        const why = untestable.get(id);
        const message = `${written(path)}: no test decides ${quoted(id)}; name it under attest (${why})`;
        return why === undefined ? [] : [{ path, at: 'value', message }];
      }),
      ...suites
        .map((id, item) => ({ id, path: [...here, 'suites', item] }))
        .filter(({ id }) => !catalogue.suites.includes(id))
        .map(({ id, path }) => unknownName(path, 'suite', id, catalogue.suites)),
      ...except
        .map((glob, item) => ({ glob, path: [...here, 'except', item] }))
        .filter(({ glob }) => !ids.some(globMatcher(glob)))
        .map(({ glob, path }) => unknownName(path, 'requirement', glob, ids)),
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

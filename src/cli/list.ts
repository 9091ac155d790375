import { suites } from '../../suites/index.ts';
import { profileCatalogue } from '../../suites/profiles/catalogue.ts';
import { bundledProfiles } from '../config/bundled-profiles.ts';
import { readProfileFile } from '../config/read-profile.ts';
import { specVersions, UsageError } from '../kit/index.ts';
import { faults } from '../server/index.ts';
import { allRequirements, allTests, testsOf, unknownWord } from './catalogue.ts';
import { printTable } from './print-table.ts';

interface Listing {
  readonly rows: () => readonly object[] | Promise<readonly object[]>;
  /** The members shown when a person reads it. */
  readonly columns: readonly string[];
}

const listings: Readonly<Record<string, Listing>> = {
  tests: {
    columns: ['id', 'title'],
    rows: () =>
      allTests(suites).map(({ id, suite, title, requirements, needs }) => ({
        id,
        suite,
        title,
        requirements,
        needs: needs.map(({ name }) => name),
      })),
  },
  requirements: {
    columns: ['id', 'verb', 'summary'],
    rows: () =>
      allRequirements(suites).map((requirement) => {
        const { id, ref, verb, guide, versions, condition, summary, untestable = null } = requirement;
        return { id, ref, verb, guide, versions, condition, summary, tests: testsOf(id, suites), untestable };
      }),
  },
  faults: {
    columns: ['id', 'level', 'summary'],
    rows: () => faults.map(({ id, requirement, level, summary }) => ({ id, requirement, level, summary })),
  },
  profiles: {
    columns: ['id', 'dated', 'title'],
    rows: async () => {
      const profiles = await Promise.all(bundledProfiles.map((name) => readProfileFile(name, profileCatalogue())));
      return profiles.map(
        ({ id, title, summary = null, dated, sources, specVersions: versions = specVersions, clauses }) => ({
          id,
          title,
          summary,
          dated,
          sources,
          specVersions: versions,
          clauses: clauses.map((clause) => clause.id),
        }),
      );
    },
  },
  suites: {
    columns: ['id', 'title', 'tests'],
    rows: () => suites.map(({ id, title, tests }) => ({ id, title, tests: tests.map((test) => test.id) })),
  },
};

interface ListOptions {
  readonly json?: boolean;
  /** The page of docs/ that accounts for every requirement. */
  readonly markdown?: boolean;
}

/** Prints what the kit knows: as a table, or as a JSON array for scripts. */
export async function list(what: string, { json = false, markdown = false }: ListOptions): Promise<void> {
  if (markdown) {
    if (what !== 'requirements') throw new UsageError('--markdown: there is a page of requirements only');
    const { coveragePage } = await import('./coverage-page.ts');
    process.stdout.write(coveragePage());
    return;
  }
  const listing = listings[what];
  if (!listing) throw unknownWord('list of', what, Object.keys(listings));
  const rows = await listing.rows();
  if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else printTable(rows, listing.columns);
}

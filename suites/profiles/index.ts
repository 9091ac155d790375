/** What a profile wants advertised, as a suite: its requirements are the profile's clauses, not the guide's. */
import { smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import {
  advertisedRequirement,
  type Clause,
  describe,
  type Profile,
  type Requirement,
  type Suite,
  specVersions,
  test,
} from '../../src/kit/index.ts';
import { stringsIn } from '../../src/smart/smart-configuration.ts';

type Advertising = Clause & { readonly advertises: NonNullable<Clause['advertises']> };

export function profileSuite(profile: Profile): Suite {
  const clauses = profile.clauses.filter((clause): clause is Advertising => clause.advertises !== undefined);
  return {
    id: 'profile',
    title: `Profile ${profile.id}`,
    requirements: clauses.map((clause) => requirementOf(clause, profile)),
    tests: clauses.map(testOf),
  };
}

function requirementOf(clause: Clause, profile: Profile): Requirement {
  const { verb = 'SHALL', cite, summary, url } = clause;
  return {
    id: advertisedRequirement(clause),
    ref: null,
    verb,
    guide: url ?? profile.sources[0]?.url ?? '',
    versions: specVersions,
    condition: `servers held to ${profile.id}, by ${cite}`,
    summary,
  };
}

function testOf(clause: Advertising) {
  const id = advertisedRequirement(clause);
  return test({
    id,
    title: clause.summary,
    requirements: [id],
    needs: [smartConfiguration],
    run({ smartConfiguration: { document, exchange }, must, should }) {
      const missing = Object.entries(clause.advertises).flatMap(([member, wanted]) =>
        missingFrom(document[member], member, wanted),
      );
      const judge = clause.verb === 'SHOULD' ? should : must;
      judge(id, missing.length === 0, {
        expected: `what ${clause.cite} asks for: ${demand(clause)}`,
        actual: missing.length === 0 ? 'all of it is advertised' : missing.join('; '),
        because: exchange,
        ...(missing.length > 0 && { message: `not advertised: ${missing.join('; ')}` }),
      });
    },
  });
}

/** What a member does not have that it should, in words. */
function missingFrom(found: unknown, member: string, wanted: true | readonly (string | readonly string[])[]) {
  if (wanted === true) {
    if (found === undefined || found === null) return [`${member} is absent`];
    const isEmpty = found === '' || found === false || (Array.isArray(found) && found.length === 0);
    return isEmpty ? [`${member} is ${describe(found)}`] : [];
  }
  if (!Array.isArray(found)) return [`${member} is ${found === undefined ? 'absent' : describe(found)}`];
  const listed = stringsIn(found);
  const missing = wanted.filter((item) => ![item].flat().some((one) => listed.includes(one))).map(words);
  return missing.length === 0 ? [] : [`${member} lacks ${missing.join(', ')}`];
}

function demand({ advertises }: Advertising): string {
  return Object.entries(advertises)
    .map(([member, wanted]) => (wanted === true ? member : `${member} with ${wanted.map(words).join(', ')}`))
    .join('; ');
}

function words(item: string | readonly string[]): string {
  return [item].flat().join(' or ');
}

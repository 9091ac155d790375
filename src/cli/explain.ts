import { existsSync } from 'node:fs';
import { suites } from '../../suites/index.ts';
import { bundledProfiles } from '../config/bundled-profiles.ts';
import type { Requirement } from '../kit/index.ts';
import { faults } from '../server/index.ts';
import { allRequirements, allTests, testsOf, unknownWord } from './catalogue.ts';
import { fold } from './fold.ts';
import { standardOutput } from './on-github.ts';
import { type Recipe, recipeBook } from './recipes/recipe.ts';
import { recipeText } from './recipes/recipe-text.ts';
import { terminalColumns } from './terminal-columns.ts';

/** Of the curl commands in what is explained. */
const commandIndent = 6;

const usualReport = 'smart-check-report/results.json';

export interface ExplainOptions {
  /** results.json of a run; `explain` looks for one in the usual folder unless given. */
  readonly report?: string;
}

/**
 * Says of a test, requirement, fault or suite what it is about, where the guide says so, and how to see it for oneself:
 * the requests in words and as curl, the expected answer, and what a report says of it.
 */
export async function explain(id: string, options: ExplainOptions = {}): Promise<void> {
  const { report = existsSync(usualReport) ? usualReport : undefined } = options;
  const text = await explanation(id, report === undefined ? {} : { report });
  standardOutput().write(fold(text, terminalColumns(), commandIndent));
}

/** @throws UsageError when nothing has this id, or the report cannot be read */
export async function explanation(id: string, options: ExplainOptions = {}): Promise<string> {
  if (isProfile(id)) {
    const { explainProfile } = await import('./explain-profile.ts');
    return explainProfile(id);
  }
  const tests = allTests(suites);
  const requirements = allRequirements(suites);
  const asked = {
    tests: tests.filter((test) => test.id === id),
    requirements: requirements.filter((requirement) => requirement.id === id),
    faults: faults.filter((fault) => fault.id === id),
    suites: suites.filter((suite) => suite.id === id),
  };
  // A test often bears the name of the requirement it decides: then both are explained.
  const paragraphs = [
    ...asked.tests.map((test) => explainTest(test)),
    ...asked.requirements.map(explainRequirement),
    ...asked.faults.map(explainFault),
    ...asked.suites.map(explainSuite),
  ];
  if (paragraphs.length === 0) {
    const ids = [...tests, ...requirements, ...faults, ...suites].map((candidate) => candidate.id);
    throw unknownWord('test, requirement, fault, suite or profile', id, [...ids, ...bundledProfiles]);
  }
  const sections = paragraphs.map(formatted);
  const told = await reported();
  if (told !== null) sections.push(told);
  if (asked.suites.length === 0) sections.push(byHand());
  return sections.map((section) => `${section.trimEnd()}\n`).join('\n');

  function explainTest(test: (typeof tests)[number]): Paragraph {
    const decided = requirements.filter((requirement) => test.requirements.includes(requirement.id));
    return {
      heading: `Test ${test.id}: ${test.title}`,
      lines: [
        ['suite', test.suite],
        ...decided.flatMap((requirement): Line[] => [
          [requirement.verb, `${requirement.summary} (${requirement.id})`],
          ['', requirement.guide],
        ]),
        ['needs', test.needs.map(({ name }) => name).join(', ')],
        ...(test.informs ? [['informs', 'of what the guide leaves to a server: nothing fails it'] as const] : []),
        ...(test.destroys === undefined ? [] : [['ends', test.destroys] as const]),
        ['run it', `smart-check run <fhirBaseUrl> -c <file> --test ${test.id}`],
      ],
    };
  }

  function explainRequirement(requirement: Requirement): Paragraph {
    const deciding = testsOf(requirement.id, suites);
    const broken = faults.filter((fault) => fault.requirement === requirement.id);
    return {
      heading: `Requirement ${requirement.id} (${requirement.verb}): ${requirement.summary}`,
      lines: [
        ['applies', requirement.condition],
        ['versions', requirement.versions.join(', ')],
        ['clause', requirement.guide],
        ...(requirement.ref === null ? [] : [['catalogue', [requirement.ref].flat().join(', ')] as const]),
        ['tests', deciding.join(', ') || `none: ${requirement.untestable}`],
        ...broken.map((fault): Line => ['fault', `${fault.id}: ${fault.summary}`]),
      ],
    };
  }

  function explainFault(fault: (typeof faults)[number]): Paragraph {
    const broken = requirements.find((requirement) => requirement.id === fault.requirement);
    return {
      heading: `Fault ${fault.id}: ${fault.summary}`,
      lines: [
        fault.level === 'undecided'
          ? ['hides', `whether the server keeps ${fault.requirement}: ${fault.blinds} must leave it undecided`]
          : ['breaks', `${fault.requirement} (a ${fault.level})${broken ? `: ${broken.summary}` : ''}`],
        ...(broken ? [['clause', broken.guide] as const] : []),
        ...(fault.fhirVersion ? ([['shows in', `FHIR ${fault.fhirVersion}`]] satisfies Line[]) : []),
        ['caught by', testsOf(fault.requirement, suites).join(', ')],
        ['see it', `smart-check self-test --faults '${fault.id}'`],
        ['serve it', `smart-check serve --fault '${fault.id}' --write-config faulty.yaml`],
      ],
    };
  }

  function explainSuite(suite: (typeof suites)[number]): Paragraph {
    const tested = suite.requirements.filter(({ untestable }) => untestable === undefined);
    return {
      heading: `Suite ${suite.id}: ${suite.title}`,
      lines: [
        ['decides', `${tested.length} of ${suite.requirements.length} requirements, by ${suite.tests.length} tests`],
        ['run it', `smart-check run <fhirBaseUrl> -c <file> --suite ${suite.id}`],
        ...suite.tests.map((test): Line => ['test', `${test.id}: ${test.title}`]),
      ],
    };
  }

  /** What a report says of it; null when there is none to look into. */
  async function reported(): Promise<string | null> {
    const { report } = options;
    if (report === undefined || asked.tests.length + asked.requirements.length === 0) return null;
    const [{ reportIn }, { reportedText }] = await Promise.all([import('./report.ts'), import('./reported.ts')]);
    return reportedText(await reportIn(report), id, report);
  }

  function byHand(): string {
    const book = recipeBook();
    const broken = asked.faults.map(({ requirement }) => requirement);
    const exactly = book.recipes.filter(
      ({ test, requirement }) => test === id || requirement === id || broken.includes(requirement),
    );
    if (exactly.length > 0) return `To see it by hand\n\n${recipeText(briefly(exactly), book)}`;
    const deciding = [id, ...broken].flatMap((wanted) => testsOf(wanted, suites));
    const near = book.recipes.filter(({ test }) => deciding.includes(test));
    if (near.length > 0) {
      return `To see it by hand, the requests of ${deciding.join(', ')}, which decides it where the server has what it is about\n\n${recipeText(briefly(near), book)}`;
    }
    const without = requirements.find((requirement) => requirement.id === id || broken.includes(requirement.id));
    const reason = without?.untestable ?? 'no request shows it on a server that conforms';
    return `To see it by hand: ${reason}${/[.!]$/.test(reason) ? '' : '.'}\n`;
  }
}

/** As much as fits a few screens: where several tests ask, the first ways of each. */
function briefly(recipes: readonly Recipe[]): readonly Recipe[] {
  const asked = new Map<string, number>();
  const most = new Set(recipes.map(({ test }) => test)).size > 1 ? 2 : 6;
  const first = recipes.filter(({ test }) => {
    const count = (asked.get(test) ?? 0) + 1;
    asked.set(test, count);
    return count <= most;
  });
  return first.slice(0, 6);
}

/** A bundled one, or the file of one: no other id has a dot or begins like a path. */
function isProfile(id: string): boolean {
  return bundledProfiles.some((name) => name === id) || /^[./]|\.(ya?ml|json)$/i.test(id);
}

type Line = readonly [label: string, text: string];

interface Paragraph {
  readonly heading: string;
  readonly lines: readonly Line[];
}

function formatted({ heading, lines }: Paragraph): string {
  const width = Math.max(...lines.map(([label]) => label.length));
  return `${heading}\n${lines.map(([label, text]) => `  ${label.padEnd(width)}  ${text}\n`).join('')}`;
}

import { suites } from '../../suites/index.ts';
import { bundledProfiles } from '../config/bundled-profiles.ts';
import { faults } from '../server/index.ts';
import { allRequirements, allTests, testsOf, unknownWord } from './catalogue.ts';

/** Says of a test, requirement or fault what it is about, where the guide says so, and how to see it for oneself. */
export async function explain(id: string): Promise<void> {
  if (isProfile(id)) {
    const { explainProfile } = await import('./explain-profile.ts');
    process.stdout.write(await explainProfile(id));
    return;
  }
  const tests = allTests(suites);
  const requirements = allRequirements(suites);
  // A test often bears the name of the requirement it decides: then both are explained.
  const paragraphs = [
    ...tests.filter((test) => test.id === id).map((test) => explainTest(test)),
    ...requirements
      .filter((requirement) => requirement.id === id)
      .map((requirement) => explainRequirement(requirement)),
    ...faults.filter((fault) => fault.id === id).map((fault) => explainFault(fault)),
  ];
  if (paragraphs.length === 0) {
    const ids = [...tests, ...requirements, ...faults].map((candidate) => candidate.id);
    throw unknownWord('test, requirement, fault or profile', id, [...ids, ...bundledProfiles]);
  }
  process.stdout.write(`${paragraphs.map(formatted).join('\n')}`);

  function explainTest(test: (typeof tests)[number]): Paragraph {
    const decided = requirements.filter((requirement) => test.requirements.includes(requirement.id));
    return {
      heading: `Test ${test.id}: ${test.title}`,
      lines: [
        ['suite', test.suite],
        ...decided.map((requirement): Line => [`${requirement.verb}`, `${requirement.summary} (${requirement.id})`]),
        ['needs', test.needs.map(({ name }) => name).join(', ')],
        ['run it', `smart-check run <fhirBaseUrl> --test ${test.id}`],
      ],
    };
  }
  function explainRequirement(requirement: (typeof requirements)[number]): Paragraph {
    const deciding = testsOf(requirement.id, suites);
    const broken = faults.filter((fault) => fault.requirement === requirement.id);
    return {
      heading: `Requirement ${requirement.id} (${requirement.verb}): ${requirement.summary}`,
      lines: [
        ['applies', requirement.condition],
        ['versions', requirement.versions.join(', ')],
        ['guide', requirement.guide],
        ['tests', deciding.join(', ') || `none: ${requirement.untestable}`],
        ...broken.map((fault): Line => ['fault', `${fault.id}: ${fault.summary}`]),
      ],
    };
  }
  function explainFault(fault: (typeof faults)[number]): Paragraph {
    return {
      heading: `Fault ${fault.id}: ${fault.summary}`,
      lines: [
        ['breaks', `${fault.requirement} (a ${fault.level})`],
        ['caught by', testsOf(fault.requirement, suites).join(', ')],
        ['see it', `smart-check self-test --faults ${fault.id}`],
        ['serve it', `smart-check serve --fault ${fault.id}`],
      ],
    };
  }
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

import { suites } from '../../suites/index.ts';
import type { Requirement } from '../kit/index.ts';
import { faults } from '../server/index.ts';
import { testsOf } from './catalogue.ts';

/** The page that accounts for every requirement: by what it is decided, or why nothing decides it. Markdown. */
export function coveragePage(): string {
  const all = suites.flatMap(({ requirements }) => requirements);
  const mandatory = all.filter(({ verb }) => verb === 'SHALL' || verb === 'SHALL NOT');
  const breaking = faults.filter(({ level }) => level !== 'undecided').length;
  return [
    '# What is checked, and what is not',
    '',
    'Made by `npm run docs`; a test holds it against the catalogue. `smart-check explain ID` says more of each.',
    '',
    '| | requirements | tested | not decidable from outside |',
    '| --- | --- | --- | --- |',
    countsRow('all', all),
    countsRow('mandatory (SHALL)', mandatory),
    ...suites.map(({ title, requirements }) => countsRow(title, requirements)),
    '',
    `${breaking} faults of the reference server prove that the tests can fail, and ${faults.length - breaking} more, which hide what would decide, that they then say`,
    'so; what the guide leaves to a server informs.',
    ...suites.flatMap(({ id, title, requirements }) => [
      '',
      `## ${title}`,
      '',
      `\`${id}\``,
      '',
      '| requirement | row | verb | versions | decided by | faults |',
      '| --- | --- | --- | --- | --- | --- |',
      ...requirements.map(requirementRow),
    ]),
    '',
  ].join('\n');
}

function countsRow(name: string, requirements: readonly Requirement[]): string {
  const tested = requirements.filter(({ untestable }) => untestable === undefined).length;
  return `| ${name} | ${requirements.length} | ${tested} | ${requirements.length - tested} |`;
}

function requirementRow({ id, ref, verb, guide, versions, summary, untestable }: Requirement): string {
  const tests = testsOf(id, suites);
  const broken = faults.filter(({ requirement, level }) => requirement === id && level !== 'undecided').length;
  const cells = [
    `[${id}](${guide})<br>${cell(summary)}`,
    [ref ?? 'ours'].flat().join(', '),
    verb,
    versions.length === 1 ? versions[0] : `${versions[0]} to ${versions.at(-1)}`,
    untestable === undefined ? tests.map((test) => `\`${test}\``).join('<br>') : `nothing: ${cell(untestable)}`,
    broken === 0 ? (untestable === undefined ? 'informs' : '') : broken,
  ];
  return `| ${cells.join(' | ')} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

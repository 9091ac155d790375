import { readProfile } from '../index.ts';
import type { Clause } from '../kit/index.ts';

/** What a profile asks for, clause by clause. */
export async function explainProfile(name: string): Promise<string> {
  const profile = await readProfile(name);
  const { id, title, summary, dated, sources, specVersions, clauses } = profile;
  return [
    `Profile ${id}: ${title}`,
    ...(summary === undefined ? [] : [`  ${summary}`]),
    ...sources.map((source) => `  source    ${source.title}, ${source.url}`),
    `  read on   ${dated}`,
    ...(specVersions ? [`  versions  ${specVersions.join(', ')} of the guide`] : []),
    `  run it    smart-check run <fhirBaseUrl> --profile ${name}`,
    '',
    ...clauses.flatMap(clauseLines),
    '',
  ].join('\n');
}

function clauseLines(clause: Clause): readonly string[] {
  const { id, cite, url, verb = 'SHALL', summary, advertises = {}, requirements, suites, except, attest } = clause;
  return [
    `${verb.padEnd(6)}  ${summary} (${cite}; ${id})`,
    ...(url === undefined ? [] : [`  see           ${url}`]),
    ...Object.entries(advertises).map(
      ([member, wanted]) =>
        `  advertises    ${member}${wanted === true ? '' : `: ${wanted.map((item) => [item].flat().join(' or ')).join(', ')}`}`,
    ),
    ...(requirements ? [`  requirements  ${requirements.join(', ')}`] : []),
    ...(suites ? [`  suites        ${suites.join(', ')}${except?.length ? ` except ${except.join(', ')}` : ''}`] : []),
    ...(attest === undefined ? [] : [`  to be attested: ${attest}`]),
  ];
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReport } from '../reports/read-report.ts';
import { bundledProfiles } from '../src/config/bundled-profiles.ts';
import { readProfile } from '../src/index.ts';
import type { Clause } from '../src/kit/index.ts';
import { type CannedServer, serveCanned, smallServer, smartConfigurationOf } from './fixtures/canned-server.ts';
import { smartCheck, temporaryFiles } from './fixtures/command-line.ts';

const { folder, fresh, written } = temporaryFiles();

function profileOf(...clauses: readonly Partial<Clause>[]): string {
  const numbered = clauses.map((clause, index) => ({
    id: `clause-${index + 1}`,
    cite: `Rule ${index + 1}`,
    summary: 'what the rule asks for',
    ...clause,
  }));
  const sources = [{ title: 'Our rules', url: 'https://rules.example.org/' }];
  return written(
    'profile.json',
    JSON.stringify({ id: 'our-rules', title: 'Our rules', dated: '2026-11-25', sources, clauses: numbered }),
  );
}

async function runHeldTo(profile: string, server: CannedServer, args: readonly string[] = []) {
  const output = fresh('report');
  const { code, stdout, stderr } = await smartCheck([
    'run',
    server.fhirBaseUrl,
    ...['--profile', profile, '-o', output, '-r', 'terminal,json,html,markdown,junit', '--no-color', ...args],
  ]);
  if (stderr !== '') throw new Error(stderr);
  const text = (name: string) => readFileSync(join(output, name), 'utf8');
  const report = await readReport(text('results.json'));
  if (!report.profile) throw new Error('the report has no profile');
  return {
    code,
    stdout,
    report,
    profile: report.profile,
    html: text('report.html'),
    markdown: text('report.md'),
    text,
  };
}

let server: CannedServer;
let withoutRevocation: CannedServer;
beforeAll(async () => {
  server = await serveCanned(smallServer((origin) => JSON.stringify(smartConfigurationOf(origin))));
  withoutRevocation = await serveCanned(
    smallServer((origin) => {
      const { revocation_endpoint: _, ...document } = smartConfigurationOf(origin);
      return JSON.stringify(document);
    }),
  );
});
afterAll(() => Promise.all([server.close(), withoutRevocation.close()]));

const discovery = ['--suite', 'discovery'];

describe('run --profile', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['an empty string', ''],
    ['false', false],
    ['an empty list', []],
  ])('takes a member that is %s for absent', async (_, introspection_endpoint) => {
    const odd = await serveCanned(
      smallServer((origin) => JSON.stringify({ ...smartConfigurationOf(origin), introspection_endpoint })),
    );
    const file = profileOf({ id: 'told', advertises: { introspection_endpoint: true } });
    const { profile } = await runHeldTo(file, odd, ['--test', 'profile/*']);
    await odd.close();
    expect(profile.clauses[0]).toMatchObject({ verdict: 'violated' });
  });

  it('calls nothing met that the version of the guide does not have', async () => {
    const file = profileOf({ requirements: ['discovery/pkce-s256'] });
    const { code, profile } = await runHeldTo(file, server, [...discovery, '--spec-version', '1.0']);
    expect(profile.clauses[0]).toMatchObject({
      verdict: 'open',
      reasons: [{ about: 'discovery/pkce-s256', message: 'this version of the guide has no such requirement' }],
    });
    expect([profile.verdict, code]).toEqual(['open', 1]);
  });

  it('says that a server would pass whose every clause is met, in each report', async () => {
    const file = profileOf(
      { advertises: { capabilities: ['launch-standalone', ['client-public', 'client-confidential-symmetric']] } },
      { requirements: ['discovery/pkce-s256'] },
      { suites: ['discovery'], except: ['discovery/https'] },
      { attest: 'somebody answers the phone' },
    );
    const { code, stdout, report, profile, html, markdown } = await runHeldTo(file, server, discovery);
    expect(profile.clauses.map(({ verdict, reasons }) => [verdict, reasons])).toEqual([
      ['met', []],
      ['met', []],
      ['met', []],
      ['attest', []],
    ]);
    expect([code, profile.verdict]).toEqual([0, 'pass']);
    expect(stdout).toContain('Would this pass Our rules?');
    expect(stdout).toMatch(
      /YES {2}our-rules, of 4 clauses: 3 met, 1 to be attested, as far as can be seen\s+from outside/,
    );
    expect(stdout).toContain('to be attested: somebody answers the phone');
    expect(markdown).toContain('## Would this pass Our rules? Yes');
    expect(html).toContain('Would this pass Our rules?</h2>');
    const finding = report.tests.find(({ id }) => id === 'discovery/pkce-methods')?.findings;
    expect(finding?.find(({ requirement }) => requirement === 'discovery/pkce-s256')?.clauses).toEqual([
      'clause-2',
      'clause-3',
    ]);
  });

  it('fails a capability that is not advertised, with the exchange that shows it', async () => {
    const file = profileOf({
      cite: '45 CFR 1.2',
      advertises: { capabilities: ['launch-standalone', 'launch-ehr'], registration_endpoint: true },
    });
    const { code, stdout, report, profile, html, markdown, text } = await runHeldTo(file, server, discovery);
    expect([code, profile.verdict]).toEqual([1, 'fail']);
    const test = report.tests.find(({ id }) => id === 'profile/clause-1');
    expect(test?.outcome).toBe('failed');
    expect(test?.findings).toMatchObject([
      {
        level: 'fail',
        actual: 'capabilities lacks launch-ehr; registration_endpoint is absent',
        clauses: ['clause-1'],
      },
    ]);
    const [exchange] = test?.findings[0]?.exchanges ?? [];
    expect(report.exchanges.get(exchange ?? '')?.request.url).toMatch(/smart-configuration$/);
    expect(stdout).toContain('NO  our-rules, of 1 clause: 1 not met');
    expect(stdout).toMatch(/clause +45 CFR 1\.2 \(clause-1\)/);
    expect(html).toContain('The profile asks for it</span> 45 CFR 1.2 (clause-1)');
    expect(markdown).toContain('Asked for by 45 CFR 1.2 (clause-1)');
    expect(text('junit.xml')).toMatch(/<failure type="profile\/clause-1"/);
  });

  it('makes mandatory what the guide recommends', async () => {
    const alone = await smartCheck(['run', withoutRevocation.fhirBaseUrl, '-o', fresh('report'), ...discovery]);
    expect(alone.code).toBe(0);
    const file = profileOf({ requirements: ['discovery/revocation-endpoint'] });
    const { code, report, profile } = await runHeldTo(file, withoutRevocation, discovery);
    expect([code, profile.verdict]).toEqual([1, 'fail']);
    expect(report.requirements.find(({ id }) => id === 'discovery/revocation-endpoint')?.verdict).toBe('violated');
  });

  it('leaves a SHALL as mild as it is judged', async () => {
    const noLaunches = await serveCanned(
      smallServer((origin) => {
        const document = {
          ...smartConfigurationOf(origin),
          capabilities: [],
          code_challenge_methods_supported: ['plain'],
        };
        return JSON.stringify(document);
      }),
    );
    const file = profileOf({ requirements: ['discovery/pkce-s256'] });
    const { code, report, profile } = await runHeldTo(file, noLaunches, discovery);
    await noLaunches.close();
    expect(report.requirements.find(({ id }) => id === 'discovery/pkce-s256')?.verdict).toBe('warned');
    expect([code, profile.verdict, profile.clauses[0]?.verdict]).toEqual([0, 'pass', 'met']);
    expect(profile.clauses[0]?.reasons).toMatchObject([{ about: 'discovery/pkce-s256', verdict: 'warned' }]);
  });

  it('warns of what a SHOULD asks for', async () => {
    const file = profileOf({ verb: 'SHOULD', advertises: { capabilities: ['launch-ehr'] } });
    const { code, profile } = await runHeldTo(file, server, discovery);
    expect([code, profile.verdict, profile.clauses[0]?.verdict]).toEqual([0, 'pass', 'warned']);
    expect((await runHeldTo(file, server, [...discovery, '--fail-on', 'warn'])).code).toBe(1);
  });

  it('is not green where a suite was not run or a requirement not decided, though nothing failed', async () => {
    const notRun = await runHeldTo(profileOf({ suites: ['introspection'] }), server, discovery);
    expect([notRun.code, notRun.profile.verdict]).toEqual([1, 'open']);
    expect(notRun.profile.clauses[0]?.reasons).toEqual([
      { about: 'introspection', verdict: 'open', message: 'the suite was not run' },
    ]);
    expect(notRun.report.summary.failed).toBe(0);
    expect(notRun.stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^FAILED {2}No requirement is violated, but the profile our-rules is not wholly decided/,
    );
    expect(notRun.text('junit.xml')).toContain('The run ends well');

    const notConfigured = await runHeldTo(profileOf({ requirements: ['app-launch/pkce-s256'] }), server);
    expect([notConfigured.code, notConfigured.profile.verdict]).toEqual([1, 'open']);
    expect(notConfigured.profile.clauses[0]?.reasons[0]?.message).toMatch(/needs clients\./);
  });

  it('takes what is not offered for not met', async () => {
    const file = profileOf({ requirements: ['discovery/jwks-document'] });
    const { code, profile } = await runHeldTo(file, server, discovery);
    expect([code, profile.clauses[0]?.verdict]).toEqual([1, 'violated']);
  });

  it('holds a server to a set of the guide, claimed or not', async () => {
    const { profile } = await runHeldTo('patient-access-ehr', server, discovery);
    expect(profile.clauses.map(({ id, verdict }) => [id, verdict])).toContainEqual(['capabilities', 'violated']);
  });

  it('answers in one line when quiet', async () => {
    const { stdout } = await runHeldTo(profileOf({ attest: 'peace' }), server, [...discovery, '--quiet']);
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^YES {2}our-rules, of 1 clause: 1 to be attested/),
      expect.stringMatching(/^PASSED /),
    ]);
  });
});

describe('a profile with a mistake is answered with exit code 2, its place and the nearest name', () => {
  const begin = 'id: ours\ntitle: Ours\ndated: 2026-11-25\nsources: [{ title: T, url: "https://t.example.org" }]\n';
  const clause = 'clauses:\n  - id: one\n    cite: Rule 1\n    summary: S\n';
  it.each([
    [
      'an unknown requirement',
      `${begin}${clause}    requirements: [discovery/pkce-s265]`,
      /:9:20: clauses\[0\]\.requirements\[0\]: there is no requirement "discovery\/pkce-s265"; did you mean "discovery\/pkce-s256"\?/,
    ],
    [
      'an unknown suite',
      `${begin}${clause}    suites: [discvery]`,
      /:9:14: clauses\[0\]\.suites\[0\]: there is no suite "discvery"; did you mean "discovery"\?/,
    ],
    [
      'an unknown capability',
      `${begin}${clause}    advertises: { capabilities: [lanch-ehr] }`,
      /:9:34: clauses\[0\]\.advertises\.capabilities: the guide defines no capability "lanch-ehr"; did you mean "launch-ehr"\?/,
    ],
    [
      'a mistyped member',
      `${begin}${clause}    advertises: { scope_supported: true }`,
      /:9:19: clauses\[0\]\.advertises\.scope_supported: the guide has no member "scope_supported"; did you mean "scopes_supported"\?/,
    ],
    ['false', `${begin}${clause}    advertises: { issuer: false }`, /:9:27: .*expected true or a list, got false/],
    [
      'an exception that excepts nothing',
      `${begin}${clause}    suites: [discovery]\n    except: [discovery/x*]`,
      /:10:14: .*there is no requirement "discovery\/x\*"/,
    ],
    [
      'a clause that asks for nothing',
      `${begin}${clause}`,
      /:6:5: clauses\[0\]: asks for nothing; expected advertises, requirements, suites or attest/,
    ],
    [
      'what no test decides',
      `${begin}${clause}    requirements: [app-launch/user-policy-decides]`,
      /:9:20: .*no test decides "app-launch\/user-policy-decides"; name it under attest/,
    ],
    [
      'an unknown key',
      `${begin}${clause}    requirement: [discovery/pkce-s256]`,
      /:9:5: unknown key "requirement" in clauses\[0\]; did you mean "requirements"\?/,
    ],
    [
      'a wrong verb',
      `${begin}${clause}    verb: MUST\n    attest: A`,
      /:9:11: clauses\[0\]\.verb: expected SHALL or SHOULD, got "MUST"/,
    ],
    [
      'a date that is none',
      `${begin.replace('2026-11-25', 'soon')}${clause}    attest: A`,
      /:3:8: dated: expected the day on which the sources were read, such as 2026-11-25, got "soon"/,
    ],
    [
      'a clause twice',
      `${begin}${clause}    attest: A\n${clause.replace('clauses:\n', '')}    attest: A`,
      /:10:9: the clause "one" stands twice/,
    ],
    ['no clauses', begin, /missing key "clauses"/],
    ['a list', '- id: ours', /:1:1: expected a profile, got a list/],
    ['no YAML', 'id: "ours', /:1:/],
    ['an empty file', '', /expected a profile, got nothing/],
  ])('%s', async (_, text, message) => {
    const file = written('profile.yaml', text);
    const { code, stderr, stdout } = await smartCheck([
      'run',
      server.fhirBaseUrl,
      '--profile',
      file,
      '-o',
      fresh('report'),
    ]);
    expect(stderr).toMatch(message);
    expect(stderr).toContain(file);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([code, stdout]).toEqual([2, '']);
  });

  it.each([
    ['onc-g10-hti', /there is no profile "onc-g10-hti"; did you mean "onc-g10-hti1"\?/],
    ['payer', /there is no profile "payer"; expected onc-g10-hti1, .*, or a file/],
    [join(folder, 'nowhere.yaml'), /nowhere\.yaml: no such file/],
    [folder, /is a folder; expected a file/],
  ])('--profile %s', async (name, message) => {
    const { code, stderr } = await smartCheck(['run', server.fhirBaseUrl, '--profile', name]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('and so is a version of the guide that it is not about', async () => {
    const { code, stderr } = await smartCheck(['run', server.fhirBaseUrl, '--profile', 'ipa', '--spec-version', '1.0']);
    expect(stderr).toMatch(/ipa is about version 2\.0, 2\.1, 2\.2 of the guide, not 1\.0/);
    expect(code).toBe(2);
  });
});

it('the profile that docs/profiles.md shows can be read', async () => {
  const page = readFileSync(new URL('../docs/profiles.md', import.meta.url), 'utf8');
  const [, example = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const { clauses } = await readProfile(written('example.yaml', example));
  expect(clauses).toHaveLength(4);
  for (const name of bundledProfiles) expect(page).toContain(`\`${name}\``);
});

describe('the profiles that come with smart-check', () => {
  it('are the files of the folder', () => {
    const files = readdirSync(new URL('../suites/profiles', import.meta.url));
    const named = files.flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []);
    expect(named.sort()).toEqual([...bundledProfiles].sort());
  });

  it.each(bundledProfiles)('%s names what there is, and its source', async (name) => {
    const profile = await readProfile(name);
    expect(profile.id).toBe(name);
    expect(profile.specVersions).toContain('2.2');
    for (const { url } of profile.sources) expect(url).toMatch(/^https:\/\//);
    for (const clause of profile.clauses) expect(clause.url).toMatch(/^https:\/\//);
  });

  it('are listed and explained', async () => {
    const list = await smartCheck(['list', 'profiles', '--json']);
    const rows: Record<string, unknown>[] = JSON.parse(list.stdout);
    expect(rows.map(({ id }) => id)).toEqual(bundledProfiles);
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(['id', 'title', 'summary', 'dated', 'sources', 'specVersions', 'clauses']);
    }
    const { stdout, code } = await smartCheck(['explain', 'ipa']);
    expect(code).toBe(0);
    expect(stdout).toContain('Profile ipa: International Patient Access');
    expect(stdout).toMatch(/advertises +capabilities: launch-standalone, client-public,/);
    const mistyped = await smartCheck(['explain', 'onc-g10-hti']);
    expect(mistyped.stderr).toMatch(/did you mean "onc-g10-hti1"\?/);
  });
});

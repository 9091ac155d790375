import { expect, test } from 'vitest';
import { createPlainBrowser } from '../src/browser/plain/create-plain-browser.ts';
import { noProxy, withReferenceServer } from '../src/cli/with-reference-server.ts';
import { check } from '../src/index.ts';
import { fhirVersions } from '../src/server/index.ts';

/** The suites that read or write FHIR data, or name types of it; the others know nothing of versions. */
const suites = [
  'discovery',
  'app-launch',
  'openid-connect',
  'backend-services',
  'scopes',
  'introspection',
  'app-state',
];

/** The reference server speaks no XML and lists no operations; variants of it do. */
const notOffered = [
  ...['token-needed', 'other-types-withheld', 'other-patient'].map((name) => `scopes/${name}-in-xml`),
  ...['need-token', 'within-scope', 'for-one-patient'].map((name) => `scopes/operations-${name}`),
];

/** Without a browser, which sees nothing of FHIR; R4 has one, in self-test. */
test.each(fhirVersions.filter((version) => version !== '4.0.1'))(
  'a server of FHIR %s is accused of nothing, and what it holds is looked at',
  async (fhirVersion) => {
    const { report, dispose } = await withReferenceServer({ fhirVersion }, ({ configuration, time }) =>
      check({
        configuration,
        time,
        suites,
        browseBy: createPlainBrowser,
        env: noProxy,
        concurrency: 8,
        timeoutSeconds: 30,
      }),
    );
    await dispose();
    const findings = report.tests.flatMap((one) => one.findings);
    expect(findings.filter(({ level }) => level === 'fail' || level === 'warn')).toEqual([]);
    const told = report.tests.map(({ id, outcome, reason }) => `${id} ${outcome}: ${reason}`);
    expect(told.filter((line) => / (blocked|errored): /.test(line))).toEqual([]);
    expect(report.target.fhirVersion).toBe(fhirVersion);
    const skipped = report.tests.filter(({ outcome }) => outcome === 'skipped').map(({ id }) => id);
    // R6 is not published, so that no shape of it is known.
    const open = fhirVersion.startsWith('6.') ? ['scopes/fhir-version-shapes'] : [];
    expect(skipped.filter((id) => id.startsWith('scopes/'))).toEqual([...open, ...notOffered]);
    expect(report.summary.passed).toBeGreaterThan(280);
  },
  120_000,
);

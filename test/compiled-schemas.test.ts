import { describe, expect, it } from 'vitest';
import { jsonReporter } from '../reports/json.ts';
import { checks, compile } from '../schemas/compile.ts';
import { sampleReport } from './fixtures/sample-report.ts';

const report = JSON.parse([...jsonReporter.render(sampleReport())].join(''));
const appContext = {
  type: {
    coding: [{ system: 'http://hl7.org/fhir/smart-app-launch/CodeSystem/smart-codes', code: 'smartonfhir-appcontext' }],
  },
  valueUrl: 'https://app.example',
};
const documents: readonly unknown[] = [
  {},
  { keys: [{ kty: 'EC' }, 1] },
  { fhirBaseUrl: 'nowhere', clients: { public: { clientId: 1, keys: [] } }, timeoutSeconds: -1 },
  { title: 1, source: 'x', demands: [{}], findings: [{ reason: '', until: 'never' }] },
  report,
  { ...report, startedAt: 'yesterday', exitCode: 9 },
  { resourceType: 'Organization', id: '$', name: '', extension: [{}], telecom: [{ system: 'pigeon' }] },
  { resourceType: 'Endpoint', status: 'closed', address: 1, payloadType: [], meta: { lastUpdated: '24-1-1' } },
  { resourceType: 'Task', status: 'requested', intent: 'proposal', code: { coding: [{}] }, input: [{ type: {} }] },
  { resourceType: 'Task', status: 'requested', intent: 'proposal', input: [appContext, appContext] },
];

describe.each(checks)('%s, compiled ahead in the package', (name) => {
  it('says what the schema says', async () => {
    const ahead = await import(`../dist/check_${name.replace('#', '_')}.js`);
    const here = compile(name);
    const said = documents.map((document) => [here(document), here.errors]);
    expect(documents.map((document) => [ahead.validate(document), ahead.validate.errors])).toEqual(said);
    expect(said.some(([holds]) => !holds)).toBe(true);
  });
});

import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { schema } from './index.ts';

// As anybody would use them: a validator, and nothing of ours but the schema.
const ajv = new Ajv2020({ strictTypes: false });
const system = 'http://hl7.org/fhir/smart-app-launch/CodeSystem/smart-codes';
const concept = (code: string) => ({
  coding: [
    { system: 'https://other.example', code: 'x' },
    { system, code },
  ],
});
const application = { type: concept('smartonfhir-application'), valueUrl: 'https://app.example/launch' };
const appContext = { type: concept('smartonfhir-appcontext'), valueString: '{"field1":"value"}' };
const other = { type: { text: 'priority' }, valueCode: 'high' };

describe.each([
  ['task-ehr-launch', 'launch-app-ehr', 'launch-app-standalone'],
  ['task-standalone-launch', 'launch-app-standalone', 'launch-app-ehr'],
])('%s', (name, code, otherCode) => {
  const validate = ajv.compile(schema(name));
  const task = {
    resourceType: 'Task',
    id: 'a',
    status: 'requested',
    intent: 'proposal',
    code: concept(code),
    for: { reference: 'Patient/1' },
    input: [other, application],
  };

  test.each<[string, object]>([
    ['as the guide has it', {}],
    ['with app context', { input: [application, appContext] }],
    ['without patient', { for: undefined }],
    ['with more than FHIR R4 knows', { extension: [{ url: 'x', valueString: 'y' }] }],
  ])('accepts a Task %s', (_, change) => {
    const changed = JSON.parse(JSON.stringify({ ...task, ...change }));
    expect(validate(changed), JSON.stringify(validate.errors)).toBe(true);
  });

  test.each<[string, object]>([
    ['of another code', { code: concept(otherCode) }],
    ['of the same code in another system', { code: { coding: [{ system: 'https://other.example', code }] } }],
    ['without code', { code: undefined }],
    ['without application', { input: [other] }],
    ['without input', { input: undefined }],
    ['with two applications', { input: [application, application] }],
    ['with a uri for a url', { input: [{ type: application.type, valueUri: 'https://app.example/launch' }] }],
    ['with a url and a string', { input: [{ ...application, valueString: 'https://app.example/launch' }] }],
    ['with app context twice', { input: [application, appContext, appContext] }],
    ['with app context that is no string', { input: [application, { type: appContext.type, valueCode: 'x' }] }],
    ['with an input without value', { input: [application, { type: { text: 'x' } }] }],
    ['with an input without type', { input: [application, { valueString: 'x' }] }],
    ['without status', { status: undefined }],
    ['of an unknown status', { status: 'open' }],
    ['without intent', { intent: undefined }],
    ['that is another resource', { resourceType: 'ServiceRequest' }],
  ])('refuses a Task %s', (_, change) => {
    expect(validate(JSON.parse(JSON.stringify({ ...task, ...change })))).toBe(false);
  });
});

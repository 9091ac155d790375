import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { schema } from './index.ts';

// As an editor or another validator would use it: nothing of ours but the schema.
const ajv = new Ajv2020({ strictTypes: false });
addFormats.default(ajv);
const accepts = ajv.compile(schema('config'));

test.each([
  {},
  { fhirBaseUrl: 'https://ehr.example.org/fhir', specVersion: '2.2' },
  { specVersion: 2.1 },
  { clients: { public: { clientId: 'app', redirectUri: 'org.example.app:/callback' } } },
  { clients: { backend: { clientId: 'service', keys: './keys.json' } } },
  { clients: { backend: { clientId: 'service', keys: { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'eA', d: 'ZA' }] } } } },
  { authorize: { steps: [{ click: { role: 'button', name: 'Sign in' } }] } },
])('accepts %j', (configuration) => {
  expect(accepts(configuration)).toBe(true);
});

test.each([
  { fhirbaseUrl: 'https://ehr.example.org/fhir' },
  { fhirBaseUrl: 'https://ann:secret@ehr.example.org/fhir' },
  { specVersion: '3.0' },
  { clients: { public: { clientId: 'app', clientSecret: 'none of its own' } } },
  { clients: { public: { clientId: 'app', redirectUri: 'localhost:3000/callback' } } },
  { clients: { backend: { clientId: 'service' } } },
  { clients: { backend: { clientId: 'service', keys: { keys: [{ kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ' }] } } } },
  { clients: { backend: { clientId: 'service', keys: 5 } } },
  { users: { ann: { username: 'ann', pasword: 'x' } } },
  { authorize: { steps: [{ click: { role: 'button', label: 'Sign in' } }] } },
  { authorize: { steps: [{ click: { role: 'button', nmae: 'Sign in' } }] } },
  { authorize: { steps: [{ click: { text: 'Go' }, goto: '/next' }] } },
])('refuses %j', (configuration) => {
  expect(accepts(configuration)).toBe(false);
});

test('describes every key of the configuration, so that editors can help', () => {
  const undescribed: string[] = [];
  const look = (node: unknown, path: string) => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, child] of Object.entries(node)) {
      if (key === 'properties' && 'additionalProperties' in node) {
        for (const [name, property] of Object.entries(child)) {
          const described =
            JSON.stringify(property).includes('"description"') || JSON.stringify(property).includes('$ref');
          if (!described) undescribed.push(`${path}/${name}`);
        }
      }
      look(child, `${path}/${key}`);
    }
  };
  look(schema('config'), '');
  expect(undescribed).toEqual([]);
});

import { expect, test } from 'vitest';
import type { Configuration } from '../kit/index.ts';
import { secretsOf } from './secrets-of.ts';

const configuration: Configuration = {
  fhirBaseUrl: 'https://ehr.example.org/fhir',
  specVersion: '2.2',
  tls: { insecure: false },
  headers: { 'X-Tenant': 'tenant value', 'X-Empty': '' },
  clients: {
    public: { clientId: 'app', headers: { 'X-API-Key': 'api key' } },
    symmetric: { clientId: 'web', clientSecret: 'web secret' },
    backend: {
      clientId: 'service',
      keys: {
        keys: [
          { kty: 'RSA', kid: 'rsa', n: 'n', e: 'AQAB', d: 'rsa d', p: 'p', q: 'q', dp: 'dp', dq: 'dq', qi: 'qi' },
          { kty: 'EC', kid: 'ec', x: 'x', y: 'y', d: 'ec d' },
          { kty: 'oct', k: 'symmetric key' },
        ],
      },
    },
    introspection: { clientId: 'rs', clientSecret: 'rs secret', headers: { Authorization: 'Basic cnM=' } },
    others: [
      { clientId: 'second', clientSecret: 'second secret' },
      { clientId: 'third', clientSecret: 'web secret' },
    ],
  },
  users: {
    ann: { username: 'ann', password: 'ann password', totpSecret: 'JBSWY3DP', patientName: 'Ann' },
    bob: { username: 'bob' },
  },
  authorize: { drive: 'auto', steps: [] },
  data: { patient: 'pat-1' },
  capabilitySets: [],
  allowWrites: false,
};

test('names every secret once, and nothing that is none', () => {
  const { secrets, headerNames } = secretsOf(configuration);
  expect(secrets.toSorted()).toEqual(
    [
      'web secret',
      'rs secret',
      'second secret',
      ...['rsa d', 'p', 'q', 'dp', 'dq', 'qi', 'ec d', 'symmetric key'],
      ...['ann password', 'JBSWY3DP'],
      ...['tenant value', 'api key', 'Basic cnM='],
    ].toSorted(),
  );
  expect(headerNames.toSorted()).toEqual(['authorization', 'x-api-key', 'x-empty', 'x-tenant']);
});

test('finds none where there are none', () => {
  expect(secretsOf({ ...configuration, headers: {}, clients: {}, users: {} })).toEqual({
    secrets: [],
    headerNames: [],
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what a configuration has
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../kit/index.ts';
import { type Overrides, readConfiguration } from './read-configuration.ts';

/** What each of them may say must never show: secrets stand in these. */
const env = { ANN_PASSWORD: 'sesame', WEB_SECRET: 'sesame', WHOLE_KEY: '{"keys":[{"kty":"oct","d":"sesame"}]}' };

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smart-check-config-'));
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'an authority' }]);
  const files: Record<string, string | Uint8Array> = {
    'ca.pem': cert,
    'key.pem': key,
    'cut.pem': cert.slice(0, 200),
    'damaged.pem': `${cert}\n${cert.replace(/^[A-Za-z0-9+/]{20}/m, 'AAAAAAAAAAAAAAAAAAAA')}`,
    'ca.der': Buffer.from(cert.replace(/-----.*?-----|\s/g, ''), 'base64'),
    'text.json': 'sesame',
    'cut.json': '{"keys":[{"kty":"RSA","d":"sesame"',
    'list.json': '[{"kty":"RSA","d":"sesame"}]',
    'public.json': '{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"}]}',
    'one.json': '{"kty":"RSA","d":"sesame"}',
    'none.json': '{"keys":[]}',
    'symmetric.json': '{"keys":[{"kty":"oct","k":"sesame"}]}',
    'number.json': '{"keys":[{"kty":"EC","d":5}]}',
    'service.private.json': '{"keys":[]}',
    'forbidden.json': '{}',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  await chmod(join(folder, 'forbidden.json'), 0);
  await mkdir(join(folder, 'folder'));
  await symlink('loop', join(folder, 'loop'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The message, without the folder of the test. */
async function mistake(source: { file?: string; overrides?: Overrides }): Promise<string> {
  const file = source.file === undefined ? {} : { file: join(folder, source.file) };
  const error: unknown = await readConfiguration({ ...file, env, overrides: source.overrides ?? {} }).catch((e) => e);
  if (!(error instanceof UsageError))
    throw new Error(`expected a UsageError, got ${JSON.stringify(error)}`, { cause: error });
  expect(error.message).not.toContain('sesame');
  return error.message.replaceAll(`${folder}/`, '');
}

async function mistakeIn(content: string | Uint8Array, name = 'config.yaml'): Promise<string> {
  await writeFile(join(folder, name), content);
  return mistake({ file: name });
}

const exported = (key: KeyObject) => ({ ...key.export({ format: 'jwk' }) });
const ec = (namedCurve: string) => exported(generateKeyPairSync('ec', { namedCurve }).privateKey);
const [p384, otherP384, p256] = [ec('P-384'), ec('P-384'), ec('P-256')];
const newRsa = () => exported(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
const [rsa, otherRsa] = [newRsa(), newRsa()];
const x25519 = exported(generateKeyPairSync('x25519').privateKey);
const keys = `keys: ${JSON.stringify({ keys: [p384] })}`;
const baseUrl = 'an absolute http or https URL without user name, query or fragment';
const locators = 'label, role, text, placeholder, testId, css';
const actions = 'goto, click, fill, select, check, uncheck, press, waitFor, frame';

const quotes = (character: string) => `a text that begins with ${character} needs quotes around it`;
const nested =
  'a "key: value" stands where the value of a key begins; indent the keys that belong together alike, and put a text that holds ": " in quotes';
const comment = 'a comment begins here, and JSON has none; take it out, or write YAML, where a # begins one';

describe('a file that cannot be read as YAML', () => {
  test.each([
    ['empty', '', 'config.yaml: is empty; expected at least fhirBaseUrl: https://…'],
    ['nothing but a comment', '# later\n', 'config.yaml: is empty; expected at least fhirBaseUrl: https://…'],
    ['a list', '- a\n', 'config.yaml:1:1: expected keys such as fhirBaseUrl: https://…, got a list'],
    [
      'a scalar',
      '\nsesame\n',
      'config.yaml:2:1: expected keys such as fhirBaseUrl: https://…, got a string; a colon and a space stand between a key and its value',
    ],
    ['a tab that indents', 'tls:\n\tca: x\n', 'config.yaml:2:1: a tab indents this line; YAML is indented with spaces'],
    ['a key twice', 'tls: {}\ndata: {}\ntls: {}\n', 'config.yaml:3:1: the key "tls" stands twice'],
    [
      'a key twice, deep down',
      'users:\n  a: { username: x, username: y }\n',
      'config.yaml:2:21: the key "username" stands twice',
    ],
    ['two documents', 'data: {}\n---\ndata: {}\n', 'config.yaml:2:1: a second document begins here; expected one'],
    ['an unknown tag', 'users:\n  a: !secret sesame\n', `config.yaml:2:6: unknown tag "!secret"; ${quotes('!')}`],
    [
      'a tag of binary data',
      'headers: { a: !!binary c2VzYW1l }',
      `config.yaml:1:15: unknown tag "!!binary"; ${quotes('!')}`,
    ],
    ['a quote left open', 'users:\n  a: "sesame\n', 'config.yaml:3:1: not valid YAML: missing closing "quote'],
    [
      'a bracket left open',
      'tls: {',
      'config.yaml:1:7: not valid YAML: flow map in block collection must be sufficiently indented and end with a }',
    ],
    [
      'text after a quoted string',
      'jwksListen: "a" sesame\n',
      'config.yaml:1:17: not valid YAML: unexpected scalar at node end',
    ],
    [
      'text after a block indicator',
      'jwksListen: |sesame\n',
      'config.yaml:1:14: not valid YAML: block scalar header includes extra characters',
    ],
    [
      'an alias of nothing',
      'data: *x\n',
      `config.yaml:1:7: the alias *x stands for nothing: there is no &x before it, and ${quotes('*')}`,
    ],
    ['a text that begins with @', 'users: { a: { username: @x } }', `config.yaml:1:25: ${quotes('@')}`],
    ['a key indented further than its like', 'tls:\n  ca: x\n    insecure: true\n', `config.yaml:2:7: ${nested}`],
    ['a colon in a text', 'jwksListen: a: sesame\n', `config.yaml:1:13: ${nested}`],
    [
      'no space after a colon',
      'fhirBaseUrl:https://a.example\ndata: {}\n',
      'config.yaml:1:1: this is no "key: value"; a space follows the colon',
    ],
    [
      'an unquoted ${NAME} in braces',
      'tls: { ca: ${CA} }',
      'config.yaml:1:13: between { } a "${NAME}" needs quotes around it',
    ],
    [
      'an unquoted {{…}}',
      'authorize:\n  steps:\n    - fill: { label: Name, with: {{user.username}} }\n',
      'config.yaml:3:35: a "{{…}}" needs quotes around it',
    ],
    ['brackets without end', '['.repeat(100_000), 'config.yaml: is nested too deeply'],
    ['braces without end', '{"a":'.repeat(50_000), 'config.yaml: is nested too deeply'],
    ['lists in lists', '- '.repeat(50_000), 'config.yaml: is nested too deeply'],
    [
      'indentation without end',
      Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
      'config.yaml: is nested too deeply',
    ],
    [
      'aliases that expand to billions',
      `a: &a [x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]},`.repeat(9)}]\n`).join('')}`,
      'config.yaml: its YAML aliases (*name) expand to too much',
    ],
    ['UTF-16', Buffer.from('\u{feff}data: {}', 'utf16le'), 'config.yaml: is in UTF-16; save it as UTF-8'],
    [
      'UTF-16, big-endian',
      Buffer.from('\u{feff}data: {}', 'utf16le').swap16(),
      'config.yaml: is in UTF-16; save it as UTF-8',
    ],
    ['UTF-16 without its mark', Buffer.from('data: {}', 'utf16le'), 'config.yaml: is in UTF-16; save it as UTF-8'],
    ['Latin-1', Buffer.from('users: { "ren\u00e9": {} }', 'latin1'), 'config.yaml: is not a text file in UTF-8'],
    ['binary', Buffer.from('data\0'), 'config.yaml: is not a text file'],
    ['too large', '#'.repeat(5 * 1024 * 1024), 'config.yaml: is larger than 4 MiB'],
  ])('%s', async (_what, content, message) => {
    expect(await mistakeIn(content)).toBe(message);
  });

  test.each([
    ['{"tls": {}', 'config.json:1:11: not valid JSON: flow map must end with a }'],
    ['{"tls": {},\n\t"tls": {}}', 'config.json:2:2: the key "tls" stands twice'],
    ['{\n  // the server\n  "fhirBaseUrl": "https://a.example"\n}', `config.json:2:3: ${comment}`],
    ['{ "fhirBaseUrl": "https://a.example" /* the server */ }', `config.json:1:38: ${comment}`],
    ['[]', 'config.json:1:1: expected keys such as fhirBaseUrl: https://…, got a list'],
    [
      '{\n\t"tls": {\n\t\t"insecure": 1\n\t}\n}',
      'config.json:3:15: tls.insecure: expected true or false, got the number 1',
    ],
  ])('JSON: %j', async (content, message) => {
    expect(await mistakeIn(content, 'config.json')).toBe(message);
  });
});

describe('a file that cannot be opened', () => {
  test.each([
    ['confg.yaml', 'confg.yaml: no such file; did you mean "config.yaml"?'],
    ['something-else', 'something-else: no such file'],
    ['nowhere/config.yaml', 'nowhere/config.yaml: no such file: its folder does not exist'],
    ['ca.pem/config.yaml', 'ca.pem/config.yaml: no such file: a part of its path is a file, not a folder'],
    ['folder', 'folder: is a folder; expected a file'],
    ['loop', 'loop: is a symbolic link that leads back to itself'],
    ['x'.repeat(300), `${'x'.repeat(300)}: no such file: the name is too long`],
  ])('%s', async (file, message) => {
    await writeFile(join(folder, 'config.yaml'), 'data: {}');
    expect(await mistake({ file })).toBe(message);
  });

  // The superuser may read everything.
  test.skipIf(process.getuid?.() === 0)('one that may not be read', async () => {
    expect(await mistake({ file: 'forbidden.json' })).toBe('forbidden.json: may not be read (permission denied)');
  });
});

describe('an environment variable', () => {
  test.each([
    [
      'not set',
      'users:\n  ann:\n    username: ann\n    password: "a-${ANN_PASWORD}"\n',
      'config.yaml:4:15: users.ann.password: the environment variable ANN_PASWORD is not set; did you mean "ANN_PASSWORD"?',
    ],
    [
      'not set, none near',
      'fhirBaseUrl: ${HOST}\n',
      'config.yaml:1:14: fhirBaseUrl: the environment variable HOST is not set',
    ],
    [
      'from the prototype',
      'fhirBaseUrl: ${constructor}\n',
      'config.yaml:1:14: fhirBaseUrl: the environment variable constructor is not set',
    ],
    [
      'with a default, as in shells',
      'fhirBaseUrl: ${HOST:-x}\n',
      'config.yaml:1:14: fhirBaseUrl: expected "${NAME}", got a "${" without it; a plain "${" is written "$${"',
    ],
    [
      'in a list',
      'authorize:\n  steps:\n    - goto: /\n    - goto: ${HOST}\n',
      'config.yaml:4:13: authorize.steps[1].goto: the environment variable HOST is not set',
    ],
    [
      'not set, beside another mistake',
      'fhirBaseUrl: ${HOST}\nfhirVersion: R4\n',
      'config.yaml:1:14: fhirBaseUrl: the environment variable HOST is not set\n' +
        'config.yaml:2:14: fhirVersion: expected a FHIR version such as 4.0.1, got "R4"; did you mean "4.0.1"?',
    ],
    [
      'that does not fit, and is not shown',
      'fhirBaseUrl: ${ANN_PASSWORD}\n',
      `config.yaml:1:14: fhirBaseUrl: expected ${baseUrl}, got a string (from "\${ANN_PASSWORD}")`,
    ],
    [
      'that is not read as YAML',
      'allowWrites: ${WEB_SECRET}\n',
      'config.yaml:1:14: allowWrites: expected true or false, got a string (from "${WEB_SECRET}")',
    ],
  ])('%s', async (_what, content, message) => {
    expect(await mistakeIn(content)).toBe(message);
  });
});

describe('a key or value', () => {
  test.each([
    [
      'clients:\n  public:\n    clientid: x\n',
      'config.yaml:3:5: unknown key "clientid" in clients.public; did you mean "clientId"?',
    ],
    ['fhirBaseURL: https://a.example\n', 'config.yaml:1:1: unknown key "fhirBaseURL"; did you mean "fhirBaseUrl"?'],
    ['tls: { certificate: x }\n', 'config.yaml:1:8: unknown key "certificate" in tls; expected ca or insecure'],
    [
      'users:\n  "dr. eve": { username: x, paswort: y }\n',
      'config.yaml:2:29: unknown key "paswort" in users["dr. eve"]; did you mean "password"?',
    ],
    [
      'clients: { public: { redirectUri: "https://a.example" } }',
      'config.yaml:1:12: missing key "clientId" in clients.public (the client_id registered at the server)',
    ],
    [
      'clients: { backend: { clientId: x } }',
      'config.yaml:1:12: missing key "keys" in clients.backend (a private JWK Set, inline or the path of a file)',
    ],
    [
      'clients: { symmetric: { clientId: x } }',
      'config.yaml:1:12: missing key "clientSecret" in clients.symmetric (the secret registered at the server)',
    ],
    [
      'clients:\n  others:\n    - clientId: x\n    - scope: y\n',
      'config.yaml:4:7: missing key "clientId" in clients.others[1] (the client_id registered at the server)',
    ],
    [
      'clients: { public: { clientId: x, clientSecret: sesame } }',
      'config.yaml:1:35: unexpected key "clientSecret" in clients.public',
    ],
    [
      'clients: { public: { clientId: 0123 } }',
      'config.yaml:1:32: clients.public.clientId: expected a string, got the number 123; write "0123"',
    ],
    [
      'clients: { symmetric: { clientId: x, clientSecret: 12345 } }',
      'config.yaml:1:52: clients.symmetric.clientSecret: expected a string, got a number; put it in quotes',
    ],
    [
      'clients: { public: { clientId: "" } }',
      'config.yaml:1:32: clients.public.clientId: expected a string that is not empty, got an empty string',
    ],
    ['users:\n  ann:\n    username:\n', 'config.yaml:3:14: users.ann.username: expected a string, got nothing'],
    ['clients: []', 'config.yaml:1:10: clients: expected an object, got a list'],
    ['allowWrites: "yes"', 'config.yaml:1:14: allowWrites: expected true or false, got "yes"'],
    [
      'capabilitySets: patient-access-ehr',
      'config.yaml:1:17: capabilitySets: expected a list, got "patient-access-ehr"',
    ],
    [
      'capabilitySets: [patient-acces-ehr]',
      'config.yaml:1:18: capabilitySets[0]: expected patient-access-standalone, patient-access-ehr, clinician-access-standalone or clinician-access-ehr, got "patient-acces-ehr"; did you mean "patient-access-ehr"?',
    ],
    [
      'capabilitySets: [patient-access-ehr, patient-access-ehr]',
      'config.yaml:1:38: capabilitySets: "patient-access-ehr" is listed twice',
    ],
    [
      'authorize: { drive: Step }',
      'config.yaml:1:21: authorize.drive: expected auto, steps or manual, got "Step"; did you mean "steps"?',
    ],
    ['specVersion: 2', 'config.yaml:1:14: specVersion: expected 1.0, 2.0, 2.1 or 2.2, got "2"'],
    [
      'specVersion: "2.20"',
      'config.yaml:1:14: specVersion: expected 1.0, 2.0, 2.1 or 2.2, got "2.20"; did you mean "2.2"?',
    ],
    [
      'fhirVersion: 4.0',
      'config.yaml:1:14: fhirVersion: expected a FHIR version such as 4.0.1, got "4.0"; did you mean "4.0.1"?',
    ],
    [
      'fhirVersion: 4.0.1.',
      'config.yaml:1:14: fhirVersion: expected a FHIR version such as 4.0.1, got "4.0.1."; did you mean "4.0.1"?',
    ],
    [
      'jwksListen: 8099',
      'config.yaml:1:13: jwksListen: expected a host and port such as 127.0.0.1:8099, got the number 8099',
    ],
    [
      'jwksListen: localhost:65536',
      'config.yaml:1:13: jwksListen: expected a host and port such as 127.0.0.1:8099, got "localhost:65536"',
    ],
    [
      'data: { patient: Patient/x }',
      'config.yaml:1:18: data.patient: expected the id of a resource, without its type, got "Patient/x"',
    ],
    [
      'data: { patient: 42 }',
      'config.yaml:1:18: data.patient: expected the id of a resource, without its type, got the number 42; write "42"',
    ],
    ['data: { task: t1 }', 'config.yaml:1:15: data.task: expected a reference such as Observation/obs-9, got "t1"'],
    ['headers: { "X Tenant": acme }', 'config.yaml:1:12: expected the name of a header in headers, got "X Tenant"'],
    [
      'headers: { X-Tenant: "sesame\\r\\nX: y" }',
      'config.yaml:1:22: headers.X-Tenant: expected a header value (one line, Latin-1), got a string',
    ],
    [
      'headers: { X-Tenant: 5 }',
      'config.yaml:1:22: headers.X-Tenant: expected a header value (one line, Latin-1), got a number; put it in quotes',
    ],
    ['headers:\n  <<: { a: b }\n', 'config.yaml:2:3: expected the name of a header in headers, got "<<"'],
  ])('%s', async (content, message) => {
    expect(await mistakeIn(content)).toBe(message);
  });

  test('several are told together, in the order of the file, the first ten of them', async () => {
    const content = `tls: { insecure: 1 }\nclients: { publik: {} }\n${Array.from({ length: 10 }, (_, n) => `wrong-${n}: x\n`).join('')}`;
    const lines = (await mistakeIn(content)).split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe('config.yaml:1:18: tls.insecure: expected true or false, got the number 1');
    expect(lines[1]).toBe('config.yaml:2:12: unknown key "publik" in clients; did you mean "public"?');
    expect(lines[9]).toMatch(/^config\.yaml:10:1: unknown key "wrong-7"; expected fhirBaseUrl, /);
    expect(lines[10]).toBe('config.yaml: and 2 more');
  });

  test('is found through an alias', async () => {
    const content = 'clients:\n  public: &app\n    clientId: 5\n  appState: *app\n';
    expect(await mistakeIn(content)).toBe(
      'config.yaml:3:15: clients.public.clientId: expected a string, got the number 5; write "5"\n' +
        'config.yaml:3:15: clients.appState.clientId: expected a string, got the number 5; write "5"',
    );
  });
});

describe('a step', () => {
  test.each([
    ['{}', `config.yaml:3:7: authorize.steps[0]: expected exactly one of ${actions}, got none`],
    [
      '{ goto: /, click: { css: a } }',
      `config.yaml:3:7: authorize.steps[0]: expected exactly one of ${actions}, got "goto" and "click"`,
    ],
    ['clik: { css: a }', 'config.yaml:3:7: unknown key "clik" in authorize.steps[0]; did you mean "click"?'],
    ['click: Sign in', 'config.yaml:3:14: authorize.steps[0].click: expected an object, got "Sign in"'],
    ['click: {}', `config.yaml:3:7: authorize.steps[0].click: expected exactly one of ${locators}, got none`],
    [
      'click: { label: a, css: b }',
      `config.yaml:3:7: authorize.steps[0].click: expected exactly one of ${locators}, got "label" and "css"`,
    ],
    ['click: { name: Sign in }', 'config.yaml:3:7: "name" in authorize.steps[0].click needs "role" beside it'],
    ['click: { lable: a }', 'config.yaml:3:16: unknown key "lable" in authorize.steps[0].click; did you mean "label"?'],
    [
      'click: { css: a, with: b }',
      'config.yaml:3:24: unknown key "with" in authorize.steps[0].click; expected label, role, name, text, placeholder, testId or css',
    ],
    ['fill: { label: a }', 'config.yaml:3:7: missing key "with" in authorize.steps[0].fill (the text to type)'],
    [
      'select: { label: a }',
      'config.yaml:3:7: missing key "option" in authorize.steps[0].select (the label or value of the option)',
    ],
    ['press: { label: a }', 'config.yaml:3:7: missing key "key" in authorize.steps[0].press (the key, such as Enter)'],
    ['goto: 5', 'config.yaml:3:13: authorize.steps[0].goto: expected a string, got the number 5; write "5"'],
  ])('%s', async (step, message) => {
    expect(await mistakeIn(`authorize:\n  steps:\n    - ${step}\n`)).toBe(message);
  });
});

const wrongBaseUrls: [string, string][] = [
  ['ehr.example.org/fhir', 'got "ehr.example.org/fhir"; did you mean "https://ehr.example.org/fhir"?'],
  ['localhost:8080/fhir', 'got "localhost:8080/fhir"; did you mean "http://localhost:8080/fhir"?'],
  ['//ehr.example.org/fhir', 'got "//ehr.example.org/fhir"; did you mean "https://ehr.example.org/fhir"?'],
  ['https:/ehr.example.org/fhir', 'got "https:/ehr.example.org/fhir"; did you mean "https://ehr.example.org/fhir"?'],
  ['/fhir', 'got "/fhir"'],
  ['ftp://ehr.example.org/fhir', 'got "ftp://ehr.example.org/fhir"'],
  ['https://', 'got "https://"'],
  ['https://ehr.example.org:99999/', 'got "https://ehr.example.org:99999/"'],
  [
    'https://ehr.example.org/fhir?tenant=a',
    'got "https://ehr.example.org/fhir?tenant=a"; did you mean "https://ehr.example.org/fhir"?',
  ],
  [
    'https://ehr.example.org/fhir#top',
    'got "https://ehr.example.org/fhir#top"; did you mean "https://ehr.example.org/fhir"?',
  ],
  [
    'https://ehr.example.org/fhir ',
    'got "https://ehr.example.org/fhir "; did you mean "https://ehr.example.org/fhir"?',
  ],
  ['https://ann:sesame@ehr.example.org/fhir', 'got "https://…@ehr.example.org/fhir"'],
  ['https://ann:/sesame?@ehr.example.org/fhir', 'got "https://…@ehr.example.org/fhir"'],
  ['ann:sesame@ehr.example.org/fhir', 'got "…@ehr.example.org/fhir"'],
  ['', 'got an empty string'],
];

describe('a FHIR base URL', () => {
  test.each(wrongBaseUrls)('%j in the file', async (url, got) => {
    expect(await mistakeIn(`fhirBaseUrl: ${JSON.stringify(url)}\n`)).toBe(
      `config.yaml:1:14: fhirBaseUrl: expected ${baseUrl}, ${got}`,
    );
  });
  test.each(wrongBaseUrls)('%j on the command line', async (fhirBaseUrl, got) => {
    expect(await mistake({ overrides: { fhirBaseUrl } })).toBe(`FHIR base URL: expected ${baseUrl}, ${got}`);
  });
});

test.each([
  [
    'redirectUri: my-app.example.org:8443/cb',
    'redirectUri: expected an absolute URL without fragment (custom schemes may be used), got "my-app.example.org:8443/cb"; did you mean "https://my-app.example.org:8443/cb"?',
  ],
  [
    'redirectUri: "https://a.example/#cb"',
    'redirectUri: expected an absolute URL without fragment (custom schemes may be used), got "https://a.example/#cb"; did you mean "https://a.example/"?',
  ],
  [
    'launchUrl: /launch',
    'launchUrl: expected an absolute URL without fragment (custom schemes may be used), got "/launch"',
  ],
  [
    'origin: https://a.example/',
    'origin: expected a web origin such as https://my-app.example.org, got "https://a.example/"; did you mean "https://a.example"?',
  ],
  [
    'jwksUrl: a.example/jwks',
    'jwksUrl: expected an absolute http or https URL without user name, got "a.example/jwks"; did you mean "https://a.example/jwks"?',
  ],
])("a client's %s", async (line, message) => {
  const content = `clients:\n  public:\n    clientId: x\n    ${line}\n`;
  const column = 5 + line.indexOf(' ') + 1;
  expect(await mistakeIn(content)).toBe(`config.yaml:4:${column}: clients.public.${message}`);
});

describe('the command line', () => {
  test.each<[Overrides, string]>([
    [{ specVersion: '3.0' }, 'guide version: expected 1.0, 2.0, 2.1 or 2.2, got "3.0"'],
    [{ specVersion: '2.2.0' }, 'guide version: expected 1.0, 2.0, 2.1 or 2.2, got "2.2.0"; did you mean "2.2"?'],
    [{ fhirVersion: 'R4' }, 'FHIR version: expected a FHIR version such as 4.0.1, got "R4"; did you mean "4.0.1"?'],
    [
      { fhirVersion: '0.5.0' },
      'FHIR version: expected a FHIR version such as 4.0.1, got "0.5.0"; did you mean "4.3.0"?',
    ],
  ])('%j', async (overrides, message) => {
    expect(await mistake({ overrides })).toBe(message);
  });

  test('names a CA file that is none', async () => {
    expect(await mistake({ overrides: { tlsCa: join(folder, 'ca.pme') } })).toBe(
      'CA certificates ("ca.pme"): no such file; did you mean "ca.pem"?',
    );
  });
});

describe('a file of certificates', () => {
  test.each([
    ['ca.pme', 'no such file; did you mean "ca.pem"?'],
    ['folder', 'is a folder; expected a file'],
    ['ca.der', 'holds no certificate; expected PEM (-----BEGIN CERTIFICATE-----)'],
    ['key.pem', 'holds no certificate; expected PEM (-----BEGIN CERTIFICATE-----), got PRIVATE KEY'],
    ['cut.pem', 'holds no certificate; expected PEM (-----BEGIN CERTIFICATE-----), got one that is cut short'],
    ['damaged.pem', 'certificate 2 of 2 is damaged'],
  ])('%s', async (name, problem) => {
    expect(await mistakeIn(`tls: { ca: ${name} }`)).toBe(`config.yaml:1:12: tls.ca ("${name}"): ${problem}`);
  });
});

describe('a JWK Set', () => {
  test.each([
    ['./servce.private.json', 'no such file; did you mean "service.private.json"?'],
    ['folder', 'is a folder; expected a file'],
    ['text.json', 'is not JSON; expected a private JWK Set'],
    ['cut.json', 'is not JSON; expected a private JWK Set'],
    ['key.pem', 'is not JSON but PEM; expected a private JWK Set'],
    ['list.json', 'is not a private JWK Set: expected an object, got a list'],
    ['one.json', 'is not a private JWK Set: missing key "keys" (the list of keys of a JWK Set)'],
    ['none.json', 'is not a private JWK Set: keys: expected at least one, got an empty list'],
    ['public.json', 'is not a private JWK Set: missing key "d" in keys[0] (the private part of a key)'],
    ['number.json', 'is not a private JWK Set: keys[0].d: expected the private part of a key, got a number'],
    ['${WHOLE_KEY}', 'is not a private JWK Set: keys[0].kty: expected RSA, EC or OKP, got "oct"'],
    ['${ANN_PASSWORD}', 'no such file'],
  ])('%s', async (name, problem) => {
    expect(await mistakeIn(`clients: { backend: { clientId: x, keys: "${name}" } }`)).toBe(
      `config.yaml:1:42: clients.backend.keys ("${name}"): ${problem}`,
    );
  });

  test.each([
    [
      '5',
      'config.yaml:1:42: clients.backend.keys: expected a private JWK Set or the path of its file, got the number 5',
    ],
    [
      '""',
      'config.yaml:1:42: clients.backend.keys: expected a private JWK Set or the path of its file, got an empty string',
    ],
    [
      '{ kty: RSA, d: sesame }',
      'config.yaml:1:36: missing key "keys" in clients.backend.keys (the list of keys of a JWK Set)',
    ],
    [
      '{ keys: {} }',
      'config.yaml:1:50: clients.backend.keys.keys: expected the list of keys of a JWK Set, got an object',
    ],
    [
      '{ keys: [{ kty: RSA, n: AQ }] }',
      'config.yaml:1:51: missing key "d" in clients.backend.keys.keys[0] (the private part of a key)',
    ],
    [
      '{ keys: [{ kty: EC, d: sesame }, { kty: oct, d: sesame }] }',
      'config.yaml:1:82: clients.backend.keys.keys[1].kty: expected RSA, EC or OKP, got "oct"',
    ],
  ])('inline: %s', async (value, message) => {
    expect(await mistakeIn(`clients: { backend: { clientId: x, keys: ${value} } }`)).toBe(message);
  });

  const point = 'no valid EC public key (a point off its curve, or an unknown curve)';
  const torn = 'its public and its private part are of different keys, or damaged';
  test.each<[string, Record<string, unknown>, string]>([
    ['a public one', { ...p384, d: undefined }, 'missing key "d"'],
    ['of another type than it says', { ...p384, kty: 'RSA' }, '; its members are those of an EC or OKP key'],
    ['RSA members, called EC', { ...rsa, kty: 'EC' }, 'EC key without crv, x, y; its members are those of an RSA key'],
    ['in base64', { ...p384, x: `+${String(p384.x).slice(1)}` }, 'x not in base64url without padding'],
    ['with a private part in base64', { ...p384, d: `${p384.d}=` }, 'd not in base64url without padding'],
    ['cut short', { ...p384, y: String(p384.y).slice(0, 40) }, 'y not 48 bytes long, as P-384 needs'],
    ['off its curve', { ...p384, y: p384.x }, point],
    ['of a curve that there is not', { ...p384, crv: 'P-385' }, 'the curve P-385 is none of those known here: P-256,'],
    ['the parts of two keys', { ...p384, d: otherP384.d }, torn],
    [
      'an RSA key without primes',
      { ...rsa, p: undefined, q: undefined },
      'p, q missing: the numbers of the private part',
    ],
    ['an RSA key of two', { ...rsa, n: otherRsa.n }, torn],
    [
      'for an algorithm of other keys',
      { ...p256, alg: 'ES384' },
      'alg is "ES384", and a key of P-256 signs with ES256',
    ],
    ['for RSA, and is not', { ...p384, alg: 'RS384' }, 'alg is "RS384", and a key of P-384 signs with ES384'],
    ['for encryption', { ...p384, use: 'enc' }, 'none of its keys may sign client assertions (use "enc", crv "P-384"'],
    ['for key agreement', x25519, 'none of its keys may sign client assertions (crv "X25519", kty "OKP")'],
  ])(
    'with a key that is %s is a mistake, inline and in a file, and nothing of the key shows',
    async (_what, jwk, why) => {
      await writeFile(join(folder, 'odd.private.json'), JSON.stringify({ keys: [{ kid: 'k1', ...jwk }] }));
      const inFile = await mistakeIn('clients: { backend: { clientId: x, keys: ./odd.private.json } }');
      const inline = await mistakeIn(`clients: { backend: { clientId: x, keys: ${JSON.stringify({ keys: [jwk] })} } }`);
      for (const message of [inFile, inline]) {
        expect(message).toContain(why);
        expect(message).toContain('clients.backend.keys');
        for (const part of ['d', 'p', 'q']) if (typeof jwk[part] === 'string') expect(message).not.toContain(jwk[part]);
      }
      expect(inFile).toContain('("./odd.private.json")');
    },
  );

  test('may write zeros before a number, which is for the server to judge', async () => {
    const n = Buffer.concat([Buffer.of(0), Buffer.from(String(rsa.n), 'base64url')]).toString('base64url');
    const file = join(folder, 'zeros.yaml');
    await writeFile(file, `clients: { backend: { clientId: x, keys: ${JSON.stringify({ keys: [{ ...rsa, n }] })} } }`);
    await expect(readConfiguration({ file, env, overrides: {} })).resolves.toBeDefined();
  });

  test('may hold a key for encryption beside one that signs', async () => {
    const file = join(folder, 'two.yaml');
    const set = JSON.stringify({ keys: [{ ...p384, use: 'enc' }, p256] });
    await writeFile(file, `clients: { backend: { clientId: x, keys: ${set} } }`);
    const { clients } = await readConfiguration({ file, env, overrides: {} });
    expect(clients.backend?.keys?.keys).toHaveLength(2);
  });

  test('of a second client is named by its place', async () => {
    const content = `clients:\n  backend: { clientId: x, ${keys} }\n  others:\n    - { clientId: y, keys: away/x.json }\n`;
    expect(await mistakeIn(content)).toBe(
      'config.yaml:4:28: clients.others[0].keys ("away/x.json"): no such file: its folder does not exist',
    );
  });

  test('wrong for two clients is told twice', async () => {
    const content =
      'tls: { ca: cut.pem }\nclients:\n  asymmetric: { clientId: x, keys: text.json }\n  backend: { clientId: x, keys: none.json }\n';
    const lines = (await mistakeIn(content)).split('\n');
    expect(lines.map((line) => line.split(' ')[1])).toEqual([
      'tls.ca',
      'clients.asymmetric.keys',
      'clients.backend.keys',
    ]);
  });
});

describe('a name of something else', () => {
  const startUrl = 'startUrl: https://a.example';
  test.each([
    [
      `users: { practitioner: { username: x } }\nehrLaunch: { ${startUrl}, user: practitoner }`,
      'config.yaml:2:49: ehrLaunch.user: there is no "practitoner" in users; did you mean "practitioner"?',
    ],
    [
      `ehrLaunch: { ${startUrl}, user: toString }`,
      'config.yaml:1:49: ehrLaunch.user: there is no "toString" in users; there are none',
    ],
    [
      `clients: { introspection: { bearer: backedn }, backend: { clientId: x, ${keys} } }`,
      'config.yaml:1:37: clients.introspection.bearer: there is no "backedn" in clients; did you mean "backend"?',
    ],
    [
      'clients: { public: { clientId: x }, introspection: { bearer: symmetric } }',
      'config.yaml:1:62: clients.introspection.bearer: there is no "symmetric" in clients; there are public',
    ],
    [
      'clients: { introspection: {} }',
      'config.yaml:1:12: missing key in clients.introspection: expected "bearer", "clientId" or "headers"',
    ],
    [
      'clients: { introspection: { clientId: x } }',
      'config.yaml:1:12: "clientId" in clients.introspection needs "clientSecret" beside it',
    ],
    [
      'clients: { introspection: { clientId: x, clientSecret: sesame, bearer: y } }',
      'config.yaml:1:12: "bearer" and "clientId" in clients.introspection exclude each other',
    ],
  ])('%s', async (content, message) => {
    expect(await mistakeIn(content)).toBe(message);
  });
});

describe('a {{…}} in steps', () => {
  const users = 'users: { patient: { username: ann, password: sesame } }\n';
  const step = (text: string) => `${users}authorize:\n  steps:\n    - fill: { label: Name, with: "${text}" }\n`;
  test.each([
    ['{{user.name}}', 'nothing is called "{{user.name}}"; there are user.username, user.email, user.password, '],
    ['{{username}}', 'nothing is called "{{username}}"; did you mean "{{user.username}}"?'],
    ['{{ data.pateint }}', 'nothing is called "{{data.pateint}}"; did you mean "{{data.patient}}"?'],
    ['{{data.patient}}', '"{{data.patient}}" stands for nothing: data.patient is not set'],
    ['{{user.patientName}}', '"{{user.patientName}}": no user has a patientName'],
    [
      '{{user.mayNotSee}}',
      'nothing is called "{{user.mayNotSee}}"; there are user.username, user.email, user.password, ',
    ],
  ])('%s that stands for nothing is a mistake', async (text, why) => {
    expect(await mistakeIn(step(text))).toContain(`config.yaml:4:34: authorize.steps[0].fill.with: ${why}`);
  });

  test('is looked for in every string of a step, also of the launch from the EHR', async () => {
    const content = `ehrLaunch:\n  startUrl: https://a.example\n  steps:\n    - goto: "https://a.example/{{data.x}}"\n    - click: { text: "{{user.x}}" }\n`;
    const lines = (await mistakeIn(content)).split('\n');
    expect(lines.map((line) => line.split(' ')[1])).toEqual([
      'ehrLaunch.steps[0].goto:',
      'ehrLaunch.steps[1].click.text:',
    ]);
  });

  test('that stands for something is none', async () => {
    const file = join(folder, 'right.yaml');
    await writeFile(file, step('{{ user.username }}'));
    await expect(readConfiguration({ file, env, overrides: {} })).resolves.toBeDefined();
  });
});

describe('what is meant to be something else', () => {
  test.each([
    [
      'data: { patient: p1, otherPatient: p1 }',
      'data.otherPatient: expected another than data.patient, got the same, "p1"',
    ],
    [
      'data: { category: a, otherCategory: a }',
      'data.otherCategory: expected another than data.category, got the same, "a"',
    ],
    [
      'data: { task: Task/1, otherTask: Task/1 }',
      'data.otherTask: expected another than data.task, got the same, "Task/1"',
    ],
    [
      'clients: { public: { clientId: a }, others: [{ clientId: b }, { clientId: a }] }',
      'clients.others[1].clientId: expected another client, got that of clients.public, "a"',
    ],
    [
      'clients: { others: [{ clientId: b }, { clientId: b }] }',
      'clients.others[1].clientId: expected another client, got that of clients.others[0], "b"',
    ],
    [
      `clients: { backend: { clientId: a, ${keys}, scope: system/A.rs system/B.rs, unauthorizedScope: system/B.rs } }`,
      'clients.backend.unauthorizedScope: "system/B.rs" stands among the scopes that the client may have, too',
    ],
  ])('and is the same is a mistake: %s', async (content, message) => {
    expect(await mistakeIn(content)).toContain(`: ${message}`);
  });
});

describe('what is nearly right', () => {
  test.each([
    ['fhirBaseUrl: https://a.example/fhir/metadata', '; did you mean "https://a.example/fhir"?'],
    ['fhirBaseUrl: https://a.example/fhir/.well-known/smart-configuration', '; did you mean "https://a.example/fhir"?'],
    ['fhirVersion: R4', 'fhirVersion: expected a FHIR version such as 4.0.1, got "R4"; did you mean "4.0.1"?'],
    ['fhirVersion: "4.0"', 'did you mean "4.0.1"?'],
    ['clients: { public: { clientId: a, scope: [openid] } }', 'expected scopes, separated by spaces, got a list'],
    ['clients:\npublic: { clientId: a }', 'unknown key "public"; does it belong below "clients"? Indent it further'],
    [
      'users:\npatient: { username: a }',
      'unknown key "patient"; did you mean "patience"?; does it belong below "users"? Indent it further',
    ],
    [
      'clients: { symmetric: { clientId: a, clientSecret: $WEB_SECRET } }',
      'clientSecret: "$WEB_SECRET" would be taken as it stands; did you mean "${WEB_SECRET}"?',
    ],
  ])('is set right: %s', async (content, hint) => {
    expect(await mistakeIn(content)).toContain(hint);
  });
});

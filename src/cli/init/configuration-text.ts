import { capabilitySets, missingFromSet } from '../../smart/capabilities.ts';
import type { Answers } from './answers.ts';
import type { Discovered } from './discovered.ts';

export interface Known {
  readonly answers: Answers;
  /** Null where the server could not be asked. */
  readonly found: Discovered | null;
  /** Paths as the file is to name them. */
  readonly ca?: string;
  readonly insecure: boolean;
}

/** Names of the environment that the file takes secrets from. */
export const secretNames = {
  symmetric: 'EHR_CLIENT_SECRET',
  patient: 'EHR_PATIENT_PASSWORD',
  practitioner: 'EHR_PRACTITIONER_PASSWORD',
} as const;

/** The configuration as commented YAML: what is known as keys, the rest as comments that show how it would stand. */
export function configurationText({ answers, found, ca, insecure }: Known): string {
  const advertises = (name: string) => found === null || found.capabilities.includes(name);
  const launchesApps = advertises('launch-ehr') || advertises('launch-standalone');
  const lines = [
    '# What smart-check knows of this server: smart-check run -c <this file>',
    '# Every key but fhirBaseUrl is optional; a test that needs what is missing is skipped and says so.',
    `# \${NAME} is taken from the environment: keep secrets there, not here.`,
    '',
    `fhirBaseUrl: ${scalar(answers.fhirBaseUrl)}`,
    'specVersion: "2.2"   # of SMART App Launch: 1.0, 2.0, 2.1 or 2.2',
    `# fhirVersion: ${scalar(found?.fhirVersion ?? '4.0.1')}   # learned from /metadata unless given`,
    ...(ca === undefined && !insecure
      ? ['# tls: { ca: ./ca.pem }   # an authority to trust beside the usual ones']
      : [
          `tls: { ${[ca === undefined ? '' : `ca: ${scalar(ca)}`, insecure ? 'insecure: true' : ''].filter(Boolean).join(', ')} }`,
        ]),
    '# headers: { X-Tenant: acme }   # sent with every request to the server’s own origin',
    ...(found !== null && found.introspectionEndpoint === null
      ? ['# introspectionUrl: https://…   # the server publishes none']
      : []),
    '',
    ...clients(answers, advertises),
    '',
    ...users(answers, launchesApps),
    '',
    '# How sign-in, picker and consent pages are passed: auto goes by what a person sees. Where it gets stuck, let',
    '# "smart-check record" write the steps, or drive: manual leaves it to you.',
    '# authorize:',
    '#   drive: auto',
    ...ehrLaunch(answers, advertises),
    '',
    ...data(answers),
    '',
    ...claims(found),
    '',
    '# true lets tests write to the server; what they write is deleted again.',
    'allowWrites: false',
    '',
  ];
  return lines.join('\n');
}

function clients(answers: Answers, advertises: (name: string) => boolean): string[] {
  const { publicClient, symmetricClient, asymmetricClient, backendClient } = answers;
  const sections = [
    section(
      'public',
      'a client without credentials',
      advertises('client-public'),
      publicClient && [
        ['clientId', publicClient],
        ['redirectUri', answers.publicRedirect],
        ['launchUrl', answers.publicLaunch],
      ],
      [
        'clientId: my-app',
        'redirectUri: https://my-app.example.org/callback',
        'launchUrl: https://my-app.example.org/launch',
      ],
    ),
    section(
      'symmetric',
      'a client with a secret',
      advertises('client-confidential-symmetric'),
      symmetricClient && [
        ['clientId', symmetricClient],
        ['clientSecret', `\${${secretNames.symmetric}}`],
        ['redirectUri', answers.symmetricRedirect],
        ['launchUrl', answers.symmetricLaunch],
      ],
      [
        'clientId: my-web-app',
        `clientSecret: "\${${secretNames.symmetric}}"`,
        'redirectUri: https://web.example.org/callback',
      ],
    ),
    section(
      'asymmetric',
      'a client that signs assertions; keys: a private JWK Set',
      advertises('client-confidential-asymmetric'),
      asymmetricClient && [
        ['clientId', asymmetricClient],
        ['keys', answers.asymmetricKeys],
        ['redirectUri', answers.asymmetricRedirect],
      ],
      ['clientId: my-jwt-app', 'keys: ./asymmetric.private.json', 'redirectUri: https://jwt.example.org/callback'],
    ),
    section(
      'backend',
      'a backend service (client_credentials)',
      advertises('client-confidential-asymmetric'),
      backendClient && [
        ['clientId', backendClient],
        ['keys', answers.backendKeys],
        ['scope', answers.backendScope],
      ],
      ['clientId: my-service', 'keys: ./backend.private.json', 'scope: "system/Patient.rs system/Observation.rs"'],
    ),
    section('appState', 'a client that keeps App State', advertises('smart-app-state'), undefined, [
      'clientId: my-state-app',
      'redirectUri: https://…',
      'stateCodes: ["https://my-app.example.org|state"]',
    ]),
  ];
  const isKnown = Boolean(publicClient || symmetricClient || asymmetricClient || backendClient);
  return [
    '# The clients registered at the server for these tests. Nothing is ever sent to a redirect or launch URL:',
    '# the browser is caught on its way there.',
    `${isKnown ? '' : '# '}clients:`,
    ...sections.flat(),
    `  # introspection: { bearer: ${backendClient ? 'backend' : 'symmetric'} }   # who may introspect; or { clientId, clientSecret }`,
    '  # others: [{ clientId: another-app, redirectUri: "https://…" }]   # for what one client must not do with another’s grants',
  ];
}

type Entries = readonly (readonly [key: string, value: string | undefined])[];

function section(
  name: string,
  what: string,
  isAdvertised: boolean,
  entries: Entries | '' | undefined,
  example: readonly string[],
): string[] {
  if (entries) {
    const known = entries.filter((entry): entry is readonly [string, string] => Boolean(entry[1]));
    return [
      `  ${name}:   # ${what}`,
      ...known.map(([key, value]) => `    ${key}: ${key === 'clientSecret' ? `"${value}"` : scalar(value)}`),
    ];
  }
  const heading = `  # ${name}:   # ${what}${isAdvertised ? '' : '; not advertised'}`;
  return [heading, ...example.map((line) => `  #   ${line}`)];
}

function users({ username, practitioner, patient }: Answers, launchesApps: boolean): string[] {
  const user = (name: string, of: string, secret: string) => [
    `  ${name}:`,
    `    username: ${scalar(of)}`,
    `    password: "\${${secret}}"`,
    `    # totpSecret: "\${EHR_TOTP}"   # the one-time password’s secret, where one is asked for`,
    ...(name === 'patient' && patient ? [`    patient: ${scalar(patient)}`] : []),
  ];
  const known = [
    ...(username ? user('patient', username, secretNames.patient) : []),
    ...(practitioner ? user('practitioner', practitioner, secretNames.practitioner) : []),
  ];
  return [
    `# The people who sign in${launchesApps ? '' : ' (the server advertises no launch)'}. restricted: one who may not see all.`,
    ...(known.length > 0
      ? ['users:', ...known]
      : [
          '# users:',
          `#   patient: { username: ann, password: "\${${secretNames.patient}}", patient: pat-1, patientName: Ann Example }`,
        ]),
    ...(practitioner ? [] : [`  # practitioner: { username: dr-bob, password: "\${${secretNames.practitioner}}" }`]),
    `  # restricted: { username: dr-eve, password: "\${EHR_RESTRICTED_PASSWORD}", mayNotSee: ["Observation/obs-9"] }`,
  ];
}

function ehrLaunch({ ehrStartUrl, practitioner }: Answers, advertises: (name: string) => boolean): string[] {
  if (ehrStartUrl) {
    return [
      '# Where a signed-in user starts the app.',
      'ehrLaunch:',
      `  startUrl: ${scalar(ehrStartUrl)}`,
      `  user: ${practitioner ? 'practitioner' : 'patient'}`,
    ];
  }
  return [
    `# ehrLaunch: { startUrl: https://ehr.example.org/portal, user: practitioner }${advertises('launch-ehr') ? '' : '   # not advertised'}`,
  ];
}

function data({ patient, otherPatient }: Answers): string[] {
  const known = [
    ...(patient ? [`  patient: ${scalar(patient)}`] : []),
    ...(otherPatient
      ? [`  otherPatient: ${scalar(otherPatient)}   # whose data a token for the first must not reach`]
      : []),
  ];
  return [
    '# What is on the server, so that tests know what to ask for and what must stay closed.',
    ...(known.length > 0 ? ['data:', ...known] : ['# data:', '#   patient: pat-1', '#   otherPatient: pat-2']),
    ...['encounter: enc-1', 'resourceType: Observation', 'category: vital-signs', 'otherCategory: laboratory'].map(
      (line) => (known.length > 0 ? `  # ${line}` : `#   ${line}`),
    ),
  ];
}

function claims(found: Discovered | null): string[] {
  const complete =
    found === null
      ? []
      : capabilitySets.filter((set) => missingFromSet(set, found.capabilities).length === 0).map(({ id }) => id);
  const known =
    complete.length > 0
      ? `complete by what is advertised: ${complete.join(', ')}`
      : 'none is complete by what is advertised';
  return [`# capabilitySets: [${complete.join(', ')}]   # which you claim${found === null ? '' : `; ${known}`}`];
}

/** Quoted where YAML could read it as something else; a literal `${` stays one. */
function scalar(text: string): string {
  return JSON.stringify(text.replaceAll(/\$(?=\{)/g, () => '$$'));
}

import { placeholder, type RecipeRequest } from './recipe.ts';

/** What stands for a value of the reader's server, and how to come by it, in the order of need. */
const known: readonly (readonly [name: RegExp, how: string])[] = [
  [/^FHIR_BASE$/, 'the FHIR base URL of the server, without a slash at the end'],
  [/^SERVER$/, 'scheme, host and port of FHIR_BASE'],
  [/^HOST$/, 'host and port of FHIR_BASE'],
  [
    /^APP_STATE_ENDPOINT$/,
    'url of the entry of associated_endpoints with the capability smart-app-state; else FHIR_BASE',
  ],
  [
    /^(?:ISSUER|JWKS_URI|USER_ACCESS_BRAND_BUNDLE|[A-Z]+_ENDPOINT)$/,
    'curl --silent "$FHIR_BASE/.well-known/smart-configuration": its member {member}',
  ],
  [/_CLIENT_ID$/, 'the client’s id, in the configuration clients.{role}.clientId'],
  [/_REDIRECT_URI$/, 'the redirect URI registered for the client, in the configuration clients.{role}.redirectUri'],
  [/_LAUNCH_URL$/, 'the launch URL registered for the client, in the configuration clients.{role}.launchUrl'],
  [/_ORIGIN$/, 'the web origin of the app, such as https://app.example.org'],
  [/^EHR_START_URL$/, 'where a signed-in user starts the app, in the configuration ehrLaunch.startUrl'],
  [/^(?:USERNAME|PASSWORD)$/, 'of a user who may sign in'],
  [/^PATIENT$/, 'id of the patient in context, in the configuration data.patient'],
  [/^OTHER_PATIENT$/, 'id of another patient, in the configuration data.otherPatient'],
  [/^ENCOUNTER$/, 'id of an encounter of the patient, in the configuration data.encounter'],
  [/^STATE$/, 'openssl rand -hex 16'],
  [/^NONCE$/, 'openssl rand -hex 16'],
  [/^CODE_VERIFIER/, 'openssl rand -hex 32; the one whose CODE_CHALLENGE was sent'],
  [
    /^CODE_CHALLENGE$/,
    'printf %s "$CODE_VERIFIER" | openssl dgst -sha256 -binary | openssl base64 -A | tr "+/" "-_" | tr -d =',
  ],
  [/^LAUNCH$/, 'launch of the address at which the EHR opens the app'],
  [/^CODE/, 'code of the address to which the browser is sent back; it is good once, for a minute or so'],
  [/^CLIENT_SECRET/, 'the client’s secret, in the configuration clients.symmetric.clientSecret'],
  [/^AUTHORIZATION/, 'printf %s "$CLIENT_ID:$CLIENT_SECRET" | openssl base64 -A'],
  [/^CLIENT_ASSERTION/, 'a JWT of the header and claims shown, signed with the client’s private key'],
  [/^(?:ACCESS_TOKEN|REFRESH_TOKEN|ID_TOKEN)/, 'of an answer of the token endpoint'],
  [/^TOKEN/, 'the access or refresh token in question'],
  [/^ETAG$/, 'the ETag of the answer before'],
  [/^ID$/, 'the id in the answer before'],
];

/** The names that these requests use, each with how to come by its value. */
export function placeholdersOf(requests: readonly RecipeRequest[]): readonly (readonly [name: string, how: string])[] {
  const origins = new Map(requests.flatMap((request) => Object.entries(request.origins)));
  const names = [...new Set([...JSON.stringify(requests).matchAll(placeholder)].map(([, name = '']) => name))];
  if (!names.includes('FHIR_BASE') && names.some((name) => how(name).includes('FHIR_BASE'))) names.push('FHIR_BASE');
  if (names.includes('CODE_CHALLENGE') && !names.includes('CODE_VERIFIER')) names.push('CODE_VERIFIER');
  const rank = (name: string) => known.findIndex(([pattern]) => pattern.test(name));
  return names.sort((one, other) => rank(one) - rank(other)).map((name) => [name, origins.get(name) ?? how(name)]);
}

function how(name: string): string {
  const [, words = 'a value of yours'] = known.find(([pattern]) => pattern.test(name)) ?? [];
  const role = /^([A-Z_]+?)\d*_(?:CLIENT_ID|REDIRECT_URI|LAUNCH_URL)$/.exec(name)?.[1] ?? '';
  const camel = role.toLowerCase().replaceAll(/_(\w)/g, (_whole, letter: string) => letter.toUpperCase());
  return words.replace('{member}', name.toLowerCase()).replace('{role}', camel === 'other' ? 'others[…]' : camel);
}

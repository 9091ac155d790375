/** Launch context as it comes with tokens. */
import { asksForCondition } from '../authorization/launch-context.ts';
import type { Override } from '../behaviour.ts';
import { type JsonObject, objectsIn } from '../json.ts';
import { json, page } from '../responses.ts';
import { together } from '../together.ts';
import type { Grant } from '../vault.ts';
import { unguessable } from '../vault.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import {
  changesAnswers,
  changesSmartConfiguration,
  changesTokenResponse,
  changesTokens,
  listing,
  plus,
  without,
} from './overrides.ts';

const isEhr = ({ scopes }: Grant) => scopes.includes('launch');
export const inEhr = (change: (members: JsonObject) => JsonObject) =>
  changesTokenResponse((members, grant, grantType) =>
    isEhr(grant) && grantType === 'authorization_code' ? change(members) : members,
  );
const inStandalone = (change: (members: JsonObject) => JsonObject) =>
  changesTokenResponse((members, grant, grantType) =>
    !isEhr(grant) && grantType === 'authorization_code' ? change(members) : members,
  );
/** A member where it was before. */
const replacing = (name: string, value: unknown) => (members: JsonObject) =>
  members[name] === undefined ? members : { ...members, [name]: value };

/** The EHR shows apps in a frame of its page. */
const embedsApps = changesAnswers('ehr', async (answer) => {
  const usual = await answer();
  const location = usual.headers.get('location');
  if (usual.status !== 303 || location === null) return usual;
  const src = location.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return page('Sample Clinic', `<iframe src="${src}" title="App" width="640" height="640"></iframe>`);
});

const standalonePatient = [
  'app-launch/standalone-patient-context',
  'app-launch/standalone-context-provided',
  'app-launch/requested-context-returned',
  'app-launch/standalone-patient-scope-has-patient',
  'app-launch/refresh-not-wider',
];
const noStandalonePatient = {
  level: 'fail',
  summary: 'Standalone launches yield no patient',
  override: inStandalone(without('patient')),
} as const;
const wrongPatient = [
  'app-launch/patient-is-an-id',
  'app-launch/encounter-is-an-id',
  'app-launch/authorization-details-context',
  'app-launch/refresh-not-wider',
];

const context: readonly FaultRow[] = [
  {
    id: 'app-launch/standalone-patient-context~first-in-list',
    level: 'fail',
    summary: 'Whoever was picked, the patient is Ben',
    also: wrongPatient,
    override: inStandalone(replacing('patient', 'pat-2')),
  },
  ...[
    'standalone-patient-context',
    'standalone-context-provided',
    'requested-context-returned',
    'standalone-patient-scope-has-patient',
  ].map((id): FaultRow => ({ id: `app-launch/${id}~absent`, also: standalonePatient, ...noStandalonePatient })),
  {
    id: 'app-launch/standalone-encounter-context~other',
    level: 'fail',
    summary: 'Whichever encounter was picked, the last one is meant',
    also: ['app-launch/refresh-not-wider'],
    override: inStandalone(replacing('encounter', 'enc-3')),
  },
  {
    id: 'app-launch/standalone-encounter-context~absent',
    level: 'fail',
    summary: 'Standalone launches yield no encounter',
    also: [
      'app-launch/standalone-context-provided',
      'app-launch/requested-context-returned',
      'app-launch/refresh-not-wider',
    ],
    override: inStandalone(without('encounter')),
  },
  {
    id: 'app-launch/ehr-patient-context~other',
    level: 'fail',
    summary: 'EHR launches yield another patient than the one whose chart is open',
    also: [...wrongPatient, 'app-launch/interleaved-launches-kept-apart'],
    override: inEhr(replacing('patient', 'pat-3')),
  },
  {
    id: 'app-launch/ehr-encounter-context~absent',
    level: 'fail',
    summary: 'EHR launches yield no encounter',
    override: inEhr(without('encounter')),
  },
  {
    id: 'app-launch/need-patient-banner-conveyed~absent',
    level: 'fail',
    summary: 'EHR launches do not say whether the app must show whose record it is',
    override: inEhr(without('need_patient_banner')),
  },
  {
    id: 'app-launch/smart-style-url-conveyed~absent',
    level: 'fail',
    summary: 'The EHR embeds apps, and its launches bring no style',
    override: together(embedsApps, inEhr(without('smart_style_url'))),
  },
  {
    id: 'app-launch/ehr-patient-scope-has-patient~absent',
    level: 'fail',
    summary: 'A patient/ scope is granted in an EHR launch, and no patient',
    also: [
      'app-launch/ehr-patient-context',
      'app-launch/interleaved-launches-kept-apart',
      'app-launch/authorization-details-context',
    ],
    override: inEhr(without('patient')),
  },
  {
    id: 'app-launch/context-beside-access-token~inside',
    level: 'fail',
    summary: 'The patient stands in the access token alone',
    also: [
      ...standalonePatient,
      'app-launch/ehr-patient-context',
      'app-launch/ehr-patient-scope-has-patient',
      'app-launch/interleaved-launches-kept-apart',
    ],
    override: together(
      changesTokens(() => ({
        newAccessToken: ({ context: { patient } }) =>
          [...[{ alg: 'none' }, { patient }].map((part) => encoded(part)), unguessable()].join('.'),
      })),
      changesTokenResponse(without('patient')),
    ),
  },
  {
    id: 'app-launch/patient-is-an-id~reference',
    level: 'fail',
    summary: 'patient is a reference',
    also: [
      'app-launch/standalone-patient-context',
      'app-launch/ehr-patient-context',
      'app-launch/interleaved-launches-kept-apart',
      ...wrongPatient,
    ],
    override: changesTokenResponse(replacing('patient', 'Patient/pat-1')),
  },
  {
    id: 'app-launch/patient-is-an-id~unknown-without-scope',
    level: 'fail',
    summary: 'patient is the id of nobody, and the response does not say what was granted',
    also: [
      'app-launch/standalone-patient-context',
      'app-launch/ehr-patient-context',
      'app-launch/interleaved-launches-kept-apart',
      'app-launch/scope-present',
      'app-launch/refresh-scope-present',
      ...wrongPatient,
    ],
    override: changesTokenResponse((members, _grant, grantType) =>
      grantType === 'authorization_code' ? without('scope')(replacing('patient', 'pat-of-nobody')(members)) : members,
    ),
  },
  {
    id: 'app-launch/patient-is-an-id~number',
    level: 'fail',
    summary: 'patient is a number',
    also: [
      'app-launch/standalone-patient-context',
      'app-launch/ehr-patient-context',
      'app-launch/interleaved-launches-kept-apart',
      ...wrongPatient,
    ],
    override: changesTokenResponse(replacing('patient', 123)),
  },
  {
    id: 'app-launch/encounter-is-an-id~reference',
    level: 'fail',
    summary: 'encounter is a reference',
    also: ['app-launch/standalone-encounter-context', 'app-launch/ehr-encounter-context'],
    override: changesTokenResponse(replacing('encounter', 'Encounter/enc-1')),
  },
  {
    id: 'app-launch/encounter-is-an-id~unknown',
    level: 'fail',
    summary: 'encounter is the id of nothing',
    also: ['app-launch/standalone-encounter-context', 'app-launch/ehr-encounter-context'],
    override: changesTokenResponse(replacing('encounter', 'enc-99')),
  },
  {
    id: 'app-launch/need-patient-banner-boolean~string',
    level: 'fail',
    summary: 'need_patient_banner is a string',
    also: ['app-launch/need-patient-banner-conveyed'],
    override: changesTokenResponse((members) =>
      replacing('need_patient_banner', String(members.need_patient_banner))(members),
    ),
  },
  {
    id: 'app-launch/intent-string~object',
    level: 'fail',
    summary: 'intent is an object',
    override: changesTokenResponse(replacing('intent', { code: 'review-problems' })),
  },
  {
    id: 'app-launch/smart-style-url-absolute~relative',
    level: 'warn',
    summary: 'smart_style_url is relative',
    also: ['app-launch/style-document'],
    override: changesTokenResponse(replacing('smart_style_url', '/styles/1.json')),
  },
  {
    id: 'app-launch/smart-style-url-absolute~object',
    level: 'fail',
    summary: 'smart_style_url is an object',
    also: ['app-launch/smart-style-url-conveyed'],
    override: changesTokenResponse(replacing('smart_style_url', {})),
  },
  {
    id: 'app-launch/style-document~gone',
    level: 'warn',
    summary: 'There is nothing at smart_style_url',
    override: changesAnswers('smart-style', () => json({}, { status: 404 })),
  },
  {
    id: 'app-launch/style-document~numbers',
    level: 'warn',
    summary: 'Style properties are numbers',
    override: changesAnswers('smart-style', () => json({ dim_font_size: 13 })),
  },
  {
    id: 'app-launch/style-change-new-url~daily',
    level: 'fail',
    summary: 'Every day has its own style, and all of them the same URL',
    override: changesAnswers('smart-style', (_answer, _asked, _usual, { now }) =>
      json({ color_background: `#ffff${(Math.floor(now() / 86_400_000) % 256).toString(16).padStart(2, '0')}` }),
    ),
  },
  {
    id: 'app-launch/tenant-string~empty',
    level: 'fail',
    summary: 'tenant is empty',
    override: changesTokenResponse(replacing('tenant', '')),
  },
  {
    id: 'app-launch/extension-context-names~bare',
    level: 'warn',
    summary: 'A scope of the server’s own is a bare word',
    override: changesTokenResponse((members) => ({ ...members, scope: `${String(members.scope)} clinic-extra` })),
  },
  {
    id: 'app-launch/fhir-context-requested-types~absent',
    level: 'fail',
    summary: 'launch/condition is granted, and no condition comes',
    also: ['app-launch/unsupported-role-still-context'],
    override: withoutCondition((scopes) => scopes.some(asksForCondition)),
  },
  {
    id: 'app-launch/fhir-context-requested-types~beside',
    level: 'fail',
    summary: 'The condition asked for stands beside the access token, as a member of its own',
    override: changesTokenResponse((members, { scopes }) =>
      scopes.some(asksForCondition) ? { ...conditionless(members), condition: 'cond-1' } : members,
    ),
  },
  {
    id: 'app-launch/unsupported-role-still-context~nothing',
    level: 'warn',
    summary: 'A launch/ scope with an unknown role yields nothing',
    override: withoutCondition((scopes) => scopes.includes('launch/condition?role=urn:smart-check:no-such-role')),
  },
  {
    id: 'app-launch/launch-scopes-lower-case~upper',
    level: 'fail',
    summary: 'scopes_supported has launch/Observation',
    override: changesSmartConfiguration(listing('scopes_supported', plus('launch/Observation'))),
  },
];

const fhirContext: readonly FaultRow[] = [
  item('array-of-objects~strings', 'fhirContext is an array of strings', () => 'Condition/cond-1'),
  {
    id: 'app-launch/fhir-context-array-of-objects~object',
    level: 'fail',
    summary: 'fhirContext is an object',
    override: changesTokenResponse((members) => replacing('fhirContext', { reference: 'Condition/cond-1' })(members)),
  },
  item('no-patient-or-encounter~patient', 'The patient stands in fhirContext without a role', () => ({
    reference: 'Patient/pat-1',
  })),
  item('no-patient-or-encounter~launch', 'The encounter stands in fhirContext with the role launch', () => ({
    reference: 'Encounter/enc-1',
    role: 'launch',
  })),
  item('item-identified~empty', 'An item of fhirContext has neither reference nor canonical nor identifier', () => ({
    role: 'launch',
  })),
  item('reference-relative~absolute', 'A reference in fhirContext is absolute', () => ({
    reference: 'https://ehr.smart-check.test/fhir/Condition/cond-1',
  })),
  item('reference-relative~id', 'A reference in fhirContext is a bare id', () => ({ reference: 'cond-1' })),
  item('canonical-url~relative', 'A canonical in fhirContext is relative', () => ({
    canonical: 'Questionnaire/q1',
    type: 'Questionnaire',
  })),
  item('identifier-object~string', 'An identifier in fhirContext is a string', () => ({
    identifier: '12345',
    type: 'ImagingStudy',
  })),
  item('identifier-object~array', 'An identifier in fhirContext is an array', () => ({
    identifier: [{ value: '12345' }],
    type: 'ImagingStudy',
  })),
  item(
    'type-named~absent',
    'An identifier in fhirContext has no type beside it',
    () => ({ identifier: { value: '12345' } }),
    'warn',
  ),
  item('type-named~unknown', 'A type in fhirContext is no resource type', () => ({
    identifier: { value: '12345' },
    type: 'imaging study',
  })),
  item(
    'type-named~of-dstu2',
    'An item of fhirContext is of a resource type that DSTU2 alone has',
    () => ({ reference: 'DiagnosticOrder/order-1' }),
    'warn',
  ),
  item('role-uri~word', 'A role in fhirContext is a bare word', () => ({
    reference: 'Condition/cond-1',
    role: 'summary',
  })),
  item('role-not-empty~empty', 'A role in fhirContext is empty', () => ({ reference: 'Condition/cond-1', role: '' })),
];

export const contextFaults = faultsOf([...context, ...fhirContext]);

/** Without the condition, in launches whose scopes are such. */
function withoutCondition(appliesTo: (scopes: readonly string[]) => boolean): Override {
  return changesTokenResponse((members, { scopes }) => (appliesTo(scopes) ? conditionless(members) : members));
}

function conditionless({ fhirContext, ...members }: JsonObject): JsonObject {
  const items = objectsIn(fhirContext);
  const others = items.filter(({ reference }) => !String(reference).startsWith('Condition/'));
  return { ...members, ...(others.length > 0 && { fhirContext: others }) };
}

/** An item of fhirContext beside the good ones. */
function item(variant: string, summary: string, make: () => unknown, level: 'fail' | 'warn' = 'fail'): FaultRow {
  const override: Override = changesTokenResponse((members) =>
    Array.isArray(members.fhirContext) ? { ...members, fhirContext: [...members.fhirContext, make()] } : members,
  );
  return { id: `app-launch/fhir-context-${variant}`, level, summary, override };
}

function encoded(part: JsonObject): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

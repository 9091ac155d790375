import { answeredWith, described, outcomeOf, pickedInstead } from '../../src/artifacts/authorization-outcome.ts';
import { fhirFormat } from '../../src/artifacts/fhir-version.ts';
import { launchModes } from '../../src/artifacts/launch-modes.ts';
import { type EhrOpening, launcher } from '../../src/artifacts/launcher.ts';
import { ehrLaunches, type Launch, launches, standaloneLaunches } from '../../src/artifacts/launches.ts';
import { prober } from '../../src/artifacts/prober.ts';
import { grantedScopes } from '../../src/artifacts/refreshes.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { type SigningIn, userOf } from '../../src/artifacts/users.ts';
import { usualWay } from '../../src/artifacts/usual-way.ts';
import { jsonObjectIn } from '../../src/http/json-object-in.ts';
import { readJson } from '../../src/http/read-json.ts';
import {
  artifact,
  configuration,
  type Exchange,
  http,
  isRecord,
  Skip,
  type TargetData,
  test,
} from '../../src/kit/index.ts';
import { patientInContext } from '../../src/smart/patient-in-context.ts';
import { readSuffix } from '../../src/smart/read-suffix.ts';
import { covers } from '../../src/smart/scope.ts';
import { belowBase } from '../../src/smart/well-known.ts';

const isPatientScope = (scope: string) => scope.startsWith('patient/');

const standalonePatient = test({
  id: 'app-launch/standalone-context',
  title: 'A standalone launch yields the patient and the encounter that the user picked',
  requirements: [
    'app-launch/standalone-patient-context',
    'app-launch/standalone-encounter-context',
    'app-launch/standalone-context-provided',
    'app-launch/requested-context-returned',
  ],
  needs: [configuration, capabilities, standaloneLaunches],
  run({ configuration, capabilities: { includes }, standaloneLaunches, must, should, undecided }) {
    const picked = chosenFor(userOf(configuration, 'patient', 'practitioner'), configuration.data);
    const asking = standaloneLaunches.filter(({ scope }) => /(^| )launch\/(patient|encounter)( |$)/.test(scope));
    if (asking.length === 0) throw new Skip('not-advertised', 'no app asks for launch/patient or launch/encounter');
    const journeys = asking.map(({ authorization }) => authorization.outcome);
    const isPicked = journeys.some(({ strip }) => strip.some(({ title }) => title.startsWith('pick')));
    const whose = isPicked ? 'who was picked' : 'whom the configuration names (data, or the user’s own patient)';
    for (const { tokens, scope, exchange: because } of asking) {
      const asked = scope.split(' ');
      for (const kind of ['patient', 'encounter'] as const) {
        const value = tokens.members[kind];
        if (!asked.includes(`launch/${kind}`)) continue;
        const isAdvertised = includes(`context-standalone-${kind}`);
        const actual = value === undefined ? `no ${kind}` : `${kind} ${JSON.stringify(value)}`;
        const isGranted = tokens.scopes?.includes(`launch/${kind}`) ?? false;
        const demand = isAdvertised ? must : should;
        // A patient without encounters has none to pick.
        if (kind === 'encounter' && value === undefined && picked.encounter === undefined) {
          const message = 'no encounter came, and data.encounter does not say that there was one to pick';
          undecided('app-launch/standalone-encounter-context', { message, because });
          continue;
        }
        demand('app-launch/standalone-context-provided', value !== undefined, {
          expected: `${kind} in the token response, as launch/${kind} was asked for`,
          actual,
          because,
        });
        if (isGranted) {
          demand('app-launch/requested-context-returned', value !== undefined, {
            expected: `${kind} in the token response, as launch/${kind} was granted`,
            actual,
            because,
          });
        }
        if (!isAdvertised) continue;
        const wanted = picked[kind];
        const instead = wanted === undefined || value === wanted ? null : pickedInstead(kind, wanted, journeys);
        if (instead !== null && value !== undefined) {
          undecided(`app-launch/standalone-${kind}-context`, { message: notOffered(kind, actual, instead), because });
          continue;
        }
        must(`app-launch/standalone-${kind}-context`, wanted === undefined ? value !== undefined : value === wanted, {
          expected: wanted === undefined ? `${kind} in the token response` : `${kind} ${wanted}, ${whose}`,
          actual,
          because,
        });
      }
    }
  },
});

function notOffered(kind: string, actual: string, instead: string): string {
  return `${actual} came, and the pages did not offer the ${kind} that is configured (${instead}): look at data.${kind}, and at patient and patientName of the user`;
}

/** Whose chart is opened for a user, and which visit: `data` names one in the chart that it names. */
function chosenFor({ user }: SigningIn, { patient, encounter }: TargetData): Pick<TargetData, 'patient' | 'encounter'> {
  const own = user?.patient ?? patient;
  return {
    ...(own !== undefined && { patient: own }),
    ...(encounter !== undefined && (patient === undefined || own === patient) && { encounter }),
  };
}

const ehrContext = test({
  id: 'app-launch/ehr-context',
  title: 'An EHR launch yields what is open in the EHR',
  requirements: [
    'app-launch/ehr-patient-context',
    'app-launch/ehr-encounter-context',
    'app-launch/ehr-hints-may-be-ignored',
    'app-launch/need-patient-banner-conveyed',
    'app-launch/smart-style-url-conveyed',
  ],
  needs: [configuration, capabilities, ehrLaunches],
  run({ configuration: { data }, capabilities: { includes }, ehrLaunches, must, info, undecided }) {
    const journeys = ehrLaunches.flatMap(({ opening }) => opening?.outcome ?? []);
    for (const launch of ehrLaunches) {
      const { tokens, opening, exchange: because } = launch;
      const { patient, encounter, need_patient_banner: banner, smart_style_url: style } = tokens.members;
      const chosen = opening ? chosenFor(opening.signingIn, data) : data;
      for (const [kind, value, open] of [
        ['patient', patient, chosen.patient],
        ['encounter', encounter, chosen.encounter],
      ] as const) {
        const actual = value === undefined ? `no ${kind}` : `${kind} ${JSON.stringify(value)}`;
        const isDue = value !== undefined || asksFor(kind, launch);
        if (!includes(`context-ehr-${kind}`) || open === undefined || !isDue) {
          info('app-launch/ehr-hints-may-be-ignored', { message: `an EHR launch came with ${actual}`, because });
          continue;
        }
        const instead = value === open ? null : pickedInstead(kind, open, journeys);
        if (instead !== null && value !== undefined) {
          undecided(`app-launch/ehr-${kind}-context`, { message: notOffered(kind, actual, instead), because });
          continue;
        }
        if (kind === 'encounter' && opening && value !== open && !isMentioned(open, opening)) {
          const message = `an EHR launch came with ${actual}, and nothing shows that ${open} is open where the EHR starts apps: ehrLaunch.startUrl, or its steps, may open it`;
          undecided('app-launch/ehr-encounter-context', { message, because });
          continue;
        }
        must(`app-launch/ehr-${kind}-context`, value === open, {
          expected: `${kind} ${open}, which is open in the EHR`,
          actual,
          because,
        });
      }
      if (includes('context-banner') && patient !== undefined) {
        must('app-launch/need-patient-banner-conveyed', typeof banner === 'boolean', {
          expected: 'need_patient_banner, true or false, as context-banner is advertised',
          actual: shown(banner),
          because,
        });
      }
      // "context-style only for an embedded EHR Launch" (conformance, "Launch Context for UI Integration").
      if (includes('context-style') && style === undefined && !opening?.outcome.embedded) {
        const message =
          'no smart_style_url came, and the EHR opened the app outside of its own pages, where none is due';
        info('app-launch/smart-style-url-conveyed', { message, because });
      } else if (includes('context-style')) {
        must('app-launch/smart-style-url-conveyed', typeof style === 'string', {
          expected: 'smart_style_url, as context-style is advertised',
          actual: shown(style),
          because,
        });
      }
    }
  },
});

/** Whether what was asked of the EHR on the way to the app names it. */
function isMentioned(id: string, { exchanges }: EhrOpening): boolean {
  return exchanges.some(({ request: { url, body } }) => `${url} ${body ?? ''}`.includes(id));
}

/** Whether a launch asked for context of a kind, or was granted what is nothing without it. */
function asksFor(kind: string, launch: Launch): boolean {
  const isAsked = launch.scope.split(' ').includes(`launch/${kind}`);
  return isAsked || (kind === 'patient' && grantedScopes(launch).some(isPatientScope));
}

const patientScopes = test({
  id: 'app-launch/patient-scope-has-patient',
  title: 'Whoever is granted a patient/ scope gets a patient in context',
  requirements: [
    'app-launch/standalone-patient-scope-has-patient',
    'app-launch/standalone-patient-scope-alone',
    'app-launch/ehr-patient-scope-has-patient',
    'app-launch/ehr-patient-scope-without-launch',
  ],
  needs: [launches, prober, capabilities, launchModes, configuration, launcher, usualWay],
  async run({ launches, prober, capabilities, launchModes, configuration, launcher, usualWay, ...judge }) {
    const { must, info, undecided } = judge;
    for (const { kind, tokens, exchange: because } of launches) {
      if (!tokens.scopes?.some(isPatientScope)) continue;
      must(`app-launch/${kind}-patient-scope-has-patient`, tokens.members.patient !== undefined, {
        expected: `patient in the token response, as ${tokens.scopes.find(isPatientScope)} was granted`,
        actual: shown(tokens.members.patient),
        because,
      });
    }
    const read = `patient/Patient.${readSuffix(capabilities, configuration.specVersion)}`;
    for (const scope of [`launch/patient ${read}`, read]) {
      const isAlone = !scope.includes(' ');
      const authorization = await prober.authorize({ scope });
      if (outcomeOf(authorization) === 'stuck') {
        const message = `${scope}: ${described(authorization)}`;
        undecided('app-launch/standalone-patient-scope-alone', { message, because: authorization.exchanges });
        continue;
      }
      const answer = outcomeOf(authorization) === 'code' ? await prober.redeem(authorization) : null;
      const because = [...authorization.exchanges, ...(answer ? [answer.exchange] : [])];
      const isGranted = answer?.kind === 'granted' && (answer.tokens.scopes?.some(isPatientScope) ?? false);
      const patient = answer?.kind === 'granted' ? answer.tokens.members.patient : undefined;
      if (isAlone) {
        const message = `${scope} without launch/patient: ${patient === undefined ? (answer ? answeredWith(answer) : described(authorization)) : 'a patient is inferred'}`;
        info('app-launch/standalone-patient-scope-alone', { message, because });
      }
      if (!isGranted) continue;
      must('app-launch/standalone-patient-scope-has-patient', patient !== undefined, {
        expected: `patient in the token response, as a patient/ scope was granted for ${scope}`,
        actual: 'no patient',
        because,
      });
    }
    if (!launchModes.ehr || !configuration.users[configuration.ehrLaunch?.user ?? '']) return;
    const signingIn = userOf(configuration, configuration.ehrLaunch?.user ?? '');
    const session = await launcher.openSession();
    const opening = await launcher.openFromEhr([prober.client], session);
    const scope = usualWay.withSignOn(`launch ${read}`, prober.client);
    const withLaunch = await launcher.authorize({
      client: prober.client,
      signingIn,
      session,
      scope,
      launch: opening.parameters.get('launch') ?? '',
    });
    if (outcomeOf(withLaunch) === 'code') {
      const granted = await launcher.redeem(withLaunch);
      if (granted.kind === 'granted' && granted.tokens.scopes?.some(isPatientScope)) {
        must('app-launch/ehr-patient-scope-has-patient', granted.tokens.members.patient !== undefined, {
          expected: `patient in the token response, as ${read} was granted in an EHR launch`,
          actual: shown(granted.tokens.members.patient),
          because: [...withLaunch.exchanges, granted.exchange],
        });
      }
    }
    const withoutLaunch = await launcher.authorize({ client: prober.client, signingIn, scope });
    if (outcomeOf(withoutLaunch) === 'stuck') return;
    const answer = outcomeOf(withoutLaunch) === 'code' ? await launcher.redeem(withoutLaunch) : null;
    const because = [...withoutLaunch.exchanges, ...(answer ? [answer.exchange] : [])];
    const got = answer?.kind === 'granted' && answer.tokens.scopes?.some(isPatientScope);
    const message = `${read} with scope launch and no launch value: ${answer ? answeredWith(answer) : described(withoutLaunch)}`;
    info('app-launch/ehr-patient-scope-without-launch', { message, because });
    if (!got || answer.kind !== 'granted') return;
    must('app-launch/ehr-patient-scope-has-patient', answer.tokens.members.patient !== undefined, {
      expected: 'patient in the token response, as a patient/ scope was granted without a launch value',
      actual: 'no patient',
      because,
    });
  },
});

/** A resource that a launch names in its context, read with its token. */
interface ContextRead {
  readonly launch: Launch;
  readonly type: 'Patient' | 'Encounter';
  readonly value: unknown;
  /** Null when there was no id to read by. */
  readonly read: Exchange | null;
}

const idShape = /^[A-Za-z0-9.-]{1,64}$/;

const contextReads = artifact({
  name: 'contextReads',
  needs: [launches, fhirBaseUrl, fhirFormat, http],
  async obtain({ launches, fhirBaseUrl, fhirFormat, http }): Promise<readonly ContextRead[]> {
    const named = launches.flatMap((launch) => {
      const { patient, encounter } = launch.tokens.members;
      return [
        { launch, type: 'Patient' as const, value: patient },
        { launch, type: 'Encounter' as const, value: encounter },
      ].filter(({ value }) => value !== undefined);
    });
    return Promise.all(
      named.map(async ({ launch, type, value }) => {
        const isId = typeof value === 'string' && idShape.test(value);
        const headers = { accept: fhirFormat.accept, authorization: `Bearer ${launch.tokens.accessToken}` };
        const url = isId ? belowBase(fhirBaseUrl, `${type}/${value}`) : null;
        const read = url
          ? await http.send({ url, redirect: 'manual', headers: { ...launch.client.headers, ...headers } })
          : null;
        return { launch, type, value, read };
      }),
    );
  },
});

const ids = test({
  id: 'app-launch/context-ids',
  title: 'patient and encounter are ids of resources that the token can read',
  requirements: ['app-launch/patient-is-an-id', 'app-launch/encounter-is-an-id'],
  needs: [contextReads],
  run({ contextReads, must, should, undecided }) {
    if (contextReads.length === 0) throw new Skip('not-advertised', 'no launch came with a patient or an encounter');
    for (const { launch, type, value, read } of contextReads) {
      const id = type === 'Patient' ? 'app-launch/patient-is-an-id' : 'app-launch/encounter-is-an-id';
      const because = [launch.exchange, ...(read ? [read] : [])];
      const status = read?.response?.status;
      if (!read) {
        must(id, false, {
          expected: `${type.toLowerCase()} to be the id of a ${type}: letters, digits, - and ., 64 at most`,
          actual: shown(value),
          because,
        });
        continue;
      }
      // Scopes may leave it out; only where they do not is a refusal wrong.
      const scopes = grantedScopes(launch);
      const mayRead = covers(scopes, `patient/${type}.r`) || covers(scopes, `user/${type}.r`);
      // What a token may not read, some servers say is not there.
      if (status === undefined || ([401, 403, 404].includes(status) && !mayRead)) {
        undecided(id, { message: `${type}/${value} could not be read: ${status ?? 'no answer'}`, because });
        continue;
      }
      const resource = jsonObjectIn(read);
      must(id, status === 200 && resource?.resourceType === type, {
        expected: `GET ${type}/${String(value)} with the token to give that ${type}`,
        actual: `${status}${resource ? ` and a ${String(resource.resourceType)}` : ''}`,
        because,
      });
      const patient = patientInContext(launch.tokens.members);
      if (type !== 'Encounter' || status !== 200 || patient === null) continue;
      const subject = JSON.stringify(resource?.subject ?? resource?.patient ?? null);
      should(id, subject.includes(patient), {
        expected: `the encounter to be one of patient ${patient}`,
        actual: `subject ${subject.slice(0, 200)}`,
        because,
      });
    }
  },
});

const members = test({
  id: 'app-launch/context-members',
  title: 'Members of the launch context are of their types',
  requirements: [
    'app-launch/context-beside-access-token',
    'app-launch/need-patient-banner-boolean',
    'app-launch/intent-string',
    'app-launch/smart-style-url-absolute',
    'app-launch/tenant-string',
    'app-launch/extension-context-names',
  ],
  needs: [launches],
  run({ launches, must, should, info }) {
    for (const launch of launches) {
      const { tokens, exchange: because } = launch;
      const { members: all } = tokens;
      const inside = claimsIn(tokens.accessToken);
      for (const name of ['patient', 'encounter', 'need_patient_banner', 'fhirContext']) {
        // Access tokens are the server's own: what they say of a patient whom nobody asked for is no launch context.
        const isKept = ['patient', 'encounter'].includes(name) && !asksFor(name, launch);
        if (all[name] === undefined && (isKept || inside?.[name] === undefined)) continue;
        must('app-launch/context-beside-access-token', all[name] !== undefined, {
          expected: `${name} beside access_token`,
          actual: all[name] === undefined ? 'only inside the access token' : 'it is',
          because,
        });
      }
      const { need_patient_banner: banner, intent, smart_style_url: style, tenant } = all;
      if (banner !== undefined) {
        must('app-launch/need-patient-banner-boolean', typeof banner === 'boolean', {
          expected: 'need_patient_banner to be true or false',
          actual: shown(banner),
          because,
        });
      }
      if (intent !== undefined) {
        must('app-launch/intent-string', typeof intent === 'string', {
          expected: 'intent to be a string',
          actual: shown(intent),
          because,
        });
      }
      if (style !== undefined) {
        const isText = typeof style === 'string' && style !== '';
        (isText ? should : must)('app-launch/smart-style-url-absolute', isText && URL.canParse(style), {
          expected: 'smart_style_url to be an absolute URL',
          actual: shown(style),
          because,
        });
      }
      if (tenant !== undefined) {
        must('app-launch/tenant-string', typeof tenant === 'string' && tenant !== '', {
          expected: 'tenant to be a string, not empty',
          actual: shown(tenant),
          because,
        });
      }
      const odd = (tokens.scopes ?? []).filter((scope) => !knownScope.test(scope));
      for (const scope of odd) {
        should('app-launch/extension-context-names', scope.startsWith('__') || /^[a-z][a-z0-9+.-]*:/i.test(scope), {
          expected: 'a scope of the server’s own to be a URI or to start with __',
          actual: scope,
          because,
        });
      }
      const unknown = Object.keys(all).filter(
        (name) => !knownMembers.includes(name) && !name.startsWith('__') && !URL.canParse(name),
      );
      if (unknown.length > 0) {
        info('app-launch/extension-context-names', {
          message: `members that the guide does not define: ${unknown.join(', ')}`,
          because,
        });
      } else if (odd.length === 0) {
        should('app-launch/extension-context-names', true, {
          expected: 'names of the server’s own to be URIs or to start with __',
          actual: 'none, or such ones',
          because,
        });
      }
    }
  },
});

const knownScope =
  /^(openid|fhirUser|profile|email|address|phone|offline_access|online_access|launch|launch\/.+|smart\/.+|(patient|user|system)\/.+)$/;

const knownMembers = [
  'access_token',
  'token_type',
  'expires_in',
  'scope',
  'refresh_token',
  'id_token',
  'authorization_details',
  'patient',
  'encounter',
  'fhirContext',
  'need_patient_banner',
  'intent',
  'smart_style_url',
  'tenant',
  'appContext',
];

function claimsIn(token: string): Readonly<Record<string, unknown>> | null {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return null;
  const json = readJson(Buffer.from(payload, 'base64url').toString('utf8'));
  return json.kind === 'value' && isRecord(json.value) ? json.value : null;
}

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 200);
}

export const contextTests = [standalonePatient, ehrContext, patientScopes, ids, members];

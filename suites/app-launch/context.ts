import { hasPickedPatient, pickedInstead } from '../../src/artifacts/authorization-outcome.ts';
import { fhirFormat } from '../../src/artifacts/fhir-version.ts';
import type { EhrOpening } from '../../src/artifacts/launcher.ts';
import { ehrLaunches, type Launch, launches, standaloneLaunches } from '../../src/artifacts/launches.ts';
import { grantedScopes } from '../../src/artifacts/refreshes.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { type SigningIn, userOf } from '../../src/artifacts/users.ts';
import { jsonObjectIn } from '../../src/http/json-object-in.ts';
import { artifact, configuration, type Exchange, http, Skip, type TargetData, test } from '../../src/kit/index.ts';
import { patientInContext } from '../../src/smart/patient-in-context.ts';
import { covers } from '../../src/smart/scope.ts';
import { belowBase } from '../../src/smart/well-known.ts';

/** Context of a kind that a launch asked for, and what came. */
interface AskedContext {
  readonly kind: 'patient' | 'encounter';
  readonly launch: Launch;
  readonly value: unknown;
  readonly actual: string;
}

/** What standalone launches asked for. @throws Skip when that is nothing */
function askedContext(launches: readonly Launch[]): readonly AskedContext[] {
  const asked = launches.flatMap((launch) =>
    (['patient', 'encounter'] as const)
      .filter((kind) => launch.scope.split(' ').includes(`launch/${kind}`))
      .map((kind) => ({ kind, launch, ...contextIn(launch, kind) })),
  );
  if (asked.length === 0) throw new Skip('not-advertised', 'no app asks for launch/patient or launch/encounter');
  return asked;
}

function contextIn({ tokens: { members } }: Launch, kind: AskedContext['kind']) {
  const value = members[kind];
  return { value, actual: value === undefined ? `no ${kind}` : `${kind} ${JSON.stringify(value)}` };
}

/** A patient without encounters has none to pick. */
function mayLack({ kind, value }: AskedContext, chosen: ReturnType<typeof chosenFor>): boolean {
  return kind === 'encounter' && value === undefined && chosen.encounter === undefined;
}

const standaloneProvided = test({
  id: 'app-launch/standalone-context-provided',
  title: 'A standalone launch yields the context that it asks for',
  requirements: ['app-launch/standalone-context-provided', 'app-launch/requested-context-returned'],
  needs: [configuration, capabilities, standaloneLaunches],
  run({ configuration, capabilities: { includes }, standaloneLaunches, must, should, undecided }) {
    const chosen = chosenFor(userOf(configuration, 'patient', 'practitioner'), configuration.data);
    for (const asked of askedContext(standaloneLaunches)) {
      const { kind, value, actual, launch } = asked;
      const because = launch.exchange;
      const demand = includes(`context-standalone-${kind}`) ? must : should;
      if (mayLack(asked, chosen)) {
        undecided('app-launch/standalone-context-provided', { message: noVisitKnown, because });
        continue;
      }
      demand('app-launch/standalone-context-provided', value !== undefined, {
        expected: `${kind} in the token response, as launch/${kind} was asked for`,
        actual,
        because,
      });
      if (!launch.tokens.scopes?.includes(`launch/${kind}`)) continue;
      demand('app-launch/requested-context-returned', value !== undefined, {
        expected: `${kind} in the token response, as launch/${kind} was granted`,
        actual,
        because,
      });
    }
  },
});

const noVisitKnown = 'no encounter came, and data.encounter does not say that there was one to pick';

const standaloneContext = test({
  id: 'app-launch/standalone-context',
  title: 'A standalone launch yields the patient and the encounter that the user picked',
  requirements: ['app-launch/standalone-patient-context', 'app-launch/standalone-encounter-context'],
  needs: [configuration, capabilities, standaloneLaunches],
  run({ configuration, capabilities: { includes }, standaloneLaunches, must, undecided }) {
    const advertised = askedContext(standaloneLaunches).filter(({ kind }) => includes(`context-standalone-${kind}`));
    if (advertised.length === 0) throw new Skip('not-advertised', 'no context-standalone- capability is advertised');
    const chosen = chosenFor(userOf(configuration, 'patient', 'practitioner'), configuration.data);
    const journeys = standaloneLaunches.map(({ authorization }) => authorization.outcome);
    const isPicked = journeys.some(({ strip }) => strip.some(({ title }) => title.startsWith('pick')));
    const whose = isPicked ? 'who was picked' : 'whom the configuration names (data, or the user’s own patient)';
    for (const asked of advertised) {
      const { kind, value, actual, launch } = asked;
      const id = `app-launch/standalone-${kind}-context` as const;
      const because = launch.exchange;
      const wanted = chosen[kind];
      const isOther = wanted !== undefined && value !== undefined && value !== wanted;
      const instead = isOther ? pickedInstead(kind, wanted, journeys) : null;
      if (mayLack(asked, chosen) || instead !== null) {
        undecided(id, { message: instead === null ? noVisitKnown : notOffered(kind, actual, instead), because });
        continue;
      }
      must(id, wanted === undefined ? value !== undefined : value === wanted, {
        expected: wanted === undefined ? `${kind} in the token response` : `${kind} ${wanted}, ${whose}`,
        actual,
        because,
      });
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
  ],
  needs: [configuration, capabilities, ehrLaunches],
  run({ configuration: { data }, capabilities: { includes }, ehrLaunches, must, info, undecided }) {
    const journeys = ehrLaunches.flatMap(({ opening }) => opening?.outcome ?? []);
    for (const launch of ehrLaunches) {
      const { opening, exchange: because } = launch;
      const chosen = opening ? chosenFor(opening.signingIn, data) : data;
      for (const kind of ['patient', 'encounter'] as const) {
        const { value, actual } = contextIn(launch, kind);
        const id = `app-launch/ehr-${kind}-context` as const;
        const open = chosen[kind];
        const isDue = value !== undefined || asksFor(kind, launch);
        if (!includes(`context-ehr-${kind}`) || open === undefined || !isDue) {
          info('app-launch/ehr-hints-may-be-ignored', { message: `an EHR launch came with ${actual}`, because });
          continue;
        }
        if (value === open && hasPickedPatient(launch.authorization.outcome)) {
          const message = `an EHR launch came with ${actual}, and the user had to pick the patient although the chart was open: nothing shows which of the two it comes of`;
          undecided(id, { message, because });
          continue;
        }
        const instead = value === open || value === undefined ? null : pickedInstead(kind, open, journeys);
        if (instead !== null) {
          undecided(id, { message: notOffered(kind, actual, instead), because });
          continue;
        }
        if (kind === 'encounter' && opening && value !== open && !isMentioned(open, opening)) {
          const message = `an EHR launch came with ${actual}, and nothing shows that ${open} is open where the EHR starts apps: ehrLaunch.startUrl, or its steps, may open it`;
          undecided(id, { message, because });
          continue;
        }
        must(id, value === open, { expected: `${kind} ${open}, which is open in the EHR`, actual, because });
      }
    }
  },
});

const ehrSurroundings = test({
  id: 'app-launch/ehr-surroundings',
  title: 'An EHR launch says how the app is to look among the EHR’s pages',
  requirements: ['app-launch/need-patient-banner-conveyed', 'app-launch/smart-style-url-conveyed'],
  needs: [capabilities, ehrLaunches],
  run({ capabilities: { includes }, ehrLaunches, must, info }) {
    const isBannerDue =
      includes('context-banner') && ehrLaunches.some(({ tokens }) => tokens.members.patient !== undefined);
    if (!isBannerDue && !includes('context-style')) {
      throw new Skip('not-advertised', 'neither context-style is advertised, nor context-banner where a patient came');
    }
    for (const { tokens, opening, exchange: because } of ehrLaunches) {
      const { patient, need_patient_banner: banner, smart_style_url: style } = tokens.members;
      if (includes('context-banner') && patient !== undefined) {
        must('app-launch/need-patient-banner-conveyed', typeof banner === 'boolean', {
          expected: 'need_patient_banner, true or false, as context-banner is advertised',
          actual: shown(banner),
          because,
        });
      }
      if (!includes('context-style')) continue;
      // "context-style only for an embedded EHR Launch" (conformance, "Launch Context for UI Integration").
      if (style === undefined && !opening?.outcome.embedded) {
        const message =
          'no smart_style_url came, and the EHR opened the app outside of its own pages, where none is due';
        info('app-launch/smart-style-url-conveyed', { message, because });
        continue;
      }
      must('app-launch/smart-style-url-conveyed', typeof style === 'string', {
        expected: 'smart_style_url, as context-style is advertised',
        actual: shown(style),
        because,
      });
    }
  },
});

/** Whether what was asked of the EHR on the way to the app names it. */
function isMentioned(id: string, { exchanges }: EhrOpening): boolean {
  return exchanges.some(({ request: { url, body } }) => `${url} ${body ?? ''}`.includes(id));
}

/** Whether a launch asked for context of a kind, or was granted what is nothing without it. */
export function asksFor(kind: string, launch: Launch): boolean {
  const isAsked = launch.scope.split(' ').includes(`launch/${kind}`);
  return isAsked || (kind === 'patient' && grantedScopes(launch).some((scope) => scope.startsWith('patient/')));
}

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
      if (status === undefined || mayBeRefused(status, type, grantedScopes(launch))) {
        undecided(id, { message: `${type}/${value} could not be read: ${status ?? 'no answer'}`, because });
        continue;
      }
      const resource = jsonObjectIn(read);
      must(id, status === 200 && resource?.resourceType === type, {
        expected: `GET ${type}/${String(value)} with the token to give that ${type}`,
        actual: `${status}${typeof resource?.resourceType === 'string' ? ` and a ${resource.resourceType}` : ''}`,
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

/**
 * Whether scopes leave open that a read is refused, so that this says nothing of the id: they may leave the type out, and by
 * `user/` the user's own rights decide. What a token may not read, some servers say is not there.
 */
export function mayBeRefused(status: number, type: string, scopes: readonly string[]): boolean {
  if (![401, 403, 404].includes(status) || covers(scopes, `patient/${type}.r`)) return false;
  return status !== 404 || !covers(scopes, `user/${type}.r`);
}

export function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 200);
}

export const contextTests = [standaloneProvided, standaloneContext, ehrContext, ehrSurroundings, ids];

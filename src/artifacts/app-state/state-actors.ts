import {
  artifact,
  attempted,
  type Configuration,
  configuration,
  type Exchange,
  isUnobtainable,
  Skip,
} from '../../kit/index.ts';
import { readJwt } from '../../oauth/jwt.ts';
import { patientInContext } from '../../smart/patient-in-context.ts';
import type { Capabilities } from '../../smart/smart-configuration.ts';
import { belowBase } from '../../smart/well-known.ts';
import { type LaunchModes, launchModes } from '../launch-modes.ts';
import { type Grant, type LaunchableClient, type Launcher, launcher } from '../launcher.ts';
import { capabilities } from '../smart-configuration.ts';
import { fhirBaseUrl } from '../target.ts';
import { userOf } from '../users.ts';
import { appStateBase } from './app-state-base.ts';
import { type StateApp, type StateCode, stateApp } from './state-app.ts';
import { coversBasic, formalities, type StateLevel, stateScopes } from './state-scopes.ts';

/** An app with an access token. */
export interface StateActor {
  readonly client: LaunchableClient;
  readonly accessToken: string;
  /** The answer that brought the token. */
  readonly exchange: Exchange;
  /** What was granted; what was asked for, where the server does not say. */
  readonly scopes: readonly string[];
  /** The patient in context, as an absolute reference; null without one. */
  readonly patient: string | null;
  /** The user, likewise. */
  readonly user: string | null;
}

/** An actor and the state it may keep: under its app's first code, about the patient or the user in its context. */
export interface StateOwner extends StateActor {
  readonly app: StateApp;
  readonly level: StateLevel;
  readonly code: StateCode;
  readonly subject: string;
}

/** Launches apps that keep state. Most of what is to be known of access takes a token of its own. */
export interface StateLaunches {
  /**
   * An app's token with the scopes for state of that level.
   *
   * @param patient - whom to choose; the user's own, or the configured one, unless given
   * @throws Skip or Block when it does not come about, or without the rights
   */
  own(app: StateApp, level: StateLevel, userNames: readonly string[], patient?: string): Promise<StateOwner>;
  /** An app's token with these permissions and no others. */
  with(client: LaunchableClient, permissions: readonly string[], userNames: readonly string[]): Promise<StateActor>;
}

export const stateLaunches = artifact({
  name: 'stateLaunches',
  // Nobody signs in where there is no App State, or nothing may be written.
  needs: [configuration, capabilities, launchModes, fhirBaseUrl, appStateBase, stateApp, launcher],
  obtain({ configuration, capabilities, launchModes: modes, fhirBaseUrl, launcher }): StateLaunches {
    const surroundings = { configuration, capabilities, modes, fhirBaseUrl, launcher };
    return {
      async own(app, level, userNames, patient) {
        const permissions = stateScopes(app.client, capabilities, level);
        const actor = await launchWith(surroundings, app.client, permissions, userNames, patient);
        const subject = level === 'patient' ? actor.patient : actor.user;
        const asked = permissions.some((scope) => coversBasic(scope, level));
        if (asked && !actor.scopes.some((scope) => coversBasic(scope, level))) {
          throw new Skip(
            'undecided',
            `${permissions.join(' ')} was asked for, and granted was ${listed(actor.scopes)}; clients.appState.scope says what to ask for`,
          );
        }
        if (subject === null) {
          const lacking = level === 'patient' ? 'patient; data.patient names one' : 'fhirUser in its id_token';
          throw new Skip('undecided', `the launch of ${app.client.clientId} came without a ${lacking}`);
        }
        return { ...actor, app, level, code: app.codes[0], subject };
      },
      with: (client, permissions, userNames) => launchWith(surroundings, client, permissions, userNames),
    };
  },
});

interface Surroundings {
  readonly configuration: Configuration;
  readonly capabilities: Capabilities;
  readonly modes: LaunchModes;
  readonly fhirBaseUrl: string;
  readonly launcher: Launcher;
}

async function launchWith(
  { configuration, capabilities, modes, fhirBaseUrl, launcher }: Surroundings,
  client: LaunchableClient,
  permissions: readonly string[],
  userNames: readonly string[],
  patient?: string,
): Promise<StateActor> {
  const wanted = [...formalities(client, capabilities), ...permissions];
  const grant = modes.standalone
    ? await standalone(launcher, configuration, client, wanted.join(' '), userNames, patient)
    : await fromEhr(launcher, client, ['launch', ...wanted].join(' '), patient);
  const { accessToken, scopes, members } = grant.tokens;
  const inContext = patientInContext(members) ?? patient ?? configuration.data.patient;
  return {
    client,
    accessToken,
    exchange: grant.exchange,
    scopes: scopes ?? wanted,
    patient: inContext === undefined ? null : belowBase(fhirBaseUrl, `Patient/${inContext}`),
    user: userIn(grant, fhirBaseUrl),
  };
}

function standalone(
  launcher: Launcher,
  configuration: Configuration,
  client: LaunchableClient,
  scope: string,
  userNames: readonly string[],
  patient: string | undefined,
): Promise<Grant> {
  const signingIn = userOf(configuration, ...userNames);
  const { user } = signingIn;
  if (patient === undefined || !user) return launcher.grant({ client, signingIn, scope });
  const { patientName: _, ...rest } = user;
  return launcher.grant({ client, signingIn: { ...signingIn, user: { ...rest, patient } }, scope });
}

/** Where apps are launched from the EHR alone. */
async function fromEhr(
  launcher: Launcher,
  client: LaunchableClient,
  scope: string,
  patient: string | undefined,
): Promise<Grant> {
  const pick = patient === undefined ? undefined : { patient };
  const { signingIn, session, parameters } = await launcher.openFromEhr([client], await launcher.openSession(), pick);
  const launch = parameters.get('launch');
  return launcher.grant({ client, signingIn, session, scope, ...(launch !== null && { launch }) });
}

/** The resource that stands for the user; its id_token is judged elsewhere. */
function userIn({ tokens: { idToken } }: Grant, fhirBaseUrl: string): string | null {
  const jwt = idToken === null ? null : readJwt(idToken);
  const claim = jwt?.kind === 'jwt' ? jwt.claims.fhirUser : undefined;
  if (typeof claim !== 'string' || claim === '') return null;
  const base = fhirBaseUrl.replace(/\/*$/, '/');
  return URL.canParse(claim, base) ? new URL(claim, base).href : null;
}

function listed(scopes: readonly string[]): string {
  return scopes.length === 0 ? 'nothing' : scopes.join(' ');
}

/** The app for a patient, who has signed in; a practitioner where no patient is configured. */
export const patientOwner = artifact({
  name: 'patientOwner',
  needs: [stateLaunches, stateApp],
  obtain: ({ stateLaunches, stateApp }) => stateLaunches.own(stateApp, 'patient', ['patient', 'practitioner']),
});

/** The app for a practitioner. */
export const userOwner = artifact({
  name: 'userOwner',
  needs: [stateLaunches, stateApp],
  obtain: ({ stateLaunches, stateApp }) => stateLaunches.own(stateApp, 'user', ['practitioner', 'patient']),
});

/** The app for another patient, chosen by the practitioner. */
export const otherPatientOwner = artifact({
  name: 'otherPatientOwner',
  needs: [configuration, stateLaunches, stateApp],
  obtain({ configuration: { data }, stateLaunches, stateApp }) {
    if (data.otherPatient === undefined) throw new Skip('not-configured', 'needs data.otherPatient');
    return stateLaunches.own(stateApp, 'patient', ['practitioner', 'patient'], data.otherPatient);
  },
});

/** The patient's app, or else the practitioner's: the one for whatever needs but one. */
export const owner = artifact({
  name: 'owner',
  needs: [stateLaunches, stateApp, attempted(patientOwner)],
  async obtain({ stateLaunches, stateApp, patientOwner }): Promise<StateOwner> {
    if (!isUnobtainable(patientOwner)) return patientOwner;
    return stateLaunches.own(stateApp, 'user', ['practitioner', 'patient']).catch(() => {
      throw patientOwner;
    });
  },
});

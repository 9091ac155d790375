import { artifact, Block, configuration, type Exchange, Skip } from '../kit/index.ts';
import { whyUnableToSign } from '../oauth/client-assertion.ts';
import { isRegisteredFor } from '../smart/is-registered-for.ts';
import { patientInContext } from '../smart/patient-in-context.ts';
import { readSuffix } from '../smart/read-suffix.ts';
import { allowsWith, covers, isMalformed, isPermission, lacksData, readAll, scopesBeyond } from '../smart/scope.ts';
import type { Capabilities } from '../smart/smart-configuration.ts';
import { askingAnew, type Yield } from './asking-anew.ts';
import { described, outcomeOf } from './authorization-outcome.ts';
import type { Bearer } from './fhir-reader.ts';
import {
  type Authorization,
  type AuthorizeOptions,
  type LaunchableClient,
  type Launcher,
  launcher,
  whyNoToken,
} from './launcher.ts';
import { launchClients } from './launches.ts';
import { capabilities } from './smart-configuration.ts';
import { restrictedUser, userOf } from './users.ts';
import { type UsualOptions, type UsualWay, usualWay } from './usual-way.ts';

/** Who approves: the patient, a clinician, or a clinician who may see little. */
export type Approver = 'patient' | 'clinician' | 'restricted';

/** An access token, and what it is good for by the server's own words. */
export interface ScopedGrant extends Bearer {
  /** Launch scopes included. */
  readonly asked: readonly string[];
  /** Those asked for when the response names none (RFC 6749 section 5.1). */
  readonly granted: readonly string[];
  /** The patient in context. */
  readonly patient: string | null;
  /** Of the token endpoint. */
  readonly exchange: Exchange;
  readonly members: Readonly<Record<string, unknown>>;
}

export type ScopeAnswer =
  | { readonly kind: 'granted'; readonly grant: ScopedGrant }
  | {
      readonly kind: 'refused';
      /** `stuck` says nothing about the server. */
      readonly how: 'error' | 'error-page' | 'token-endpoint' | 'stuck';
      /** Of OAuth, where one was given. */
      readonly error: string | null;
      readonly why: string;
      readonly exchanges: readonly Exchange[];
    };

/** Launches that ask for scopes of a test's choice, each made once: tests share what they bring. */
export interface ScopeGrants {
  readonly client: LaunchableClient;
  /** Whose data is asked for here: the patient's in context, or what a user may see where there are no patient/ scopes. */
  readonly level: 'patient' | 'user';
  /** How reading is asked for here: `rs`, or `read` where only the syntax of version 1 is known. */
  readonly read: 'rs' | 'read';
  /** A scope on a type at this level; to read, unless letters say otherwise. */
  on(type: string, letters?: string): string;
  /** Asks for scopes, with what a launch needs beside them. */
  ask(scope: string, approver?: Approver, method?: 'GET' | 'POST'): Promise<ScopeAnswer>;
  /** The same from the EHR, by whoever is signed in there. @throws Skip, or Block, where it does not open this app */
  fromEhr(scope: string): Promise<ScopeAnswer>;
  /** The same, with some of them deselected where the user is asked. */
  withholding(scope: string, withheld: readonly string[]): Promise<ScopeAnswer>;
  /** What was granted, whatever it is. @throws Skip when nothing was */
  grant(scope: string, approver?: Approver): Promise<ScopedGrant>;
  /** A grant of that and of nothing more. @throws Skip when the server granted something else, as it may */
  exactly(scope: string, approver?: Approver): Promise<ScopedGrant>;
  /** Whether the client is registered for a scope, as far as the configuration says. */
  mayAsk(scope: string): boolean;
  /** @throws Skip where it is not */
  demandAskable(scope: string): void;
  /** Of a scope that was not granted. @throws Skip where the client may not be registered for it in these words */
  mayBeWithheld(scope: string): void;
  /** Everything granted so far. */
  soFar(): Promise<readonly ScopedGrant[]>;
}

export const scopeGrants = artifact({
  name: 'scopeGrants',
  perishes: true,
  needs: [configuration, capabilities, launchClients, launcher, usualWay, askingAnew],
  obtain({ configuration, capabilities, launchClients, launcher, usualWay, askingAnew }): ScopeGrants {
    const able = launchClients.filter(
      ({ client: { launchUrl } }) => usualWay.kind !== 'ehr' || launchUrl !== undefined,
    );
    const chosen = able.find((one) => one.client.scope === undefined) ?? able[0];
    if (!chosen) {
      throw new Skip('not-configured', 'needs launchUrl of clients.public, symmetric or asymmetric: the EHR opens it');
    }
    const { role, client } = chosen;
    const mayAsk = (scope: string) => client.scope === undefined || covers(client.scope.split(' '), scope);
    const level = levelOf(capabilities);
    const read = readSuffix(capabilities, configuration.specVersion);
    const usualApprover = level === 'patient' ? 'patient' : 'clinician';
    const signingIn = (approver: Approver): Partial<Pick<UsualOptions, 'signingIn'>> => {
      // At the EHR whoever is there approves for the patient whose chart is open.
      if (approver === 'patient') return {};
      const restricted = approver === 'restricted' ? restrictedUser(configuration) : null;
      return { signingIn: restricted ?? userOf(configuration, 'practitioner', 'patient') };
    };
    const answers = new Map<string, Promise<ScopeAnswer>>();

    const askAs = (
      client: LaunchableClient,
      scope: string,
      approver: Approver,
      method: 'GET' | 'POST',
    ): Promise<ScopeAnswer> => {
      const key = `${client.clientId} ${approver} ${method} ${scope}`;
      const known = answers.get(key);
      if (known) return known;
      const wanted = usualWay.withSignOn(withContext(scope, client, usualWay, capabilities), client);
      const request = async (change?: AuthorizeOptions['change']) => {
        const options = { client, method, scope: wanted, ...signingIn(approver), ...(change && { change }) };
        return answerOf(await usualWay.authorize(options), client, launcher);
      };
      const answer = askingAnew.inFull((one) => yieldOf(one, wanted), request);
      answers.set(key, answer);
      return answer;
    };
    const ask: ScopeGrants['ask'] = (scope, approver = usualApprover, method = 'GET') =>
      askAs(client, scope, approver, method);
    /** Apps that are registered for a scope and nothing more: there are servers that grant what an app is registered for. */
    const registeredFor = (scope: string): readonly LaunchableClient[] =>
      (configuration.clients.others ?? []).flatMap((other) => {
        const { redirectUri, launchUrl } = other;
        const isAble = redirectUri !== undefined && (usualWay.kind !== 'ehr' || launchUrl !== undefined);
        const registered = other.scope?.split(' ');
        return isAble &&
          registered &&
          isNeitherMoreNorLess(registered, scope.split(' ')) &&
          whyUnableToSign(other) === null
          ? [{ ...other, redirectUri }]
          : [];
      });
    const withholding: ScopeGrants['withholding'] = async (scope, withhold) => {
      const wanted = usualWay.withSignOn(withContext(scope, client, usualWay, capabilities), client);
      const options = { client, scope: wanted, ...signingIn(usualApprover) };
      return answerOf(await usualWay.keepingBack(withhold, options), client, launcher);
    };
    const fromEhr: ScopeGrants['fromEhr'] = async (scope) => {
      const session = await launcher.openSession();
      const { parameters, signingIn } = await launcher.openFromEhr([client], session);
      const launch = parameters.get('launch');
      const wanted = usualWay.withSignOn(`launch ${scope}`, client);
      const options = { client, session, signingIn, scope: wanted, ...(launch !== null && { launch }) };
      return answerOf(await launcher.authorize(options), client, launcher);
    };
    const grant: ScopeGrants['grant'] = async (scope, approver) => {
      const answer = await ask(scope, approver);
      if (answer.kind === 'granted') return answer.grant;
      if (answer.how === 'stuck') throw new Block(`no token with ${scope} was had: ${answer.why}`, answer.exchanges);
      throw new Skip('undecided', `needs a token with ${scope}, which was refused: ${answer.why}`);
    };
    return {
      client,
      level,
      read,
      on: (type, letters = read) => `${level}/${type}.${letters}`,
      ask,
      fromEhr,
      withholding,
      grant,
      async exactly(scope, approver = usualApprover) {
        const wanted = scope.split(' ');
        const found = await grant(scope, approver);
        if (isNeitherMoreNorLess(found.granted, wanted)) return found;
        for (const app of registeredFor(scope)) {
          const answer = await askAs(app, scope, approver, 'GET');
          if (answer.kind === 'granted' && isNeitherMoreNorLess(answer.grant.granted, wanted)) return answer.grant;
        }
        const text = found.granted.join(' ') || 'nothing';
        const reason = `needs a token for ${scope} and no more, and the server granted ${text}`;
        const registered = client.scope?.split(' ').filter(isPermission);
        const isAsRegistered = registered !== undefined && isNeitherMoreNorLess(found.granted, registered);
        const remedy =
          '; an app in clients.others that is registered for that alone, with it as its scope, would bring one';
        throw new Skip('undecided', `${reason}${isAsRegistered ? remedy : ''}`);
      },
      mayAsk,
      demandAskable(scope) {
        if (mayAsk(scope)) return;
        throw new Skip('not-configured', `needs ${scope} in clients.${role}.scope, which says what it may ask for`);
      },
      mayBeWithheld(scope) {
        if (isRegisteredFor(client, scope)) return;
        throw new Skip(
          'undecided',
          `${scope} was not granted; the scope configured for ${client.clientId} does not name it, and would decide it`,
        );
      },
      async soFar() {
        const settled = await Promise.allSettled(answers.values());
        return settled.flatMap((one) =>
          one.status === 'fulfilled' && one.value.kind === 'granted' ? [one.value.grant] : [],
        );
      },
    };
  },
});

function yieldOf(answer: ScopeAnswer, asked: string): Yield {
  if (answer.kind !== 'granted') return 'nothing';
  return lacksData(asked, answer.grant.granted) ? 'less' : 'all';
}

/** As far as data are concerned. */
function isNeitherMoreNorLess(granted: readonly string[], wanted: readonly string[]): boolean {
  const more = granted.filter((one) => isPermission(one) && !covers(wanted, one));
  return scopesBeyond(granted, wanted).length === 0 && more.length === 0;
}

function levelOf(capabilities: Capabilities): ScopeGrants['level'] {
  return capabilities.includes('permission-user') && !capabilities.includes('permission-patient') ? 'user' : 'patient';
}

/** With a patient in context where a scope is about one. */
function withContext(scope: string, client: LaunchableClient, { kind }: UsualWay, capabilities: Capabilities): string {
  if (kind === 'ehr' || !/(^| )patient\//.test(scope) || /(^| )launch\/patient( |$)/.test(scope)) return scope;
  const offersPatient =
    capabilities.includes('context-standalone-patient') || client.scope?.split(' ').includes('launch/patient');
  return offersPatient ? `launch/patient ${scope}` : scope;
}

async function answerOf(
  authorization: Authorization,
  client: LaunchableClient,
  launcher: Launcher,
): Promise<ScopeAnswer> {
  const outcome = outcomeOf(authorization);
  const { response, exchanges, request } = authorization;
  if (outcome !== 'code') {
    const how = outcome === 'error' || outcome === 'error-page' ? outcome : 'stuck';
    const error = response?.kind === 'error' ? response.error : null;
    return { kind: 'refused', how, error, why: described(authorization), exchanges };
  }
  const answer = await launcher.redeem(authorization);
  const { exchange } = answer;
  if (answer.kind !== 'granted') {
    const error = answer.kind === 'refused' ? answer.error : null;
    return {
      kind: 'refused',
      how: 'token-endpoint',
      error,
      why: whyNoToken(answer),
      exchanges: [...exchanges, exchange],
    };
  }
  const { members, accessToken, scopes } = answer.tokens;
  const asked = (request.parameters.get('scope') ?? '').split(' ');
  return {
    kind: 'granted',
    grant: {
      client,
      accessToken,
      asked,
      granted: scopes ?? asked,
      patient: patientInContext(members),
      exchange,
      members,
    },
  };
}

/** Whether a grant may reach other data than that of the patient in context, or nobody can tell. */
export function isForOnePatient({ granted }: Pick<ScopedGrant, 'granted'>): boolean {
  const opaque = granted.some((scope) => isPermission(scope) && (isMalformed(scope) || readAll([scope]).length === 0));
  return !opaque && readAll(granted).every(({ level }) => level === 'patient');
}

/** Whether a grant lets resources of a type come out, by reading or searching. */
export function letsOut({ granted }: Pick<ScopedGrant, 'granted'>, type: string): boolean {
  return allowsWith(granted, type, 'r', 's');
}

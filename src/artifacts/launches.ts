import type { BrowserSession } from '../browser/journey.ts';
import {
  artifact,
  attempted,
  Block,
  type Client,
  type Clients,
  type Configuration,
  configuration,
  isUnobtainable,
  Skip,
} from '../kit/index.ts';
import { whyUnableToSign } from '../oauth/client-assertion.ts';
import { methodOf } from '../oauth/client-authentication.ts';
import type { TokenAnswer } from '../oauth/token-request.ts';
import { type LaunchKind, launchScopes } from '../smart/launch-scopes.ts';
import type { Capabilities } from '../smart/smart-configuration.ts';
import { askingAnew, type Yield, yieldOfTokens } from './asking-anew.ts';
import { demandMode, launchModes } from './launch-modes.ts';
import {
  type Authorization,
  type AuthorizeOptions,
  type EhrOpening,
  type Grant,
  type LaunchableClient,
  type Launcher,
  launcher,
  whyNoCode,
  whyNoToken,
} from './launcher.ts';
import { capabilities } from './smart-configuration.ts';
import { usualWay } from './usual-way.ts';

/** The kinds of client that launch, by the names the configuration has for them. */
const launchRoles = ['public', 'symmetric', 'asymmetric'] as const satisfies readonly (keyof Clients)[];

export interface LaunchClient {
  readonly role: (typeof launchRoles)[number];
  readonly client: LaunchableClient;
}

/** The configured clients that can be launched. */
export const launchClients = artifact({
  name: 'launchClients',
  needs: [configuration],
  obtain({ configuration: { clients } }): readonly LaunchClient[] {
    const launchable = launchRoles.flatMap((role) => {
      const client = clients[role];
      return client?.redirectUri === undefined || whyUnableToSign(client) !== null
        ? []
        : [{ role, client: { ...client, redirectUri: client.redirectUri } }];
    });
    if (launchable.length > 0) return launchable;
    throw new Skip('not-configured', 'needs clients.public, symmetric or asymmetric with a redirectUri');
  },
});

/** A launch as far as it went. */
export interface LaunchAttempt extends LaunchClient {
  readonly kind: LaunchKind;
  readonly scope: string;
  readonly authorization: Authorization;
  /** Null when there was no code to redeem. */
  readonly answer: TokenAnswer | null;
  /** Of an EHR launch. */
  readonly opening: EhrOpening | null;
  /** What its browser met first, where the user was asked anew after it. */
  readonly begun?: Authorization;
}

/** A launch that ended with an access token. */
export interface Launch extends LaunchClient, Grant {
  readonly kind: LaunchKind;
  readonly scope: string;
  readonly opening: EhrOpening | null;
}

/** Launches of the configured clients in the usual way; the first in a browser in which nobody has signed in. */
export const usualAttempts = artifact({
  name: 'usualAttempts',
  perishes: true,
  needs: [configuration, capabilities, launchClients, launcher, usualWay, askingAnew],
  async obtain({ usualWay, askingAnew, ...needed }): Promise<readonly LaunchAttempt[]> {
    if (usualWay.kind === 'ehr') return attemptsFromEhr(needed);
    const { launchClients, launcher } = needed;
    const { signingIn } = usualWay;
    const attempt = async (launchClient: LaunchClient, index: number): Promise<LaunchAttempt> => {
      const { client } = launchClient;
      const session = index === 0 ? { session: await launcher.openSession() } : {};
      const authorize = (scope: string, change?: AuthorizeOptions['change']) =>
        launcher.authorize({ client, signingIn, scope, ...session, ...(change && { change }) });
      const wanted = usualWay.scopes(client);
      let begun: Authorization | undefined;
      return askingAnew.inFull(yieldOfAttempt, async (change): Promise<LaunchAttempt> => {
        const first = await authorize(wanted, change);
        begun ??= first;
        const scope = isIneligible(client, first) ? withoutRefreshToken(wanted) : wanted;
        const authorization = scope === wanted ? first : await authorize(scope, change);
        const answer = await redeemIfAny(authorization, launcher);
        return { ...launchClient, kind: 'standalone', scope, authorization, answer, opening: null, begun };
      });
    };
    return Promise.all(launchClients.map(attempt));
  },
});

function yieldOfAttempt({ scope, answer }: LaunchAttempt): Yield {
  return answer?.kind === 'granted' ? yieldOfTokens(scope, answer.tokens) : 'nothing';
}

/**
 * Whether a server may have refused a request for a refresh token: which types of client are eligible is its decision
 * (app-launch, "Refresh access token"), and nobody has said that this one is.
 */
export function isIneligible(client: LaunchableClient, { response }: Authorization): boolean {
  return maybeIneligible(client) && response?.kind === 'error' && response.error === 'invalid_scope';
}

/** Whether it may be that a client is of a type that gets no refresh token; its configured scope would say. */
export function maybeIneligible(client: Client): boolean {
  return client.scope === undefined && methodOf(client) === 'none';
}

/** The scopes without those for a refresh token. */
export function withoutRefreshToken(scope: string): string {
  const others = scope.split(' ').filter((one) => one !== 'offline_access' && one !== 'online_access');
  return others.join(' ');
}

/** A standalone launch of each configured client. */
export const standaloneAttempts = artifact({
  name: 'standaloneAttempts',
  needs: [launchModes, attempted(usualAttempts)],
  obtain({ launchModes, usualAttempts }): readonly LaunchAttempt[] {
    demandMode(launchModes, 'standalone');
    if (isUnobtainable(usualAttempts)) throw usualAttempts;
    return usualAttempts;
  },
});

/**
 * Launches from the EHR: of each client that has a start of its own there, else of the one that the EHR opens. The first
 * begins in a browser in which nobody has signed in.
 */
export const ehrAttempts = artifact({
  name: 'ehrAttempts',
  perishes: true,
  needs: [configuration, capabilities, launchModes, launchClients, launcher],
  async obtain({ launchModes, ...needed }): Promise<readonly LaunchAttempt[]> {
    demandMode(launchModes, 'ehr');
    return attemptsFromEhr(needed);
  },
});

interface Surroundings {
  readonly configuration: Configuration;
  readonly capabilities: Capabilities;
  readonly launchClients: readonly LaunchClient[];
  readonly launcher: Launcher;
}

async function attemptsFromEhr(surroundings: Surroundings): Promise<readonly LaunchAttempt[]> {
  const { launchClients, launcher } = surroundings;
  const session = await launcher.openSession();
  const attempt = async (candidates: readonly LaunchClient[]): Promise<LaunchAttempt> => {
    const clients = candidates.map(({ client }) => client);
    const opening = await launcher.openFromEhr(clients, session);
    const launchClient = candidates.find(({ client }) => client === opening.client);
    if (!launchClient) throw new Error('the EHR opened a client that is not among those it was asked for');
    return continueFromEhr(launchClient, opening, session, surroundings);
  };
  const startable = launchClients.filter(({ client }) => client.ehrStartUrl !== undefined);
  const [first, ...others] = startable.length > 0 ? startable.map((one) => [one]) : [launchClients];
  if (!first) return [];
  // The first signs in for those after it.
  const done = await attempt(first);
  return [done, ...(await Promise.all(others.map(attempt)))];
}

/** What an app does once the EHR has opened it. */
async function continueFromEhr(
  launchClient: LaunchClient,
  opening: EhrOpening,
  session: BrowserSession,
  { configuration: { specVersion }, capabilities, launcher }: Surroundings,
): Promise<LaunchAttempt> {
  const { client } = launchClient;
  const attempt = async (scope: string, from: EhrOpening): Promise<LaunchAttempt> => {
    const launch = from.parameters.get('launch') ?? undefined;
    const authorization = await launcher.authorize({
      client,
      signingIn: from.signingIn,
      scope,
      session,
      ...(launch !== undefined && { launch }),
    });
    const answer = await redeemIfAny(authorization, launcher);
    return { ...launchClient, kind: 'ehr', scope, authorization, answer, opening: from };
  };
  const wanted = launchScopes(client, capabilities, 'ehr', specVersion);
  const first = await attempt(wanted, opening);
  const scope = isIneligible(client, first.authorization) ? withoutRefreshToken(wanted) : wanted;
  // A launch value may serve once.
  return scope === wanted ? first : attempt(scope, await launcher.openFromEhr([client], session));
}

/** The usual launches that ended with a token, at least one. */
export const usualLaunches = artifact({
  name: 'usualLaunches',
  needs: [usualAttempts],
  obtain: ({ usualAttempts }) => completedOnes(usualAttempts),
});

/** The first of them. */
export const usualLaunch = artifact({
  name: 'usualLaunch',
  needs: [usualLaunches],
  obtain: ({ usualLaunches }) => firstOf(usualLaunches),
});

/** The standalone launches that ended with a token, at least one. */
export const standaloneLaunches = artifact({
  name: 'standaloneLaunches',
  needs: [standaloneAttempts],
  obtain: ({ standaloneAttempts }) => completedOnes(standaloneAttempts),
});

/** The launches from the EHR that ended with a token, at least one. */
export const ehrLaunches = artifact({
  name: 'ehrLaunches',
  needs: [ehrAttempts],
  obtain: ({ ehrAttempts }) => completedOnes(ehrAttempts),
});

/** The first of them. */
export const ehrLaunch = artifact({
  name: 'ehrLaunch',
  needs: [ehrLaunches],
  obtain: ({ ehrLaunches }) => firstOf(ehrLaunches),
});

/** Every launch that came to a token request, of either kind; at least one. */
export const tokenAnswers = artifact({
  name: 'tokenAnswers',
  needs: [attempted(standaloneAttempts), attempted(ehrAttempts)],
  obtain({ standaloneAttempts, ehrAttempts }): readonly (LaunchAttempt & { readonly answer: TokenAnswer })[] {
    const all = whatever(standaloneAttempts, ehrAttempts);
    const answered = all.flatMap(({ answer, ...attempt }) => (answer ? [{ ...attempt, answer }] : []));
    if (answered.length > 0) return answered;
    throw new Block('no launch came to a token request');
  },
});

/** Every launch that ended with a token, of either kind; at least one. */
export const launches = artifact({
  name: 'launches',
  needs: [attempted(standaloneLaunches), attempted(ehrLaunches)],
  obtain({ standaloneLaunches, ehrLaunches }): readonly Launch[] {
    return whatever(standaloneLaunches, ehrLaunches);
  },
});

/** What there is of either kind. @throws the reason why there is none, a block before a skip */
function whatever<Item>(...kinds: readonly (readonly Item[] | Skip | Block)[]): readonly Item[] {
  const reasons = kinds.filter((kind) => isUnobtainable(kind));
  const items = kinds.flatMap((kind) => (isUnobtainable(kind) ? [] : kind));
  if (items.length > 0) return items;
  throw reasons.find((reason) => reason instanceof Block) ?? reasons[0] ?? new Block('no launch was made');
}

/** Redeems the code of an authorization that brought one. */
export async function redeemIfAny(
  authorization: Authorization,
  app: Pick<Launcher, 'redeem'>,
): Promise<TokenAnswer | null> {
  return authorization.response?.kind === 'code' ? app.redeem(authorization) : null;
}

function completedOnes(attempts: readonly LaunchAttempt[]): readonly Launch[] {
  const launches = attempts.flatMap((attempt) => completed(attempt) ?? []);
  const [first] = attempts;
  if (launches.length === 0 && first) throw notCompleted(first);
  return launches;
}

function firstOf([first]: readonly Launch[]): Launch {
  if (!first) throw new Error('there is a launch among the completed ones, or they are blocked');
  return first;
}

function completed(attempt: LaunchAttempt): Launch | null {
  const { answer, ...rest } = attempt;
  return answer?.kind === 'granted' ? { ...rest, exchange: answer.exchange, tokens: answer.tokens } : null;
}

function notCompleted(attempt: LaunchAttempt): Block {
  return new Block(`the ${attempt.kind} launch did not complete: ${whyIncomplete(attempt)}`, evidenceOf(attempt));
}

/** Why a launch ended without a token, in words. */
export function whyIncomplete({ authorization, answer }: LaunchAttempt): string {
  if (!answer) return whyNoCode(authorization);
  return answer.kind === 'granted' ? 'it did' : whyNoToken(answer);
}

/** The exchanges of a launch, the last one that of the token endpoint. */
export function evidenceOf({ opening, authorization, answer }: LaunchAttempt) {
  return [...(opening?.exchanges ?? []), ...authorization.exchanges, ...(answer ? [answer.exchange] : [])];
}

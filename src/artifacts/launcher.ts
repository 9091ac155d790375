import type {
  AuthorizeBrowser,
  BrowserSession,
  Consent,
  Journey,
  JourneyOutcome,
  Returned,
} from '../browser/journey.ts';
import {
  artifact,
  Block,
  type Client,
  type Configuration,
  configuration,
  type Exchange,
  type HttpClient,
  http,
  progress,
  Skip,
  type Step,
  seed,
} from '../kit/index.ts';
import {
  type AuthorizationRequest,
  type AuthorizationRequestOptions,
  authorizationRequest,
  navigationOf,
} from '../oauth/authorization-request.ts';
import { type AuthorizationResponse, readAuthorizationResponse } from '../oauth/authorization-response.ts';
import { credentialsOf } from '../oauth/client-authentication.ts';
import { holderOf, type TokenKeeper } from '../oauth/token-keeper.ts';
import type { TokenAnswer, TokenRequest, TokenResponse } from '../oauth/token-request.ts';
import { endpointUrl } from '../smart/smart-configuration.ts';
import { authorizationEndpoint } from './authorization-server.ts';
import { createBrowserSessions } from './browser-sessions.ts';
import { smartConfiguration } from './smart-configuration.ts';
import { fhirBaseUrl } from './target.ts';
import { type TokenClient, tokenClient, tokenKeeper } from './token-client.ts';
import { accountOf, kindOf, type SigningIn, userOf } from './users.ts';

/** The browser that drives the server's pages. */
export const browser = seed<AuthorizeBrowser>()('browser');

/** A client that can be sent back to. */
export type LaunchableClient = Client & { readonly redirectUri: string };

export interface AuthorizeOptions
  extends Pick<AuthorizationRequestOptions, 'scope' | 'launch' | 'method' | 'state' | 'pkce' | 'change'> {
  readonly client: LaunchableClient;
  readonly signingIn: SigningIn;
  /** `approve` unless given. */
  readonly consent?: Consent;
  /** Where to continue; one in which the user is signed in already unless given. */
  readonly session?: BrowserSession;
  /** Addresses at which the journey ends too, beside the redirect URI. */
  readonly until?: readonly string[];
  /** It ends at the form by which the user consents, and that is not sent. */
  readonly holdsConsent?: boolean;
}

/** A form that a page of another site has the browser post. */
export interface ForeignForm {
  readonly signingIn: SigningIn;
  /** The browser that posts it. */
  readonly session: BrowserSession;
  readonly url: string;
  readonly form: URLSearchParams;
  /** The other site's, where it ends when the server sends it back there. */
  readonly redirectUri: string;
}

/** What came of an authorization request. */
export interface Authorization {
  readonly request: AuthorizationRequest;
  readonly outcome: JourneyOutcome;
  /** Null when the browser was not sent back. */
  readonly response: AuthorizationResponse | null;
  /** What shows it: the exchanges of the browser. */
  readonly exchanges: readonly Exchange[];
}

/** What an EHR opened an app with (app-launch, "Launch App: EHR Launch"). */
export interface EhrOpening {
  /** The one whose launch URL was opened. */
  readonly client: LaunchableClient;
  readonly signingIn: SigningIn;
  /** The browser in which the EHR is open. */
  readonly session: BrowserSession;
  readonly outcome: Returned;
  readonly parameters: URLSearchParams;
  readonly exchanges: readonly Exchange[];
}

/** A completed launch: the authorization, and the tokens its code was redeemed for. */
export interface Grant {
  readonly client: LaunchableClient;
  readonly authorization: Authorization;
  readonly exchange: Exchange;
  readonly tokens: TokenResponse;
}

/** Plays an app: sends users to the server's pages and redeems what it is given. Keeps within what a server stands. */
export interface Launcher {
  authorize(options: AuthorizeOptions): Promise<Authorization>;
  /** Posts it as a page elsewhere would, and does nothing on the pages that come. */
  post(form: ForeignForm): Promise<JourneyOutcome>;
  /** Redeems the code of an authorization; `change` alters the parameters. @throws Block when it brought no code, Skip when its scope was refused */
  redeem(authorization: Authorization, request?: RedeemOptions): Promise<TokenAnswer>;
  /** Authorizes and redeems. @throws Block when either does not work out */
  grant(options: AuthorizeOptions): Promise<Grant>;
  /** Redeems what was authorized. @throws Block when that does not work out */
  complete(authorization: Authorization): Promise<Grant>;
  /**
   * Has the EHR start one of these apps, where the configuration says.
   *
   * @param pick - whose chart to open; the configured one unless given
   * @throws Skip when the configuration does not say where
   * @throws Block when it opens none
   */
  openFromEhr(
    clients: readonly LaunchableClient[],
    session: BrowserSession,
    pick?: Journey['pick'],
  ): Promise<EhrOpening>;
  /** Sends any token request, as that client. */
  token(request: TokenRequest): Promise<TokenAnswer>;
  /** A browser context in which nobody has signed in; closed at the end of the run. */
  openSession(): Promise<BrowserSession>;
}

export interface RedeemOptions extends Partial<Omit<TokenRequest, 'parameters'>> {
  readonly change?: (parameters: URLSearchParams) => void;
}

export const launcher = artifact({
  name: 'launcher',
  needs: [
    configuration,
    smartConfiguration,
    fhirBaseUrl,
    authorizationEndpoint,
    tokenClient,
    tokenKeeper,
    browser,
    http,
    progress,
  ],
  obtain({ smartConfiguration: { document }, ...needed }): Launcher & { release(): Promise<void> } {
    const revocationEndpoint = endpointUrl(document.revocation_endpoint, needed.fhirBaseUrl);
    return createLauncher({ ...needed, revocationEndpoint });
  },
  release: (value) => value.release(),
});

interface Surroundings {
  readonly configuration: Configuration;
  readonly fhirBaseUrl: string;
  readonly authorizationEndpoint: URL;
  readonly tokenClient: TokenClient;
  readonly tokenKeeper: TokenKeeper;
  readonly revocationEndpoint: URL | null;
  readonly browser: AuthorizeBrowser;
  readonly http: HttpClient;
  /** Told what a person at the wheel is to do. */
  readonly progress: (message: string) => void;
}

function createLauncher(surroundings: Surroundings): Launcher & { release(): Promise<void> } {
  const { configuration, fhirBaseUrl, browser, tokenClient, tokenKeeper } = surroundings;
  const sessions = createBrowserSessions(browser);
  /** By account, for what is authorized once more: some servers keep one code per browser. */
  const sessionsAgain = new Map<string, Promise<BrowserSession>>();
  /** By launch value, whose chart an EHR was asked to open. */
  const chartsOpened = new Map<string, Journey['pick'] | undefined>();
  const refreshTokens: { client: Client; token: string }[] = [];

  /** Steps are of one place, sign-in or the EHR's launch: where there are none, `auto` finds its way. */
  const driven = (steps: readonly Step[]): Pick<Journey, 'drive' | 'steps'> => {
    const { drive } = configuration.authorize;
    return { drive: drive === 'steps' && steps.length === 0 ? 'auto' : drive, steps };
  };

  const journeyFor = (signingIn: SigningIn): Pick<Journey, 'user' | 'userKind' | 'pick' | 'values'> => {
    const { data } = configuration;
    const { user } = signingIn;
    const userKind = kindOf(signingIn, configuration);
    const patient = user?.patient ?? data.patient;
    return {
      ...(user && { user }),
      ...(userKind && { userKind }),
      pick: {
        ...(patient !== undefined && { patient }),
        ...(user?.patientName !== undefined && { patientName: user.patientName }),
        ...(data.encounter !== undefined && { encounter: data.encounter }),
      },
      values: { user: user ?? {}, data },
    };
  };

  const authorizeNow = async (options: AuthorizeOptions): Promise<Authorization> => {
    const { signingIn, consent = 'approve', until = [], holdsConsent = false } = options;
    const request = authorizationRequest({
      ...options,
      endpoint: surroundings.authorizationEndpoint,
      aud: fhirBaseUrl,
    });
    if (configuration.authorize.drive === 'manual') {
      const as = signingIn.user ? ` as ${signingIn.user.username}` : '';
      surroundings.progress(
        `A window opens for ${request.client.clientId}: sign in${as} and ${wordsFor(consent)}; it closes by itself.`,
      );
    }
    const outcome = await sessions.drive(accountOf(signingIn), options.session ?? null, {
      ...journeyFor(signingIn),
      start: navigationOf(request),
      until: [request.redirectUri, ...until],
      consent,
      holdsConsent,
      ...driven(configuration.authorize.steps),
    });
    const response =
      outcome.kind === 'returned' && outcome.from !== 'consent' ? readAuthorizationResponse(outcome.parameters) : null;
    return { request, outcome, response, exchanges: outcome.exchanges };
  };

  const authorize = (options: AuthorizeOptions): Promise<Authorization> => {
    const { client, signingIn } = options;
    return tokenKeeper.authorizing({ client, holder: holderOf(client, accountOf(signingIn)) }, async () => {
      const result = await authorizeNow(options);
      const { request, response } = result;
      const again = async () => {
        // Nobody at the wheel is to do everything twice.
        if (configuration.authorize.drive === 'manual') return null;
        const next = await authorizeNow({ ...(await startedAgain(options)), pkce: request.pkce });
        return next.response?.kind === 'code' ? next.response.code : null;
      };
      const code =
        response?.kind === 'code' ? { value: response.code, redemption: redemptionOf(request), again } : null;
      return { result, code };
    });
  };

  /** In a browser of its own, or where an EHR began it, with another launch from there. */
  const startedAgain = async ({ state: _, ...options }: AuthorizeOptions): Promise<AuthorizeOptions> => {
    const account = accountOf(options.signingIn);
    const session = sessionsAgain.get(account) ?? sessions.open();
    sessionsAgain.set(account, session);
    if (options.launch === undefined) return { ...options, session: await session };
    const pick = chartsOpened.get(options.launch);
    const launch = (await openFromEhr([options.client], await session, pick)).parameters.get('launch');
    return { ...options, session: await session, ...(launch !== null && { launch }) };
  };

  const token = async (request: TokenRequest): Promise<TokenAnswer> => {
    const answer = await tokenClient.request(request);
    if (answer.kind === 'granted' && answer.tokens.refreshToken !== null) {
      refreshTokens.push({ client: request.client, token: answer.tokens.refreshToken });
    }
    return answer;
  };

  const redeem = async (
    authorization: Authorization,
    { change, ...others }: RedeemOptions = {},
  ): Promise<TokenAnswer> => {
    const { request, response } = authorization;
    // Which scopes a server grants beside others is its decision.
    if (response?.kind === 'error' && response.error === 'invalid_scope') {
      throw new Skip('undecided', `${request.parameters.get('scope')}: ${whyNoCode(authorization)}`);
    }
    if (response?.kind !== 'code') throw new Block(whyNoCode(authorization), authorization.exchanges);
    const parameters = new URLSearchParams({ ...redemptionOf(request), code: response.code });
    change?.(parameters);
    return token({ client: request.client, ...others, parameters });
  };

  const complete = async (authorization: Authorization): Promise<Grant> => {
    const answer = await redeem(authorization);
    const { exchange } = answer;
    if (answer.kind !== 'granted') throw new Block(`no token was granted: ${whyNoToken(answer)}`, [exchange]);
    return { client: authorization.request.client, authorization, exchange, tokens: answer.tokens };
  };

  const openFromEhr: Launcher['openFromEhr'] = async (clients, session, pick) => {
    const { ehrLaunch } = configuration;
    if (!ehrLaunch) throw new Skip('not-configured', 'needs ehrLaunch.startUrl, where the EHR starts the app');
    const launchUrls = clients.flatMap(({ launchUrl }) => (launchUrl === undefined ? [] : [launchUrl]));
    if (launchUrls.length === 0) {
      throw new Skip('not-configured', 'needs launchUrl of clients.public, symmetric or asymmetric: the EHR opens it');
    }
    const [only, ...more] = clients;
    const startUrl = (more.length === 0 ? only?.ehrStartUrl : undefined) ?? ehrLaunch.startUrl;
    const journey = journeyFor(userOf(configuration, ehrLaunch.user));
    const signingIn = userOf(configuration, ehrLaunch.user);
    const outcome = await sessions.drive(accountOf(signingIn), session, {
      ...journey,
      pick: pick ?? journey.pick,
      start: { url: startUrl },
      until: launchUrls,
      ...(only && more.length === 0 && { app: only.clientId }),
      consent: 'approve',
      // Steps open one and the same chart, whichever is wanted.
      ...driven(pick === undefined ? ehrLaunch.steps : []),
    });
    if (outcome.kind === 'stopped') {
      throw new Block(`the EHR did not open the app: ${outcome.message}`, outcome.exchanges);
    }
    const client = clients.find(({ launchUrl }) => launchUrl !== undefined && isAt(outcome.url, launchUrl));
    if (!client) throw new Block(`the EHR opened ${outcome.url}, which is no client\u2019s`, outcome.exchanges);
    const { parameters, exchanges } = outcome;
    chartsOpened.set(parameters.get('launch') ?? '', pick);
    return { client, signingIn, session, outcome, parameters, exchanges };
  };

  return {
    authorize,
    post: ({ signingIn, session, url, form, redirectUri }) =>
      sessions.drive(accountOf(signingIn), session, {
        ...journeyFor(signingIn),
        start: { url, form },
        until: [redirectUri],
        consent: 'approve',
        drive: 'auto',
        looksOnly: true,
        steps: [],
      }),
    redeem,
    token,
    openSession: sessions.open,
    grant: async (options) => complete(await authorize(options)),
    complete,
    openFromEhr,
    async release() {
      await sessions.close();
      await Promise.all(
        refreshTokens.map(({ client, token: refreshToken }) => revoke(client, refreshToken, surroundings)),
      );
    },
  };
}

/** What redeems the codes of a request, but for the code. */
function redemptionOf({ redirectUri, pkce }: AuthorizationRequest): Readonly<Record<string, string>> {
  return { grant_type: 'authorization_code', redirect_uri: redirectUri, code_verifier: pkce.verifier };
}

/** What a person is asked to do where consent is asked for. */
function wordsFor(consent: Consent): string {
  if (consent === 'approve') return 'allow what is asked for';
  return consent === 'deny' ? 'deny access' : `allow all but ${consent.withhold.join(', ')}`;
}

function isAt(url: string, launchUrl: string): boolean {
  const [one, other] = [new URL(url), new URL(launchUrl)];
  return one.origin === other.origin && one.host === other.host && one.pathname === other.pathname;
}

/** RFC 7009 section 2.1; whatever comes of it, there is nothing more to do. */
async function revoke(client: Client, token: string, { revocationEndpoint, tokenClient, http }: Surroundings) {
  if (!revocationEndpoint) return;
  const { headers, parameters } = await credentialsOf(client, tokenClient.endpoint);
  await http.send({
    method: 'POST',
    url: revocationEndpoint,
    redirect: 'manual',
    outlastsInterruption: true,
    headers: { ...client.headers, ...headers },
    body: new URLSearchParams({ token, token_type_hint: 'refresh_token', ...client.params, ...parameters }),
  });
}

/** In words. */
export function whyNoCode({ outcome, response }: Authorization): string {
  if (outcome.kind === 'stopped') return `the browser was not sent back to the app: ${outcome.message}`;
  if (response?.kind === 'error') {
    return `the server refused: error=${response.error}${response.description ? ` (${response.description})` : ''}`;
  }
  return 'the browser was sent back with neither a code nor an error';
}

/** In words. */
export function whyNoToken(answer: Exclude<TokenAnswer, { kind: 'granted' }>): string {
  const status = answer.exchange.response?.status;
  return answer.kind === 'refused'
    ? `the token endpoint answered ${status} with error=${answer.error}`
    : `the token endpoint answered ${status}, and neither with an access token nor with an OAuth error`;
}

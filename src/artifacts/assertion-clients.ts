import {
  artifact,
  attempted,
  Block,
  type Client,
  type Configuration,
  configuration,
  type Exchange,
  Skip,
} from '../kit/index.ts';
import { type AssertionDeparture, departed } from '../oauth/assertion-departure.ts';
import { type Signer, signersOf } from '../oauth/client-assertion.ts';
import type { Credentials } from '../oauth/client-authentication.ts';
import { launchScopes } from '../smart/launch-scopes.ts';
import { type Capabilities, stringsIn } from '../smart/smart-configuration.ts';
import { type Launcher, launcher } from './launcher.ts';
import { narrowed } from './prober.ts';
import { capabilities, smartConfiguration } from './smart-configuration.ts';
import { type CarriedAnswer, codeCarrier, refreshCarrier, serviceCarrier, type TokenCarrier } from './token-carrier.ts';
import { type TokenClient, tokenClient } from './token-client.ts';
import { userOf } from './users.ts';

/** A well-made assertion, and what came of it. */
export interface AssertionTrial {
  readonly signer: Signer;
  /** Whether it named the client's JWK Set URL as `jku`. */
  readonly withJku: boolean;
  readonly answer: CarriedAnswer;
}

/** A client that signs assertions, with a well-made one tried for each of its keys. */
export interface AssertionClient {
  readonly client: Client;
  readonly carrier: TokenCarrier;
  readonly trials: readonly AssertionTrial[];
  /** Seconds since the epoch, by the server's clock. */
  secondsNow(): number;
  /** The client's own assertion, well made but for what the departure changes. */
  credentials(departure?: AssertionDeparture): Credentials;
}

/** The signers whose well-made assertions were accepted. */
export function acceptedSigners({ trials }: AssertionClient): readonly Signer[] {
  return trials.flatMap(({ signer, answer }) => (answer.kind === 'granted' ? [signer] : []));
}

/**
 * The configured clients that sign assertions, the cheapest first: services, which need nobody to sign in; where there is
 * none, an app, by its refresh token or, where it gets none, by a code for each request.
 */
export const assertionClients = artifact({
  name: 'assertionClients',
  needs: [configuration, smartConfiguration, capabilities, tokenClient, attempted(launcher)],
  async obtain({ configuration, smartConfiguration, capabilities, tokenClient, launcher }) {
    const { backend, asymmetric, others = [] } = configuration.clients;
    const signing = [backend, ...others].filter((client) => client?.keys !== undefined);
    const services = signing.flatMap((client) =>
      client && client.redirectUri === undefined
        ? [serviceCarrier(client, serviceScope(client, capabilities), tokenClient)]
        : [],
    );
    const carriers = [...services];
    if (carriers.length === 0 && asymmetric) {
      if (launcher instanceof Skip || launcher instanceof Block) throw launcher;
      carriers.push(await appCarrier(asymmetric, { configuration, capabilities, launcher }));
    }
    if (carriers.length === 0) {
      throw new Skip('not-configured', 'needs a client with keys: clients.backend, or clients.asymmetric');
    }
    const algorithms = stringsIn(smartConfiguration.document.token_endpoint_auth_signing_alg_values_supported);
    const outcomes = await Promise.all(
      carriers.map((carrier) => tried(carrier, algorithms, tokenClient, smartConfiguration.exchange).catch(unusable)),
    );
    const usable = outcomes.flatMap((outcome) => (outcome instanceof Skip ? [] : [outcome]));
    const [reason] = outcomes.flatMap((outcome) => (outcome instanceof Skip ? [outcome] : []));
    if (usable.length === 0 && reason) throw reason;
    return usable;
  },
});

/** A JWK Set that does not hold the client's keys rules out that client, and no other. */
function unusable(error: unknown): Skip {
  if (error instanceof Skip) return error;
  throw error;
}

/** The scope a service asks for: its own, or to read whatever the system may. */
function serviceScope({ scope }: Client, { includes }: Capabilities): string {
  return scope ?? (includes('permission-v1') && !includes('permission-v2') ? 'system/*.read' : 'system/*.rs');
}

interface Surroundings {
  readonly configuration: Configuration;
  readonly capabilities: Capabilities;
  readonly launcher: Launcher;
}

async function appCarrier(app: Client, surroundings: Surroundings): Promise<TokenCarrier> {
  const { configuration, capabilities, launcher } = surroundings;
  const { redirectUri } = app;
  if (redirectUri === undefined) throw new Skip('not-configured', 'needs the redirectUri of clients.asymmetric');
  const client = { ...app, redirectUri };
  const signingIn = userOf(configuration, 'patient', 'practitioner');
  const scope = launchScopes(client, capabilities, 'standalone');
  if (capabilities.includes('permission-offline')) {
    const offline = [...new Set([...scope.split(' '), 'offline_access'])].join(' ');
    const { tokens } = await launcher.grant({ client, signingIn, scope: offline });
    if (tokens.refreshToken !== null) return refreshCarrier(client, tokens.refreshToken, launcher);
  }
  return codeCarrier(client, () => launcher.authorize({ client, signingIn, scope: narrowed(scope) }), launcher);
}

/** Tries each key of a client with each algorithm that matters; without `jku` first, as each server has to take it. */
async function tried(
  carrier: TokenCarrier,
  advertised: readonly string[],
  { endpoint }: TokenClient,
  before: Exchange,
): Promise<AssertionClient> {
  const { client } = carrier;
  const all = signersOf(client);
  const wanted = all.filter(({ alg }) => ['RS384', 'ES384', ...advertised].includes(alg));
  const signers = wanted.length > 0 ? wanted : all;
  const trials: AssertionTrial[] = [];
  let skew = skewOf(before);
  const secondsNow = () => Math.floor(Date.now() / 1000 + skew);
  const credentials = (departure: AssertionDeparture = {}) => {
    const accepted = trials.find(({ answer }) => answer.kind === 'granted');
    const signer = departure.signer ?? accepted?.signer ?? signers[0];
    const jku = accepted?.withJku ? { jku: client.jwksUrl } : {};
    return departed(client, endpoint.published, {
      now: secondsNow(),
      ...departure,
      ...(signer && { signer }),
      header: { ...jku, ...departure.header },
    });
  };
  for (const withJku of client.jwksUrl === undefined ? [false] : [false, true]) {
    if (trials.some(({ answer }) => answer.kind === 'granted')) break;
    for (const signer of signers) {
      const jku = withJku ? { header: { jku: client.jwksUrl } } : {};
      const answer = await carrier.send(credentials({ signer, ...jku }));
      skew = skewOf(answer.exchange);
      trials.push({ signer, withJku, answer });
    }
  }
  return { client, carrier, trials, secondsNow, credentials };
}

/** By how many seconds the server's clock is ahead of ours; 0 within what a Date header can tell. */
function skewOf({ response, startedAt, durationMs }: Exchange): number {
  const { date, age } = response?.headers ?? {};
  const server = date === undefined || age !== undefined ? Number.NaN : Date.parse(date);
  const skew = (server - Date.parse(startedAt) - durationMs / 2) / 1000;
  return Number.isNaN(skew) || Math.abs(skew) < 2 ? 0 : skew;
}

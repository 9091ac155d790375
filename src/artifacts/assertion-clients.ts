import { artifact, attempted, type Client, configuration, type Exchange, isUnobtainable, Skip } from '../kit/index.ts';
import { type AssertionDeparture, departed } from '../oauth/assertion-departure.ts';
import { type Signer, signersOf, whyUnableToSign } from '../oauth/client-assertion.ts';
import type { Credentials } from '../oauth/client-authentication.ts';
import { type Capabilities, stringsIn } from '../smart/smart-configuration.ts';
import { appCarriers } from './app-carriers.ts';
import { launcher } from './launcher.ts';
import { capabilities, smartConfiguration } from './smart-configuration.ts';
import { type CarriedAnswer, serviceCarrier, type TokenCarrier } from './token-carrier.ts';
import { type TokenClient, tokenClient } from './token-client.ts';
import { usualWay } from './usual-way.ts';

/**
 * How an assertion is well made: each server has to take it plain. One that wants the client's JWK Set URL as `jku`, or
 * takes none that is good for minutes, falls short of that, and can be asked all the same.
 */
type AssertionForm = 'plain' | 'with jku' | 'brief';

/** A well-made assertion, and what came of it. */
export interface AssertionTrial {
  readonly signer: Signer;
  readonly form: AssertionForm;
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
 * none, an app, by its refresh token or, where it gets none, by a code for each request. Beside services that are all
 * registered by value stands an app that is registered by URL.
 */
export const assertionClients = artifact({
  name: 'assertionClients',
  needs: [configuration, smartConfiguration, capabilities, tokenClient, attempted(launcher), attempted(usualWay)],
  async obtain({ configuration, smartConfiguration, capabilities, tokenClient, launcher, usualWay }) {
    const { backend, asymmetric, others = [] } = configuration.clients;
    const signing = [backend, ...others].filter((client) => client?.keys !== undefined);
    const services = signing.flatMap((client) =>
      client && client.redirectUri === undefined
        ? [serviceCarrier(client, serviceScope(client, capabilities), tokenClient)]
        : [],
    );
    const carriers = [...services];
    const isHosted = (client: Client) => configuration.jwksListen !== undefined && client.jwksUrl !== undefined;
    if (carriers.length === 0 && asymmetric) {
      if (isUnobtainable(launcher)) throw launcher;
      if (isUnobtainable(usualWay)) throw usualWay;
      const { code, refresh } = await appCarriers(asymmetric, 'asymmetric', { capabilities, launcher, usualWay });
      carriers.push(refresh ?? code);
    } else if (asymmetric && isHosted(asymmetric) && !services.some(({ client }) => isHosted(client))) {
      // The only client whose keys are served here, and can be changed. Where it costs a code for each request, it is left alone.
      const isAble = !isUnobtainable(launcher) && !isUnobtainable(usualWay);
      const app =
        isAble && (await appCarriers(asymmetric, 'asymmetric', { capabilities, launcher, usualWay }).catch(unusable));
      if (app && !(app instanceof Skip) && app.refresh) carriers.push(app.refresh);
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

/** Keys that cannot sign, a JWK Set that does not hold them, no way to launch: that rules out that client, and no other. */
function unusable(error: unknown): Skip {
  if (error instanceof Skip) return error;
  throw error;
}

/** The scope a service asks for: its own, or to read whatever the system may. */
function serviceScope({ scope }: Client, { includes }: Capabilities): string {
  return scope ?? (includes('permission-v1') && !includes('permission-v2') ? 'system/*.read' : 'system/*.rs');
}

/** An app that signs assertions: as it redeems codes and, where it was given a refresh token, as it refreshes. */
export const appAssertionClients = artifact({
  name: 'appAssertionClients',
  needs: [configuration, smartConfiguration, capabilities, tokenClient, launcher, usualWay],
  async obtain({ configuration, smartConfiguration, capabilities, tokenClient, launcher, usualWay }) {
    const { asymmetric } = configuration.clients;
    const { code, refresh } = await appCarriers(asymmetric, 'asymmetric', { capabilities, launcher, usualWay });
    const carriers = refresh ? [code, refresh] : [code];
    return Promise.all(carriers.map((carrier) => tried(carrier, null, tokenClient, smartConfiguration.exchange)));
  },
});

/**
 * Tries each key of a client with each algorithm that matters; without `jku` first, as each server has to take it.
 *
 * @param advertised - algorithms beside those that matter anyway; null where the first that is accepted will do
 */
async function tried(
  carrier: TokenCarrier,
  advertised: readonly string[] | null,
  { endpoint }: TokenClient,
  before: Exchange,
): Promise<AssertionClient> {
  const { client } = carrier;
  const unable = whyUnableToSign(client);
  if (unable !== null) throw new Skip('not-configured', unable);
  const all = signersOf(client);
  const wanted = all.filter(({ alg }) => ['RS384', 'ES384', ...(advertised ?? [])].includes(alg));
  const signers = wanted.length > 0 ? wanted : all;
  const trials: AssertionTrial[] = [];
  let skew = skewOf(before);
  const secondsNow = () => Math.floor(Date.now() / 1000 + skew);
  const credentials = (departure: AssertionDeparture = {}, form?: AssertionForm) => {
    const accepted = trials.find(({ answer }) => answer.kind === 'granted');
    const signer = departure.signer ?? accepted?.signer ?? signers[0];
    const now = secondsNow();
    const { header, claims } = formed(form ?? accepted?.form ?? 'plain', client, now);
    return departed(client, endpoint.published, {
      now,
      ...departure,
      ...(signer && { signer }),
      header: { ...header, ...departure.header },
      claims: { ...claims, ...departure.claims },
    });
  };
  const isAccepted = () => trials.some(({ answer }) => answer.kind === 'granted');
  for (const form of ['plain', 'with jku', 'brief'] as const) {
    if (isAccepted()) break;
    if (form === 'with jku' && client.jwksUrl === undefined) continue;
    for (const signer of signers) {
      if (advertised === null && isAccepted()) break;
      const answer = await carrier.send(credentials({ signer }, form));
      skew = skewOf(answer.exchange);
      trials.push({ signer, form, answer });
    }
  }
  return { client, carrier, trials, secondsNow, credentials };
}

function formed(form: AssertionForm, { jwksUrl }: Client, now: number): AssertionDeparture {
  if (form === 'with jku') return { header: { jku: jwksUrl } };
  return form === 'brief' ? { claims: { exp: now + 60 } } : {};
}

/** By how many seconds the server's clock is ahead of ours; 0 within what a Date header can tell. */
function skewOf({ response, startedAt, durationMs }: Exchange): number {
  const { date, age } = response?.headers ?? {};
  const server = date === undefined || age !== undefined ? Number.NaN : Date.parse(date);
  const skew = (server - Date.parse(startedAt) - durationMs / 2) / 1000;
  return Number.isNaN(skew) || Math.abs(skew) < 2 ? 0 : skew;
}

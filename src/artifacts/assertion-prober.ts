import pLimit from 'p-limit';
import { artifact, attempted, type Block, type Client, type Exchange, isUnobtainable, Skip } from '../kit/index.ts';
import type { AssertionDeparture } from '../oauth/assertion-departure.ts';
import {
  type AssertionFacts,
  type AssertionTopic,
  assertionsWithKeys,
  type BadAssertion,
  badAssertions,
} from '../oauth/bad-assertions.ts';
import type { Credentials } from '../oauth/client-authentication.ts';
import { publicPart } from '../oauth/jwk.ts';
import { certificateOf, createStranger } from '../oauth/stranger.ts';
import type { SmartConfiguration } from '../smart/smart-configuration.ts';
import { type AssertionClient, acceptedSigners, appAssertionClients, assertionClients } from './assertion-clients.ts';
import { answeredWith } from './authorization-outcome.ts';
import { type JwksHost, jwksHost } from './jwks-host.ts';
import { smartConfiguration } from './smart-configuration.ts';
import type { CarriedAnswer, TokenCarrier } from './token-carrier.ts';
import { type TokenClient, tokenClient } from './token-client.ts';

/** A bad assertion, and what came of it. */
export interface AssertionAttempt extends BadAssertion {
  readonly answer: CarriedAnswer;
}

/** Bad assertions of one kind, between two well-made ones. */
export interface AssertionAttempts {
  readonly attempts: readonly AssertionAttempt[];
  /** What came of a well-made one after them: the client may have been locked by then, or the server have broken. */
  readonly after: CarriedAnswer;
}

/**
 * Sends token requests whose assertion departs in one thing from one that has been accepted: what is refused is refused
 * for that one thing.
 */
export interface AssertionProber {
  readonly client: Client;
  readonly grantType: TokenCarrier['grantType'];
  /** The accepted one. */
  readonly control: Exchange;
  /** Another client that was accepted; null where there is none. */
  readonly other: AssertionClient | null;
  /** Seconds since the epoch, by the server's clock. */
  secondsNow(): number;
  /** What authenticates the client but for what the departure changes; it may be sent more than once. */
  credentials(departure?: AssertionDeparture): Credentials;
  /** A request with an assertion that departs in this alone, or with credentials made before. */
  send(departure: AssertionDeparture | { readonly credentials: Credentials }): Promise<CarriedAnswer>;
  /** Tries the bad assertions of a kind, once in a run. */
  attempts(topic: AssertionTopic): Promise<AssertionAttempts>;
  /** Tries a few bad assertions of every kind. */
  tellingAttempts(): Promise<AssertionAttempts>;
}

/** A prober for the first client whose well-made assertion was accepted. */
export const assertionProber = artifact({
  name: 'assertionProber',
  needs: [assertionClients, smartConfiguration, tokenClient, attempted(jwksHost)],
  obtain({ assertionClients, ...surroundings }): Promise<AssertionProber> {
    const [subject, other = null] = assertionClients.filter((client) => acceptedSigners(client).length > 0);
    if (!subject) throw noneAccepted(assertionClients);
    return createAssertionProber(subject, other, surroundings);
  },
});

/** A prober for a client whose keys are registered in the other way than those of the first: by URL, or by value. */
export const otherRegistrationProber = artifact({
  name: 'otherRegistrationProber',
  needs: [assertionClients, smartConfiguration, tokenClient, attempted(jwksHost)],
  obtain({ assertionClients, ...surroundings }): Promise<AssertionProber> {
    const [first, ...more] = assertionClients.filter((client) => acceptedSigners(client).length > 0);
    if (!first) throw noneAccepted(assertionClients);
    const isByUrl = ({ client }: AssertionClient) => client.jwksUrl !== undefined;
    const subject = more.find((one) => isByUrl(one) !== isByUrl(first));
    if (subject) return createAssertionProber(subject, first, surroundings);
    const wanted = isByUrl(first) ? 'by value' : 'by a jwksUrl';
    throw new Skip('not-configured', `needs another service, in clients.others, whose keys are registered ${wanted}`);
  },
});

/** Probers for an app that signs assertions: when it redeems codes, and when it refreshes. */
export const appAssertionProbers = artifact({
  name: 'appAssertionProbers',
  needs: [appAssertionClients, attempted(assertionClients), smartConfiguration, tokenClient, attempted(jwksHost)],
  async obtain({ appAssertionClients: apps, assertionClients, ...surroundings }): Promise<readonly AssertionProber[]> {
    const known = isUnobtainable(assertionClients) ? [] : assertionClients;
    const [other = null] = known.filter(
      (one) => acceptedSigners(one).length > 0 && one.client.clientId !== apps[0]?.client.clientId,
    );
    const accepted = apps.filter((app) => acceptedSigners(app).length > 0);
    return Promise.all(accepted.map((app) => createAssertionProber(app, other, surroundings)));
  },
});

/** Without a request that is accepted nothing can be said of others. */
function noneAccepted(clients: readonly AssertionClient[]): Skip {
  const tried = clients.map(({ client, trials }) => {
    const [first] = trials;
    return `${client.clientId} (${first ? answerInWords(first.answer) : 'no key that signs'})`;
  });
  return new Skip(
    'undecided',
    `no well-made assertion was accepted, so nothing can be said of others: ${tried.join(', ')}`,
  );
}

/**
 * Sends again and again, so often at most, while something answers or while nothing does.
 *
 * @param first - what came of the first time, where it has been sent
 */
async function sendWhile(
  state: 'answered' | 'unanswered',
  send: () => Promise<CarriedAnswer>,
  times: number,
  first?: CarriedAnswer,
): Promise<CarriedAnswer> {
  const answer = first ?? (await send());
  const goesOn = (answer.kind === 'unanswered') === (state === 'unanswered') && times > 1;
  return goesOn ? sendWhile(state, send, times - 1) : answer;
}

/** One connection that breaks may be the network's, several in a row are the server's. */
const severalInARow = 3;

/** Bad assertions of a service at once, of whatever kind. */
const together = 8;

/** Where two of five requests get lost, so many well-made ones in a row hardly get through. */
const enough = 8;

/** What a token endpoint answered, or that it did not. */
export function answerInWords(answer: CarriedAnswer): string {
  if (answer.kind !== 'unanswered') return answeredWith(answer);
  return `no answer: ${answer.exchange.error?.message ?? 'the connection was closed'}`;
}

interface Surroundings {
  readonly smartConfiguration: SmartConfiguration;
  readonly tokenClient: TokenClient;
  readonly jwksHost: JwksHost | Skip | Block | null;
}

async function createAssertionProber(
  subject: AssertionClient,
  other: AssertionClient | null,
  { smartConfiguration, tokenClient, jwksHost }: Surroundings,
): Promise<AssertionProber> {
  const { client, carrier, trials, secondsNow, credentials } = subject;
  const [signer, ...more] = acceptedSigners(subject);
  const control = trials.find(({ answer }) => answer.kind === 'granted')?.answer.exchange;
  if (!signer || !control) throw new Error('a prober is made for a client that was accepted');
  const stranger = await createStranger(signer.alg);
  const host = isUnobtainable(jwksHost) ? null : jwksHost;
  host?.addForeign(publicPart(stranger.jwk));
  const { issuer } = smartConfiguration.document;
  const [otherSigner] = other ? acceptedSigners(other) : [];
  const facts = (): AssertionFacts => ({
    client,
    signer,
    signers: [signer, ...more],
    audience: tokenClient.endpoint.published,
    issuer: typeof issuer === 'string' ? issuer : null,
    now: secondsNow(),
    other: other && otherSigner ? { client: other.client, signer: otherSigner } : null,
    stranger,
    strangersUrl: host?.foreign.url ?? null,
  });
  const send = (departure?: AssertionDeparture) => carrier.send(credentials(departure));
  // What an app sends costs it a code, or the refresh token that the request before has left.
  const isFree = carrier.grantType === 'client_credentials';
  const inTurn = pLimit(together);
  const tried = new Map<AssertionTopic, Promise<AssertionAttempts>>();
  const ofTopic = async (topic: AssertionTopic): Promise<readonly BadAssertion[]> =>
    topic === 'header-keys-unused'
      ? assertionsWithKeys(facts(), await certificateOf(stranger))
      : badAssertions(facts()).filter((bad) => bad.topic === topic);
  const attemptAll = async (wanted: readonly BadAssertion[]): Promise<AssertionAttempts> => {
    const sent = await Promise.all(isFree ? wanted.map(({ departure }) => inTurn(() => send(departure))) : []);
    const attempts: AssertionAttempt[] = [];
    for (const [index, bad] of wanted.entries()) {
      const sends = bad.isLarge ? 1 : severalInARow;
      const answer = await sendWhile('unanswered', () => send(bad.departure), sends, sent[index]);
      attempts.push({ ...bad, answer });
      if (answer.kind !== 'unanswered') continue;
      const after = await sendWhile('answered', send, enough);
      if (after.kind === 'unanswered') return { attempts, after };
    }
    return { attempts, after: await send() };
  };
  return {
    client,
    grantType: carrier.grantType,
    control,
    other,
    secondsNow,
    credentials,
    send: (request) => ('credentials' in request ? carrier.send(request.credentials) : send(request)),
    attempts(topic) {
      const attempts = tried.get(topic) ?? ofTopic(topic).then(attemptAll);
      tried.set(topic, attempts);
      return attempts;
    },
    tellingAttempts: () => attemptAll(badAssertions(facts()).filter(({ isTelling }) => isTelling === true)),
  };
}

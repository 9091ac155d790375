import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AssertionClient,
  type AssertionTrial,
  acceptedSigners,
  assertionClients,
} from '../../src/artifacts/assertion-clients.ts';
import { answerInWords } from '../../src/artifacts/assertion-prober.ts';
import { type HostedJwks, jwksHost } from '../../src/artifacts/jwks-host.ts';
import type { CarriedAnswer } from '../../src/artifacts/token-carrier.ts';
import { artifact, type Exchange, Skip, test } from '../../src/kit/index.ts';
import type { Signer } from '../../src/oauth/client-assertion.ts';
import { publicPart } from '../../src/oauth/jwk.ts';
import { createStranger } from '../../src/oauth/stranger.ts';

const destroys = 'the keys of the client, while it runs';

/** A client whose JWK Set smart-check serves, and whose keys can so be changed. */
interface HostedClient {
  readonly client: AssertionClient;
  readonly place: HostedJwks;
  readonly accepted: Signer;
  readonly control: Exchange;
  /** Its public keys, as they are usually served. */
  readonly usual: readonly object[];
  /** Serves other keys while it sends; those of before afterwards. */
  serving<Value>(keys: readonly object[], cacheControl: string, use: () => Promise<Value>): Promise<Value>;
  send(signer: Signer): Promise<CarriedAnswer>;
}

const hostedClient = artifact({
  name: 'hostedClient',
  needs: [assertionClients, jwksHost],
  obtain({ assertionClients, jwksHost }): HostedClient {
    if (!jwksHost)
      throw new Skip(
        'not-configured',
        'needs jwksListen, and clients.backend or asymmetric with a jwksUrl that leads there',
      );
    const hosted = assertionClients.flatMap((client) => {
      const place = jwksHost.of(client.client);
      return place ? [{ client, place }] : [];
    });
    const [first] = hosted;
    if (!first)
      throw new Skip('not-configured', 'needs clients.backend or asymmetric with a jwksUrl that leads to jwksListen');
    const { client, place } = hosted.find((one) => acceptedSigners(one.client).length > 0) ?? first;
    const trial = client.trials.find(({ answer }) => answer.kind === 'granted');
    if (!trial) throw new Skip('undecided', `${client.client.clientId}, whose keys are served here, was not accepted`);
    const usual = (client.client.keys?.keys ?? []).map(publicPart);
    return {
      client,
      place,
      accepted: trial.signer,
      control: trial.answer.exchange,
      usual,
      async serving(keys, cacheControl, use) {
        place.serve(keys, cacheControl);
        try {
          return await use();
        } finally {
          place.serve(usual, 'no-store');
        }
      },
      send: (signer) => client.carrier.send(client.credentials({ signer })),
    };
  },
});

/** Errors of RFC 6749 section 5.2 that say nothing about a client’s keys. */
const aboutTheRequest = ['invalid_scope', 'unauthorized_client', 'unsupported_grant_type'];

function saysNothingOfKeys(answer: CarriedAnswer): boolean {
  return answer.kind === 'odd' || (answer.kind === 'refused' && aboutTheRequest.includes(answer.error));
}

function answered(trials: readonly AssertionTrial[]): string {
  return trials.map(({ signer, answer }) => `${signer.alg}: ${answerInWords(answer)}`).join('; ');
}

const registeredKeys = test({
  id: 'client-asymmetric/registered-keys',
  title: 'Keys are known by URL and by value, each of them, and without a jku',
  requirements: [
    'client-asymmetric/keys-by-url',
    'client-asymmetric/keys-by-value',
    'client-asymmetric/jku-absent-registered-keys',
  ],
  needs: [assertionClients, jwksHost],
  run({ assertionClients, jwksHost, must, undecided }) {
    for (const { client, trials } of assertionClients) {
      const requirement =
        client.jwksUrl === undefined ? 'client-asymmetric/keys-by-value' : 'client-asymmetric/keys-by-url';
      const granted = trials.find(({ answer }) => answer.kind === 'granted');
      const place = jwksHost?.of(client);
      const because = [...(place?.fetches ?? []), ...trials.map(({ answer }) => answer.exchange)];
      if (!granted && place?.fetches.length === 0) {
        const message = `${client.clientId} was refused, and nobody asked for its keys at ${place.url}: can the server reach that?`;
        undecided(requirement, { message, because });
        continue;
      }
      const isUnanswered = trials.some(({ answer }) => answer.kind === 'unanswered');
      if (!granted && (isUnanswered || trials.every(({ answer }) => saysNothingOfKeys(answer)))) {
        const message = `what ${client.clientId} was answered is not about its keys: ${answered(trials)}`;
        undecided(requirement, { message, because });
        continue;
      }
      must(requirement, granted !== undefined, {
        expected: `${client.clientId} to be served, whose keys are registered ${client.jwksUrl === undefined ? 'by value' : 'by URL'}`,
        actual: answered(trials),
        because,
      });
      if (!granted) continue;
      const servedWith = trials.filter(({ answer }) => answer.kind === 'granted').map(({ signer }) => signer.alg);
      // An algorithm that is never accepted says nothing of the key; nor does a refusal that a shorter life cures.
      const known = trials.filter(({ form, answer }) => form === 'brief' && answer.kind === 'granted');
      for (const { signer, form, answer } of trials.filter((trial) => servedWith.includes(trial.signer.alg))) {
        if (form !== 'plain' || answer.kind === 'unanswered' || known.some((trial) => trial.signer === signer))
          continue;
        must('client-asymmetric/jku-absent-registered-keys', answer.kind === 'granted', {
          expected: `an assertion of ${client.clientId} without jku to be accepted under its registered key ${signer.jwk.kid}`,
          actual: answerInWords(answer),
          because: [granted.answer.exchange, answer.exchange],
        });
      }
    }
  },
});

const fetching = test({
  id: 'client-asymmetric/jwks-fetched',
  title: 'A JWK Set is fetched by GET, also where jku names it',
  requirements: ['client-asymmetric/jwks-fetched-by-get', 'client-asymmetric/jku-registered-followed'],
  needs: [hostedClient],
  async run({ hostedClient: { client, place, control }, must, info, undecided }) {
    const withJku = await client.carrier.send(client.credentials({ header: { jku: place.url } }));
    must('client-asymmetric/jku-registered-followed', withJku.kind === 'granted', {
      expected: `an assertion to be accepted whose jku is the registered URL, ${place.url}`,
      actual: answerInWords(withJku),
      because: [control, withJku.exchange, ...place.fetches],
    });
    const methods = place.fetches.map(({ request }) => request.method);
    const requirement = 'client-asymmetric/jwks-fetched-by-get';
    if (methods.length === 0) {
      const message = 'nobody asked for the JWK Set in this run: an earlier copy may still be fresh';
      return undecided(requirement, { message, because: control });
    }
    must(requirement, methods.includes('GET'), {
      expected: 'the JWK Set to be fetched by GET',
      actual: methods.join(', '),
      because: place.fetches,
    });
    const accepts = new Set(place.fetches.map(({ request }) => request.headers.accept ?? 'none'));
    info(requirement, { message: `Accept: ${[...accepts].join('; ')}`, because: place.fetches });
  },
});

const rotation = test({
  id: 'client-asymmetric/jwks-cached-within-limits',
  title: 'A key that has been replaced is no longer used once Cache-Control says so',
  requirements: ['client-asymmetric/jwks-cached-within-limits'],
  needs: [hostedClient],
  destroys,
  async run({ hostedClient, must, undecided }) {
    const requirement = 'client-asymmetric/jwks-cached-within-limits';
    const { accepted, place } = hostedClient;
    const next = await createStranger(accepted.alg);
    const [oldKeys, newKeys] = [[publicPart(accepted.jwk)], [publicPart(next.jwk)]];
    const cases = [
      { cacheControl: 'no-store', seconds: 0 },
      { cacheControl: 'max-age=1', seconds: 1 },
    ];
    for (const { cacheControl, seconds } of cases) {
      const before = await hostedClient.serving(oldKeys, cacheControl, () => hostedClient.send(accepted));
      const seen = place.fetches.length;
      if (seen === 0) {
        const message = 'nobody has asked for the JWK Set in this run: a copy of an earlier one may still be fresh';
        return undecided(requirement, { message, because: before.exchange });
      }
      // What is good for that long must not be used later; the rest is for clocks that differ.
      if (seconds > 0) await sleep(seconds * 1000 + 2000);
      const [old, fresh] = await hostedClient.serving(newKeys, 'no-store', async () => [
        await hostedClient.send(accepted),
        await hostedClient.send(next),
      ]);
      const because = [...place.fetches.slice(-4), before.exchange, old.exchange, fresh.exchange];
      const expected = `a key to be refused that was replaced in a JWK Set served with Cache-Control: ${cacheControl}`;
      if (before.kind !== 'granted' || (old.kind !== 'granted' && fresh.kind !== 'granted')) {
        const asked = place.fetches.length > seen ? 'the new keys were fetched' : 'an earlier copy may still be fresh';
        const message = `before: ${answerInWords(before)}; afterwards the old key: ${answerInWords(old)}, the new one: ${answerInWords(fresh)}; ${asked}`;
        undecided(requirement, { message, because });
        continue;
      }
      must(requirement, old.kind !== 'granted', { expected, actual: answerInWords(old), because });
    }
  },
});

const duplicate = test({
  id: 'client-asymmetric/duplicate-kid-refused',
  title: 'A kid that two keys have is refused',
  requirements: ['client-asymmetric/ambiguous-key-refused'],
  needs: [hostedClient],
  destroys,
  async run({ hostedClient, must, undecided }) {
    const requirement = 'client-asymmetric/ambiguous-key-refused';
    const { accepted, place } = hostedClient;
    const { kid } = accepted.jwk;
    const made = await createStranger(accepted.alg);
    const namesake: Signer = { ...made, jwk: { ...made.jwk, kid } };
    const seen = place.fetches.length;
    const keys = [accepted, namesake].map(({ jwk }) => publicPart(jwk));
    const answers = await hostedClient.serving(keys, 'no-store', async () => {
      const answers: CarriedAnswer[] = [];
      for (const signer of [accepted, namesake]) {
        const answer = await hostedClient.send(signer);
        // Until then an earlier copy may be fresh.
        if (place.fetches.length > seen) answers.push(answer);
      }
      return answers;
    });
    const after = await hostedClient.send(accepted);
    if (answers.length === 0 || after.kind !== 'granted') {
      const message = `the changed JWK Set was not fetched, or the client was not accepted afterwards: ${answerInWords(after)}`;
      return undecided(requirement, { message, because: after.exchange });
    }
    for (const answer of answers) {
      must(requirement, answer.kind !== 'granted', {
        expected: `an assertion to be refused whose kid ${kid} two keys of one type have`,
        actual: answerInWords(answer),
        because: [...place.fetches.slice(seen), answer.exchange, after.exchange],
      });
    }
  },
});

const oddKeys = test({
  id: 'client-asymmetric/jwks-odd-keys-ignored',
  title: 'Keys that a server does not understand do not spoil the others of a JWK Set',
  requirements: ['client-asymmetric/jwks-odd-keys-ignored'],
  needs: [hostedClient],
  destroys,
  async run({ hostedClient, should, undecided }) {
    const requirement = 'client-asymmetric/jwks-odd-keys-ignored';
    const { accepted, place, control } = hostedClient;
    const good = { ...publicPart(accepted.jwk), 'smart-check': 'a member that nobody knows' };
    const odd = [{ kty: 'smart-check', kid: 'smart-check-1' }, { kty: 'EC', kid: 'smart-check-2', crv: 'P-384' }, good];
    const seen = place.fetches.length;
    const answer = await hostedClient.serving(odd, 'no-store', () => hostedClient.send(accepted));
    const fetches = place.fetches.slice(seen);
    if (fetches.length === 0) {
      return undecided(requirement, { message: 'the changed JWK Set was not fetched', because: answer.exchange });
    }
    should(requirement, answer.kind === 'granted', {
      expected: 'a key to be used that stands beside one of an unknown kty and one without its members',
      actual: answerInWords(answer),
      because: [control, ...fetches, answer.exchange],
    });
  },
});

const caching = test({
  id: 'client-asymmetric/jwks-cached',
  title: 'A JWK Set is kept for as long as Cache-Control allows',
  requirements: ['client-asymmetric/jwks-cached'],
  needs: [hostedClient],
  destroys,
  async run({ hostedClient, should, undecided }) {
    const { usual, accepted, place } = hostedClient;
    const seen = place.fetches.length;
    const requests = 6;
    await hostedClient.serving(usual, 'max-age=60', async () => {
      for (let sent = 0; sent < requests; sent += 1) await hostedClient.send(accepted);
    });
    const fetches = place.fetches.slice(seen);
    if (place.fetches.length === 0) {
      const message = 'nobody asked for the JWK Set in this run: an earlier copy may still be fresh';
      return undecided('client-asymmetric/jwks-cached', { message });
    }
    // Several machines behind one address may each ask once.
    should('client-asymmetric/jwks-cached', fetches.length < requests, {
      expected: `fewer requests than ${requests} for a JWK Set that may be kept for a minute, in as many token requests`,
      actual: `${fetches.length} requests`,
      because: fetches,
    });
  },
});

/** The last one leaves the server with a copy that it may keep for a while. */
export const keysTests = [registeredKeys, fetching, rotation, duplicate, oddKeys, caching];

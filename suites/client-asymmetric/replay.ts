import { randomUUID } from 'node:crypto';
import { answerInWords, assertionProber } from '../../src/artifacts/assertion-prober.ts';
import { atOnce, usesAtOnce as times } from '../../src/artifacts/at-once.ts';
import { tokenEndpoint } from '../../src/artifacts/authorization-server.ts';
import { smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import type { CarriedAnswer } from '../../src/artifacts/token-carrier.ts';
import { lifetimes, type UsedAssertion, useAssertion, usedAssertions } from '../../src/artifacts/used-assertions.ts';
import { configuration, type Exchange, http, Skip, test, time } from '../../src/kit/index.ts';
import { alteredToken } from '../../src/oauth/altered-token.ts';
import { requestRevocation } from '../../src/oauth/revocation-request.ts';
import { endpointUrl } from '../../src/smart/smart-configuration.ts';
import { judgeAttempts } from '../judge-attempts.ts';
import { destroys } from './refusals.ts';

const requirement = 'client-asymmetric/jti-replay-refused';
const topic = 'jti-required' as const;

/** @throws Skip when an assertion for five minutes brought no token */
function demandGranted(first: CarriedAnswer): void {
  if (first.kind === 'granted') return;
  const why = `an assertion for five minutes was not accepted the first time: ${answerInWords(first)}`;
  throw new Skip('undecided', why, [first.exchange]);
}

export const replay = test({
  id: requirement,
  title: 'A jti is good for one use',
  requirements: [requirement],
  needs: [assertionProber],
  destroys,
  async run({ assertionProber, ...judge }) {
    const { secondsNow, send, other, grantType } = assertionProber;
    const { jti, same, first } = await useAssertion(assertionProber, lifetimes.lasting);
    demandGranted(first);
    const again = { what: 'the same assertion again', departure: {}, answer: await send(same) };
    // Who remembers the last jti alone has forgotten this one then.
    await send({});
    const later = { what: 'the same assertion again, after another one', departure: {}, answer: await send(same) };
    const now = secondsNow();
    const another = await send({ claims: { exp: now + 270, iat: now - 7, jti } });
    const fresh = { what: 'another assertion with the same jti', departure: {}, answer: another };
    const after = await send({});
    const attempts = [again, later, fresh].map((attempt) => ({ topic, ...attempt }));
    judgeAttempts(judge, requirement, { control: first.exchange, grantType }, { attempts, after });
    if (!other) return;
    const others = await other.carrier.send(other.credentials({ claims: { jti } }));
    const message = `the same jti from ${other.client.clientId}: ${answerInWords(others)}; a jti is unique for its iss`;
    judge.info(requirement, { message, because: others.exchange });
  },
});

/** The last test of its suite: the later, the more is forgotten. */
export const replayLater = test({
  id: 'client-asymmetric/jti-replay-refused-later',
  title: 'A jti is remembered for as long as its assertion is taken',
  requirements: [requirement],
  needs: [configuration, assertionProber, usedAssertions, time],
  destroys,
  async run({ configuration: { patience = 0 }, assertionProber, usedAssertions, time, ...judge }) {
    const { secondsNow, send, grantType } = assertionProber;
    const early = usedAssertions;
    // In a long run they have come to their end, and nobody overlooks that any more.
    const brief =
      secondsNow() <= early.brief.exp + 5 ? early.brief : await useAssertion(assertionProber, lifetimes.brief);
    const soon = Math.max(brief.exp + 1, secondsNow());
    const isGood = soon <= lastUseOf(early.lasting);
    const lasting = isGood ? early.lasting : await useAssertion(assertionProber, lifetimes.lasting);
    demandGranted(lasting.first);
    const at = <Result>(then: number, act: () => Promise<Result>) =>
      time.until(new Date(Date.now() + (then - secondsNow()) * 1000), act);
    const attempt = (what: string, answer: CarriedAnswer) => ({ topic, what, departure: {}, answer });
    const replayAt = async (then: number) =>
      attempt(`an assertion that was used ${then - lasting.usedAt} s before`, await at(then, () => send(lasting.same)));
    // Clocks differ: who takes an assertion for a while after its time is to remember it for as long.
    const replayOverdue = async () => {
      const claims = { exp: brief.exp, iat: brief.usedAt };
      const another = brief.first.kind === 'granted' ? await send({ claims }) : null;
      return another?.kind === 'granted' ? [await send(brief.same)] : [];
    };
    const overdue = 'an assertion that has been used, after its exp, when another one was taken';
    const attempts = (await at(soon, replayOverdue)).map((answer) => attempt(overdue, answer));
    attempts.push(await replayAt(soon));
    const last = lastUseOf(lasting);
    if (last - soon <= patience) attempts.push(await replayAt(last));
    const after = await send({});
    judgeAttempts(judge, requirement, { control: lasting.first.exchange, grantType }, { attempts, after });
  },
});

/** When it is refused for nothing but its first use, for the last time. */
function lastUseOf({ exp }: UsedAssertion): number {
  return exp - 10;
}

export const replayAtOnce = test({
  id: 'client-asymmetric/jti-replay-refused-at-once',
  title: 'An assertion that comes several times at once is good for one use',
  requirements: [requirement],
  needs: [assertionProber],
  destroys,
  async run({ assertionProber, must, undecided }) {
    const { credentials, send, grantType, control } = assertionProber;
    if (grantType !== 'client_credentials') {
      throw new Skip('not-configured', 'needs clients.backend: what apps send is good once itself');
    }
    const same = { credentials: credentials() };
    const answers = await atOnce(() => send(same));
    const exchanges = answers.map(({ exchange }) => exchange);
    const granted = answers.filter(({ kind }) => kind === 'granted');
    const later = await send(same);
    if (later.kind !== 'refused') {
      const message = `the same assertion later was not refused, which ${requirement} judges: ${answerInWords(later)}`;
      return undecided(requirement, { message, because: [control, ...exchanges, later.exchange] });
    }
    const after = await send({});
    if (granted.length === 0 || after.kind !== 'granted') {
      const whenever = granted.length === 0 ? `${times} uses at once` : 'a fresh assertion after them';
      const message = `no token came of ${whenever}: ${answerInWords(granted.length === 0 ? later : after)}`;
      return undecided(requirement, { message, because: [control, ...exchanges, after.exchange] });
    }
    must(requirement, granted.length === 1, {
      expected: `one token at most for an assertion that is sent ${times} times at once`,
      actual: `${granted.length} requests brought one; later it is refused: ${answerInWords(later)}`,
      because: [
        ...(granted.length > 1 ? granted.map(({ exchange }) => exchange) : exchanges),
        later.exchange,
        after.exchange,
      ],
    });
  },
});

/** Asked to end a token that there is not: nothing comes of it but whether the client was known (RFC 7009 section 2.2). */
export const replayElsewhere = test({
  id: 'client-asymmetric/jti-replay-refused-elsewhere',
  title: 'An assertion that has brought a token authenticates nobody at the revocation endpoint',
  requirements: [requirement],
  needs: [assertionProber, smartConfiguration, fhirBaseUrl, tokenEndpoint, http],
  destroys,
  async run({
    assertionProber,
    smartConfiguration: { document },
    fhirBaseUrl,
    tokenEndpoint,
    http,
    should,
    undecided,
  }) {
    const { client, credentials, send } = assertionProber;
    const endpoint = endpointUrl(document.revocation_endpoint, fhirBaseUrl);
    if (!endpoint) throw new Skip('not-advertised', 'revocation_endpoint is absent');
    const parameters = { token: `smart-check-${randomUUID()}` };
    const revoke = (proof: ReturnType<typeof credentials>): Promise<Exchange> =>
      requestRevocation({ client, parameters, credentials: proof }, endpoint, tokenEndpoint, http);
    const control = await revoke(credentials());
    const fresh = credentials();
    const assertion = fresh.parameters.client_assertion ?? '';
    const unsigned = await revoke({
      ...fresh,
      parameters: { ...fresh.parameters, client_assertion: alteredToken(assertion) },
    });
    if (control.response?.status !== 200 || !isRefused(unsigned)) {
      const answers = [control, unsigned].map(({ response }) => response?.status ?? 'no answer').join(' and ');
      throw new Skip('undecided', `the revocation endpoint answered a good assertion and a forged one ${answers}`);
    }
    const used = credentials();
    const first = await send({ credentials: used });
    if (first.kind !== 'granted')
      throw new Skip('undecided', `the assertion brought no token: ${answerInWords(first)}`);
    const again = await revoke(used);
    const because = [control, unsigned, first.exchange, again];
    if (again.response?.status !== 200 && !isRefused(again)) {
      const message = `a used assertion was answered ${again.response?.status ?? 'nothing'} at the revocation endpoint, which is no refusal`;
      return undecided(requirement, { message, because });
    }
    should(requirement, isRefused(again), {
      expected: 'an assertion that has been used at the token endpoint to be refused at the revocation endpoint',
      actual: `${again.response?.status}, as a fresh one is answered`,
      because,
    });
  },
});

/** Of a client that is not known (RFC 7009 section 2.2.1). */
function isRefused({ response }: Exchange): boolean {
  return response?.status === 400 || response?.status === 401;
}

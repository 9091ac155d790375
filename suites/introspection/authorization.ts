import { tokenEndpoint } from '../../src/artifacts/authorization-server.ts';
import { backendRequester } from '../../src/artifacts/backend.ts';
import { isSuccess } from '../../src/artifacts/document.ts';
import { namedClients } from '../../src/artifacts/named-clients.ts';
import { settled } from '../../src/artifacts/settled.ts';
import { artifact, attempted, configuration, isUnobtainable, Skip, test } from '../../src/kit/index.ts';
import { alteredToken, madeUpToken } from '../../src/oauth/altered-token.ts';
import { signClientAssertion } from '../../src/oauth/client-assertion.ts';
import { assertionCredentials, inBasic, methodOf } from '../../src/oauth/client-authentication.ts';
import { ask, askOfLive, ofLive, sayable, type Told } from './ask-of-live.ts';
import { bearing, type Caller, introspector, nobody } from './callers.ts';
import { control, denied, givesAway, type Introspected, isRefusal, told, trials } from './introspected.ts';
import { revoker } from './revocations.ts';
import { tokensAtHand } from './tokens-at-hand.ts';

/** What a caller without credentials is told. */
const anonymous = artifact({
  name: 'anonymous',
  needs: [introspector, attempted(control), tokensAtHand],
  async obtain({ introspector, control, tokensAtHand: [first] }): Promise<Told> {
    if (!isUnobtainable(control)) return askOfLive(control, introspector, nobody);
    if (!first) throw new Error('there is a token at hand, or there are none to ask about');
    return ask(introspector, first.tokens.accessToken, nobody, []);
  },
});

/** Whether the endpoint asks its callers who they are. */
const guarded = artifact({
  name: 'guarded',
  needs: [anonymous],
  obtain({ anonymous }): Told {
    if (!givesAway(anonymous.live)) return anonymous;
    throw new Skip('not-advertised', 'introspection asks nobody for authorization, which caller-authorized judges');
  },
});

const noOracle = test({
  id: 'introspection/caller-authorized',
  title: 'A caller without credentials cannot tell one token from another',
  requirements: ['introspection/caller-authorized', 'introspection/access-control-possible'],
  needs: [anonymous, attempted(control)],
  run({ anonymous: { live, difference, because }, control, should, info }) {
    const isSilent = !givesAway(live);
    // Where nobody is told anything, silence proves nothing.
    if (isSilent && isUnobtainable(control)) throw control;
    should('introspection/caller-authorized', isSilent && difference === null, {
      expected: 'the same refusal, whatever token a caller without credentials asks about (RFC 7662 section 2.1)',
      actual: difference ?? `${sayable(live)} for either`,
      because,
    });
    const message = `a caller without credentials is answered ${sayable(live)}`;
    info('introspection/access-control-possible', { message, because });
  },
});

const badBearer = test({
  id: 'introspection/bad-bearer-refused',
  title: 'A caller with a bearer token that is none gets 401',
  requirements: ['introspection/bad-credentials-refused'],
  needs: [introspector, control, guarded],
  async run({ introspector, control, must, should }) {
    const requirement = 'introspection/bad-credentials-refused';
    const bearer = (await control.caller.credentials()).headers.authorization;
    const own = control.caller.kind === 'bearer' ? bearer?.replace(/^bearer +/i, '') : undefined;
    const impostors = [
      bearing(madeUpToken, 'a made-up bearer token'),
      ...(own === undefined ? [] : [bearing(alteredToken(own), 'its bearer token with one character changed')]),
    ];
    for (const impostor of impostors) {
      const { live, because } = await askOfLive(control, introspector, impostor);
      const evidence = {
        expected: `401 for ${impostor.name} (RFC 7662 section 2.3)`,
        actual: sayable(live),
        because,
      };
      must(requirement, !givesAway(live), evidence);
      // Where no bearer token is taken at all, a request with one is merely malformed.
      if (givesAway(live) || own === undefined) continue;
      should(requirement, live.exchange.response?.status === 401, evidence);
    }
  },
});

const badSecret = test({
  id: 'introspection/bad-secret-refused',
  title: 'A caller with a wrong secret gets 401',
  requirements: ['introspection/bad-credentials-refused'],
  needs: [configuration, introspector, control, guarded],
  destroys: 'the access of the introspection client, where wrong secrets lock it',
  async run({ configuration: { clients }, introspector, control, must, should }) {
    const requirement = 'introspection/bad-credentials-refused';
    const { clientId, clientSecret } = clients.introspection ?? {};
    if (clientId === undefined || clientSecret === undefined) {
      throw new Skip(
        'not-configured',
        'needs clients.introspection with clientId and clientSecret, so that a secret can be wrong',
      );
    }
    const impostor: Caller = {
      kind: 'client',
      name: `${clientId} with a wrong secret`,
      clientId,
      credentials: async () => inBasic(clientId, `${clientSecret}-wrong`),
    };
    const { live, because } = await ofLive(
      control,
      introspector,
      async (token, shown) => {
        const answer = await introspector.ask(token, impostor);
        return { live: answer, because: [...shown, answer.exchange] };
      },
      (asked) => givesAway(asked.live),
    );
    const evidence = {
      expected: `401 for ${impostor.name} (RFC 6749 section 5.2)`,
      actual: sayable(live),
      because,
    };
    const demand = live.says === 'inactive' ? should : must;
    demand(requirement, live.exchange.response?.status === 401 && !givesAway(live), evidence);
  },
});

const unprovenClient = test({
  id: 'introspection/unproven-client-refused',
  title: 'A caller that merely names a client, or one that nobody knows, learns nothing',
  requirements: ['introspection/bad-credentials-refused'],
  needs: [configuration, introspector, control, guarded, attempted(tokenEndpoint)],
  destroys: 'the access of the introspection client, where wrong credentials lock it',
  async run({ configuration, introspector, control, tokenEndpoint, must, should }) {
    const requirement = 'introspection/bad-credentials-refused';
    const { clientId } = control.caller;
    const known = namedClients(configuration).find((client) => client.clientId === clientId);
    const basicOf = (id: string) => inBasic(id, 'smart-check-made-this-up');
    const impostors = [
      { name: 'a client that nobody knows', credentials: basicOf('smart-check-nobody'), demand: must },
      ...(clientId === null
        ? []
        : [
            {
              name: `client_id=${clientId} alone`,
              credentials: { headers: {}, parameters: { client_id: clientId } },
              // A public client has nothing else to show.
              demand: known && methodOf(known) === 'none' ? should : must,
            },
            ...(known?.keys && !isUnobtainable(tokenEndpoint)
              ? [
                  {
                    name: `${clientId} with an assertion that it has not signed`,
                    credentials: assertionCredentials(
                      alteredToken(signClientAssertion(known, tokenEndpoint.published)),
                    ),
                    demand: must,
                  },
                ]
              : []),
            ...(known?.clientSecret === undefined
              ? [{ name: `${clientId} with a secret that it has not`, credentials: basicOf(clientId), demand: must }]
              : []),
          ]),
    ];
    for (const { name, credentials, demand } of impostors) {
      const impostor: Caller = { kind: 'client', name, clientId, credentials: async () => credentials };
      const { live, because } = await askOfLive(control, introspector, impostor);
      demand(requirement, !givesAway(live), {
        expected: `${name} to be refused, or to be told of no live token (RFC 7662 section 2.1)`,
        actual: sayable(live),
        because,
      });
    }
  },
});

const revokedBearer = test({
  id: 'introspection/revoked-bearer-refused',
  title: 'A bearer token that was revoked opens introspection no more',
  requirements: ['introspection/bad-credentials-refused'],
  needs: [introspector, control, guarded, backendRequester, revoker],
  destroys: 'a token made for it',
  async run({ introspector, control, backendRequester: { client, request }, revoker, must }) {
    const { first, caller } = control;
    if (caller.kind !== 'bearer' || caller.clientId !== client.clientId) {
      throw new Skip('not-configured', 'needs clients.introspection.bearer to be backend, whose tokens are cheap');
    }
    const answer = await request();
    if (answer.kind !== 'granted') throw new Skip('undecided', `${client.clientId} got no further token`);
    const { accessToken } = answer.tokens;
    const name = 'a further bearer token';
    // Somebody else each time: that it is turned away in the end is what is asked.
    const ask = () => introspector.ask(first.token.tokens.accessToken, bearing(accessToken, name, client.clientId));
    const before = await ask();
    const revocation = await revoker.revoke({ client, parameters: { token: accessToken } });
    const known = await settled(
      () => introspector.ask(accessToken, caller),
      ({ says }) => says !== 'active',
    );
    if (before.says !== 'active' || !isSuccess(revocation) || known.says !== 'inactive') {
      throw new Skip('undecided', 'no token could be revoked that had opened introspection');
    }
    const after = await settled(ask, (one) => !givesAway(one));
    must('introspection/bad-credentials-refused', !givesAway(after), {
      expected: `${name} of ${client.clientId} to be refused once it is revoked, and known to be inactive`,
      actual: sayable(after),
      because: [before.exchange, revocation, known.exchange, after.exchange],
    });
  },
});

/** What those are told who authenticate with a bearer token, as the guide wants it to be possible. */
const bearerTrial = artifact({
  name: 'bearerTrial',
  needs: [guarded, trials],
  obtain({ trials }) {
    const trial = trials.find(({ caller }) => caller.kind === 'bearer');
    if (trial) return trial;
    throw new Skip('not-configured', 'needs clients.introspection.bearer, a client whose token may introspect');
  },
});

const bearerAccepted = test({
  id: 'introspection/bearer-authorization-accepted',
  title: 'A client that may introspect authenticates with its bearer token',
  requirements: ['introspection/bearer-authorization-accepted'],
  needs: [bearerTrial, trials],
  run({ bearerTrial: { caller, introspected }, trials, must }) {
    const isActive = ({ answer }: Introspected) => answer.says === 'active';
    const other = trials.find((trial) => trial.caller !== caller && trial.introspected.some(isActive));
    // That all is inactive may be another requirement's matter, unless somebody else is told more.
    const isToldOff = introspected.some(({ answer }) => answer.says === 'inactive');
    const holds = introspected.some(isActive) || (isToldOff && !other);
    const [first] = introspected;
    const status = first?.answer.exchange.response?.status ?? 0;
    // Whatever else comes back is no word about the caller.
    if (first && !holds && !isToldOff && ![400, 401, 403].includes(status)) {
      throw new Skip('undecided', `${caller.name} was neither answered nor refused: ${sayable(first.answer)}`);
    }
    const instead = other ? `; ${other.caller.name} is told that a token is active` : '';
    must('introspection/bearer-authorization-accepted', holds, {
      expected: `${caller.name} to be answered`,
      actual: first ? `${sayable(first.answer)}${instead}` : 'nothing',
      message: `${caller.name} was answered ${first ? sayable(first.answer) : 'nothing'}${instead}. The guide has clients that may introspect authenticate so; if this one may not, clients.introspection.bearer is to name another`,
      because: trials.flatMap((trial) => trial.introspected.slice(0, 1).flatMap(({ because }) => because)),
    });
  },
});

const anyClients = test({
  id: 'introspection/any-clients-tokens',
  title: 'A client that may introspect learns about the tokens of other clients',
  requirements: ['introspection/any-clients-tokens'],
  needs: [bearerTrial, denied],
  run({ bearerTrial: { caller, introspected }, denied, must, undecided }) {
    const requirement = 'introspection/any-clients-tokens';
    if (introspected.every(({ answer }) => isRefusal(answer))) {
      throw new Skip('undecided', 'the bearer token is refused, which bearer-authorization-accepted judges');
    }
    if (introspected.every(({ answer }) => answer.says !== 'active')) {
      throw new Skip('undecided', 'the bearer token is told of no token that it is active, its own included');
    }
    const foreign = introspected.filter((item) => isForeign(item, caller, introspected));
    if (foreign.length === 0)
      throw new Skip(
        'not-configured',
        'needs tokens of two clients: one more of clients.public, symmetric and asymmetric',
      );
    for (const { token, answer, because } of foreign) {
      const proof = denied.find((item) => item.token === token);
      const actual = `${told(answer)} for ${token.name}`;
      if (proof?.isDead) {
        undecided(requirement, { message: `${actual}, which the FHIR API refuses as well`, because: proof.because });
        continue;
      }
      must(requirement, answer.says === 'active', {
        expected: `active: true for ${token.name}, asked by ${caller.name}`,
        actual,
        because: proof?.because ?? because,
      });
    }
  },
});

/** Where it is not known whose the bearer token is, the tokens of all clients are foreign but for one at most. */
function isForeign({ token }: Introspected, { clientId }: Caller, all: readonly Introspected[]): boolean {
  if (clientId !== null) return token.client.clientId !== clientId;
  return new Set(all.map((item) => item.token.client.clientId)).size > 1;
}

export const authorizationTests = [
  noOracle,
  badBearer,
  badSecret,
  unprovenClient,
  revokedBearer,
  bearerAccepted,
  anyClients,
];

import { withoutRefreshToken } from '../../src/artifacts/launches.ts';
import { settled } from '../../src/artifacts/settled.ts';
import { usualWay } from '../../src/artifacts/usual-way.ts';
import { artifact, configuration, type Exchange, Skip, test } from '../../src/kit/index.ts';
import { alteredClaims, alteredToken, caseSwapped, madeUpToken, unsignedToken } from '../../src/oauth/altered-token.ts';
import type { IntrospectionAnswer } from '../../src/oauth/introspection-request.ts';
import { introspector } from './callers.ts';
import { control, told } from './introspected.ts';

/** What was said of a token that is good for nothing. */
interface Useless {
  readonly what: string;
  readonly answer: IntrospectionAnswer;
  readonly because: readonly Exchange[];
  readonly expired?: 'meant';
}

/** What those are told who may ask about tokens that were never issued. */
const neverIssued = artifact({
  name: 'neverIssued',
  needs: [introspector, control],
  async obtain({ introspector, control: { caller, active } }): Promise<readonly Useless[]> {
    const ask = async (what: string, token: string, because: readonly Exchange[]): Promise<Useless> => {
      const answer = await introspector.ask(token, caller);
      return { what, answer, because: [...because, answer.exchange] };
    };
    const altered = active.flatMap(({ token: { tokens, name }, because }) => {
      const { accessToken } = tokens;
      const claims = alteredClaims(accessToken);
      const unsigned = unsignedToken(accessToken);
      return [
        ...(unsigned === null ? [] : [ask(`${name} without signature, and with alg none`, unsigned, because)]),
        ask(`${name} with one character changed`, alteredToken(accessToken), because),
        ...(claims === null ? [] : [ask(`${name} with one character of its claims changed`, claims, because)]),
      ];
    });
    const [first] = active;
    const alike = first ? likenesses(first.token.tokens.accessToken) : [];
    const likened = alike.map(({ how, token }) => ask(`${first?.token.name} ${how}`, token, first?.because ?? []));
    const unknown = ask('a made-up token', madeUpToken, first?.because ?? []);
    return Promise.all([unknown, ...altered, ...likened]);
  },
});

/** What a careless comparison takes for a token, and a careful one never does. */
function likenesses(token: string): readonly { readonly how: string; readonly token: string }[] {
  // Numbers in base 16 or 32 are the same in either case, and what follows padding is not read by some.
  const isCaseFree = /^[0-9a-f-]*$/i.test(token) || token === token.toLowerCase() || token === token.toUpperCase();
  return [
    ...(isCaseFree ? [] : [{ how: 'with its letters in the other case', token: caseSwapped(token) }]),
    ...(token.endsWith('=') ? [] : [{ how: 'with more behind it', token: `${token}xxxx` }]),
  ];
}

const unusable = test({
  id: 'introspection/never-issued-inactive',
  title: 'Tokens that the server has not issued are inactive',
  requirements: ['introspection/unusable-token-inactive'],
  needs: [neverIssued],
  run({ neverIssued, must }) {
    for (const useless of neverIssued) must('introspection/unusable-token-inactive', ...inactive(useless));
  },
});

/** Whether an answer is the one for tokens that are no good. */
function inactive({ what, answer, ...evidence }: Useless) {
  const holds = answer.exchange.response?.status === 200 && answer.members?.active === false;
  return [
    holds,
    { expected: `200 and active: false for ${what} (RFC 7662 section 2.2)`, actual: told(answer), ...evidence },
  ] as const;
}

const discreet = test({
  id: 'introspection/inactive-says-no-more',
  title: 'Of an inactive token nothing more is said',
  requirements: ['introspection/inactive-says-no-more'],
  needs: [neverIssued],
  run({ neverIssued, should }) {
    const denied = neverIssued.filter(({ answer }) => answer.says === 'inactive');
    if (denied.length === 0) throw new Skip('undecided', 'nothing was said to be inactive');
    for (const useless of denied) should('introspection/inactive-says-no-more', ...tacit(useless));
  },
});

function tacit({ what, answer, ...evidence }: Useless) {
  const more = Object.keys(answer.members ?? {}).filter((name) => name !== 'active');
  return [
    more.length === 0,
    { expected: `active alone for ${what}`, actual: ['active', ...more].join(', '), ...evidence },
  ] as const;
}

/** Seconds that are waited for a token to expire, and grants that are made for want of a fresh one. */
const [longestWait, attempts] = [60, 3];

const expired = test({
  id: 'introspection/expired-inactive',
  title: 'Tokens that have expired are inactive',
  requirements: ['introspection/unusable-token-inactive', 'introspection/inactive-says-no-more'],
  needs: [configuration, usualWay, introspector, control],
  waits: true,
  async run({ configuration, usualWay, introspector, control: { caller }, must, should }) {
    const { shortLived } = configuration.clients;
    if (shortLived?.redirectUri === undefined) {
      throw new Skip('not-configured', 'needs clients.shortLived with a redirectUri, whose tokens expire in a minute');
    }
    const client = { ...shortLived, redirectUri: shortLived.redirectUri };
    const scope = withoutRefreshToken(usualWay.scopes(client));
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const { exchange, tokens } = await usualWay.grant({ client, scope });
      const issued = Date.now();
      const { expires_in: lifetime } = tokens.members;
      if (typeof lifetime !== 'number' || lifetime > longestWait) {
        const got = `its tokens say expires_in ${String(lifetime)}`;
        throw new Skip('undecided', `clients.shortLived is to have tokens of ${longestWait} s at most; ${got}`);
      }
      const fresh = await introspector.ask(tokens.accessToken, caller);
      if (fresh.says !== 'active') continue;
      await new Promise((resolve) => setTimeout(resolve, issued + (lifetime + 1) * 1000 - Date.now()));
      const answer = await settled(
        () => introspector.ask(tokens.accessToken, caller),
        ({ says }) => says !== 'active',
      );
      const refused = answer.says === 'neither' ? await introspector.ask(madeUpToken, caller) : null;
      if (refused?.exchange.response?.status === 401) {
        const reason = 'whoever asks is not let in any more: the token that allows it has expired, too';
        throw new Skip('undecided', reason, [refused.exchange]);
      }
      const because = [exchange, fresh.exchange, answer.exchange];
      const useless = { what: `a token of ${lifetime} s after its time`, answer, because, expired: 'meant' } as const;
      must('introspection/unusable-token-inactive', ...inactive(useless));
      if (answer.says === 'inactive') should('introspection/inactive-says-no-more', ...tacit(useless));
      return;
    }
    throw new Skip('undecided', 'no short-lived token was active while it was fresh');
  },
});

export const inactiveTests = [unusable, discreet, expired];

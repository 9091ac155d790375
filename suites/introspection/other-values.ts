import { described, outcomeOf } from '../../src/artifacts/authorization-outcome.ts';
import { prober } from '../../src/artifacts/prober.ts';
import { Block, type Exchange, Skip, test } from '../../src/kit/index.ts';
import type { IntrospectionAnswer } from '../../src/oauth/introspection-request.ts';
import { isPermission } from '../../src/smart/scope.ts';
import { introspector } from './callers.ts';
import { control, told } from './introspected.ts';

const requirement = 'introspection/unusable-token-inactive';

const code = test({
  id: 'introspection/code-inactive',
  title: 'An authorization code is no active token',
  requirements: [requirement],
  needs: [introspector, control, prober],
  async run({ introspector, control: { caller, first }, prober, must }) {
    const authorization = await prober.authorize();
    const { response, exchanges } = authorization;
    const why = described(authorization);
    if (outcomeOf(authorization) === 'stuck') throw new Block(why, exchanges);
    if (response?.kind !== 'code') throw new Skip('undecided', `there was no code to ask about: ${why}`);
    const answer = await introspector.ask(response.code, caller);
    must(requirement, answer.says === 'inactive', {
      expected: 'active: false for an authorization code, which nobody may use for an access token',
      actual: told(answer),
      because: [...first.because, answer.exchange],
    });
  },
});

/** RFC 7662 section 2.1 leaves it to servers whether they tell of tokens of further types, and some tell of ID tokens. */
const idToken = test({
  id: 'introspection/id-token-inactive',
  title: 'An id_token is not said to be good for data',
  requirements: [requirement],
  needs: [introspector, control],
  async run({ introspector, control: { caller, active }, should, info }) {
    const found = active.flatMap(({ token, because }) =>
      typeof token.tokens.members.id_token === 'string' ? [{ value: token.tokens.members.id_token, because }] : [],
    );
    const [first] = found;
    if (!first) throw new Skip('undecided', 'no token that is active came with an id_token');
    const answer = await introspector.ask(first.value, caller);
    const because = [...first.because, answer.exchange];
    const permissions = scopesIn(answer).filter(isPermission);
    const isHarmful = answer.says === 'active' && permissions.length > 0;
    if (answer.says !== 'inactive' && !isHarmful) {
      const message = `of an id_token: ${told(answer)}; RFC 7662 leaves other types of token open`;
      return info(requirement, { message, because });
    }
    should(requirement, !isHarmful, {
      expected: 'active: false for an id_token, or at least no scope for data',
      actual: isHarmful ? `active, with ${permissions.join(' ')}` : told(answer),
      because,
    });
  },
});

function scopesIn({ members }: IntrospectionAnswer): readonly string[] {
  return typeof members?.scope === 'string' ? members.scope.split(' ').filter((scope) => scope !== '') : [];
}

/** What is no token, whichever way servers look theirs up. */
const garbage = [
  { what: 'a single character', value: 'a' },
  { what: 'three parts of no JWT', value: 'eyJhbGciOiJub25lIn0.e30.' },
  // Nothing that a guard before the server takes for an attack.
  { what: 'quotes and signs', value: '\'" % * \u00fc' },
  { what: 'four thousand characters', value: 'a'.repeat(4000) },
];

const nonsense = test({
  id: 'introspection/nonsense-inactive',
  title: 'What is no token at all is inactive',
  requirements: [requirement],
  needs: [introspector, control],
  async run({ introspector, control: { caller, first }, must, should }) {
    const asked = await Promise.all(
      garbage.map(async ({ what, value }) => ({ what, answer: await introspector.ask(value, caller) })),
    );
    const isActive = ({ answer }: (typeof asked)[number]) => answer.says === 'active';
    const exchangesOf = (some: typeof asked): readonly Exchange[] => some.map(({ answer }) => answer.exchange);
    const taken = asked.filter(isActive);
    must(requirement, taken.length === 0, {
      expected: `nothing of this to be active: ${asked.map(({ what }) => what).join(', ')}`,
      actual: taken.length === 0 ? 'nothing' : `active: ${taken.map(({ what }) => what).join(', ')}`,
      because: [...first.because, ...exchangesOf(taken.length > 0 ? taken : asked)],
    });
    const broken = asked.filter(({ answer }) => (answer.exchange.response?.status ?? 500) >= 500);
    should(requirement, broken.length === 0, {
      expected: '200 and active: false, since what is no token is no error either (RFC 7662 section 2.2)',
      actual: broken.map(({ what, answer }) => `${what}: ${told(answer)}`).join('; ') || 'no failure',
      because: exchangesOf(broken.length > 0 ? broken : asked),
    });
  },
});

export const otherValueTests = [code, idToken, nonsense];

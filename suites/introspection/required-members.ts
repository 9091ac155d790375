import { describe, Skip, test } from '../../src/kit/index.ts';
import { secondsByServer } from '../openid-connect/server-clock.ts';
import { control } from './introspected.ts';

const scope = test({
  id: 'introspection/scope-as-granted',
  title: 'Introspection names the scopes that were granted',
  requirements: ['introspection/scope-as-granted'],
  needs: [control],
  run({ control, must }) {
    for (const { token, answer, because } of control.active) {
      const { scope } = answer.members ?? {};
      const named = typeof scope === 'string' ? scope.split(' ').filter((item) => item !== '') : [];
      must('introspection/scope-as-granted', typeof scope === 'string' && isSameSet(named, token.scopes), {
        expected: `scope with ${token.scopes.join(' ')}, as granted with ${token.name}`,
        actual: typeof scope === 'string' ? scope : describe(scope),
        because,
      });
    }
  },
});

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.every((item) => other.includes(item)) && other.every((item) => one.includes(item));
}

const clientId = test({
  id: 'introspection/client-id-as-requested',
  title: 'Introspection names the client to which the token was issued',
  requirements: ['introspection/client-id-as-requested'],
  needs: [control],
  run({ control, must }) {
    for (const { token, answer, because } of control.active) {
      const { clientId } = token.client;
      must('introspection/client-id-as-requested', answer.members?.client_id === clientId, {
        expected: `client_id ${clientId}`,
        actual: describe(answer.members?.client_id),
        because,
      });
    }
  },
});

/** Far above any number of seconds since the epoch, and below every one of milliseconds. */
const millisecondsBegin = 1e11;

const expiry = test({
  id: 'introspection/exp-integer',
  title: 'Introspection says when a token expires, in whole seconds',
  requirements: ['introspection/exp-integer'],
  needs: [control],
  run({ control, must }) {
    for (const { answer, because } of control.active) {
      const { exp } = answer.members ?? {};
      must('introspection/exp-integer', isSeconds(exp), {
        expected: 'exp, a whole number of seconds since the epoch',
        actual: `exp is ${describe(exp)}`,
        because,
      });
    }
  },
});

function isSeconds(exp: unknown): exp is number {
  return Number.isInteger(exp) && typeof exp === 'number' && exp > 0 && exp < millisecondsBegin;
}

/** Seconds by which exp may be off, beside the time the token request took. */
const tolerance = 10;

const lifetime = test({
  id: 'introspection/exp-fits-expires-in',
  title: 'Introspection and the token response agree on when a token expires',
  requirements: ['introspection/exp-fits-expires-in'],
  needs: [control],
  run({ control, must }) {
    const comparable = control.active.flatMap(({ token, answer, because }) => {
      const { expires_in: seconds } = token.tokens.members;
      const exp = answer.members?.exp;
      return typeof seconds === 'number' && isSeconds(exp) ? [{ token, seconds, exp, because }] : [];
    });
    if (comparable.length === 0) {
      throw new Skip('undecided', 'there is no expires_in in the token response, or no exp, to compare');
    }
    for (const { token, seconds, exp, because } of comparable) {
      const implied = secondsByServer(token.exchange) + seconds;
      const off = Math.abs(exp - implied);
      must('introspection/exp-fits-expires-in', off <= tolerance + token.exchange.durationMs / 1000, {
        expected: `exp near ${implied}: expires_in is ${seconds}, counted from the Date of the token response`,
        actual: `${exp}, ${off} s off`,
        because,
      });
    }
  },
});

export const requiredMemberTests = [scope, clientId, expiry, lifetime];

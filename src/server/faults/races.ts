/** Credentials for one use, looked up and marked as used in two steps: what comes in between is let through, too. */
import type { Override } from '../behaviour.ts';
import type { Setup } from '../setup.ts';
import { together } from '../together.ts';
import { readAssertion } from '../tokens/client-assertion.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers, changesClaimCheck, changesTokens } from './overrides.ts';

/** Milliseconds for which a request waits for another one with the same. */
const patience = 100;

/** Token requests that looked before any of them was through. */
interface Race {
  /** Whether one of them is under way with this. */
  isOn(credential: string): boolean;
  readonly override: Override;
}

/** @param unused - the credential of a token request, where it has not been used; null otherwise */
function race(unused: (form: URLSearchParams, setup: Setup) => string | null): Race {
  const running = new Map<string, { count: number; readonly met: Promise<void>; readonly meet: () => void }>();
  return {
    isOn: (credential) => running.has(credential),
    override: changesAnswers('token', async (answer, { request }, _usual, setup) => {
      const credential = unused(new URLSearchParams(await request.clone().text()), setup);
      if (credential === null) return answer();
      const known = running.get(credential);
      const mine = known ?? meeting();
      mine.count += 1;
      running.set(credential, mine);
      if (known) known.meet();
      else setTimeout(mine.meet, patience);
      await mine.met;
      try {
        return await answer();
      } finally {
        mine.count -= 1;
        if (mine.count === 0) running.delete(credential);
      }
    }),
  };
}

function meeting() {
  let meet = () => {};
  const met = new Promise<void>((resolve) => {
    meet = resolve;
  });
  return { count: 0, met, meet };
}

function racingCodes(): Override {
  const codes = race((form, { vault }) => {
    const code = form.get('code') ?? '';
    return vault.codes.get(code)?.redeemed === false ? code : null;
  });
  return together(
    codes.override,
    changesTokens(({ codeChecks }) => ({
      reuseRevokes: false,
      codeChecks: {
        ...codeChecks,
        single: (code, parameters, presented) =>
          codes.isOn(parameters.get('code') ?? '') ? null : codeChecks.single(code, parameters, presented),
      },
    })),
  );
}

function racingAssertions(): Override {
  const useOf = ({ iss, jti }: Readonly<Record<string, unknown>>) => JSON.stringify([iss, jti]);
  const assertions = race((form, { vault }) => {
    const read = readAssertion(form.get('client_assertion') ?? '');
    return read && !vault.assertions.has(useOf(read.claims)) ? useOf(read.claims) : null;
  });
  return together(
    assertions.override,
    changesClaimCheck('replay', (check) => (assertion, client) => {
      const objection = check(assertion, client);
      return assertions.isOn(useOf(assertion.claims)) ? null : objection;
    }),
  );
}

const rows: readonly FaultRow[] = [
  {
    id: 'app-launch/code-single-use~at-once',
    level: 'fail',
    summary: 'A code that comes twice at the same time is redeemed twice',
    also: ['app-launch/code-reuse-revokes'],
    override: racingCodes(),
  },
  {
    id: 'client-asymmetric/jti-replay-refused~at-once',
    level: 'fail',
    summary: 'An assertion that comes twice at the same time is accepted twice',
    override: racingAssertions(),
  },
];

export const raceFaults = faultsOf(rows);

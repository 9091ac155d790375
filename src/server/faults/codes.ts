/** Authorization codes, and PKCE (RFC 7636). */

import type { Override } from '../behaviour.ts';
import { together } from '../together.ts';
import type { TokenRules } from '../tokens/rules.ts';
import type { Grant } from '../vault.ts';
import { launchesBegin } from './consequences.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAuthorization, changesTokens, lacksCodeCheck } from './overrides.ts';

const codes: readonly FaultRow[] = [
  {
    id: 'app-launch/code-single-use~reusable',
    level: 'fail',
    summary: 'A code can be redeemed any number of times',
    also: ['app-launch/code-reuse-revokes'],
    override: together(
      lacksCodeCheck('single'),
      changesTokens(() => ({ reuseRevokes: false })),
    ),
  },
  {
    id: 'app-launch/code-single-use~other-error',
    level: 'fail',
    summary: 'A code that comes again is answered invalid_request',
    override: checking(
      'single',
      (check) =>
        (...of) =>
          check(...of) ? ['invalid_request', 'used before'] : null,
    ),
  },
  {
    id: 'app-launch/code-reuse-revokes~kept',
    level: 'warn',
    summary: 'Tokens outlive the second use of their code',
    override: changesTokens(() => ({ reuseRevokes: false })),
  },
  {
    id: 'app-launch/code-reuse-revokes~refresh-token-kept',
    level: 'warn',
    summary: 'The second use of a code ends the access token of the first, and not its refresh token',
    override: changesTokens(({ codeChecks, refreshChecks }) => {
      const reused = new WeakSet<Grant>();
      return {
        codeChecks: {
          ...codeChecks,
          single: (code, parameters, presented) => {
            if (code.redeemed) reused.add(code.grant);
            return codeChecks.single(code, parameters, presented);
          },
        },
        refreshChecks: {
          ...refreshChecks,
          alive: (token, parameters, presented) =>
            reused.has(token.grant) ? null : refreshChecks.alive(token, parameters, presented),
        },
      };
    }),
  },
  {
    id: 'app-launch/code-bound-to-client~any',
    level: 'fail',
    summary: 'A code is redeemed for any client',
    override: lacksCodeCheck('client'),
  },
  {
    id: 'app-launch/code-bound-to-redirect-uri~ignored',
    level: 'fail',
    summary: 'redirect_uri is not compared when a code is redeemed',
    override: lacksCodeCheck('redirectUri'),
  },
  {
    id: 'app-launch/code-bound-to-redirect-uri~confidential',
    level: 'fail',
    summary: 'redirect_uri is not compared for clients that authenticate',
    override: lacksForConfidential('redirectUri'),
  },
  {
    id: 'app-launch/code-bound-to-redirect-uri~optional',
    level: 'fail',
    summary: 'redirect_uri may be left out when a code is redeemed',
    override: checking(
      'redirectUri',
      (check) => (code, parameters, presented) =>
        parameters.has('redirect_uri') ? check(code, parameters, presented) : null,
    ),
  },
  {
    id: 'app-launch/code-short-lived~ten-minutes',
    level: 'warn',
    summary: 'Codes are good for ten minutes',
    override: changesAuthorization(() => ({ codeLifetime: 600_000 })),
  },
  {
    id: 'app-launch/code-short-lived~for-ever',
    level: 'fail',
    summary: 'Codes never expire',
    override: lacksCodeCheck('expired'),
  },
  {
    id: 'app-launch/code-challenge-not-readable~jwt',
    level: 'warn',
    summary: 'The code_challenge can be read in the code',
    override: changesAuthorization((rules, { vault }) => ({
      responseUrl: (request, answer) => {
        const issued = vault.codes.get(answer.code ?? '');
        if (!issued) return rules.responseUrl(request, answer);
        const content = JSON.stringify({ code_challenge: issued.request.challenge });
        const code = `${Buffer.from(content).toString('base64url')}.${answer.code}`;
        vault.codes.set(code, issued);
        return rules.responseUrl(request, { ...answer, code });
      },
    })),
  },
];

const challenges: readonly FaultRow[] = [
  {
    id: 'app-launch/pkce-s256~refused',
    level: 'fail',
    summary: 'S256 is refused',
    also: launchesBegin,
    override: changesAuthorization(({ checks }) => ({
      checks: {
        ...checks,
        challengeMethod: () => ({ error: 'invalid_request', description: 'only plain is supported' }),
      },
    })),
  },
  {
    id: 'app-launch/pkce-plain-refused~plain',
    level: 'fail',
    summary: 'code_challenge_method=plain is served',
    also: ['app-launch/pkce-unsupported-method-error'],
    override: servingPlain((method) => method === 'plain'),
  },
  {
    id: 'app-launch/pkce-plain-refused~default',
    level: 'fail',
    summary: 'A code_challenge without a method is taken for plain',
    override: servingPlain((method) => method === null),
  },
  {
    id: 'app-launch/pkce-challenge-required~optional',
    level: 'fail',
    summary: 'PKCE is left to the client',
    also: ['app-launch/pkce-missing-challenge-error'],
    override: together(
      withoutChallenge(),
      checking(
        'verifierPresent',
        (check) => (code, parameters, presented) =>
          code.request.challenge === null ? null : check(code, parameters, presented),
      ),
      checking(
        'verifier',
        (check) => (code, parameters, presented) =>
          code.request.challenge === null ? null : check(code, parameters, presented),
      ),
    ),
  },
  {
    id: 'app-launch/pkce-missing-challenge-error~late',
    level: 'fail',
    summary: 'A missing code_challenge is found when the code is redeemed',
    override: withoutChallenge(),
  },
  {
    id: 'app-launch/pkce-method-known~as-s256',
    level: 'fail',
    summary: 'Whatever code_challenge_method says, S256 is meant',
    also: ['app-launch/pkce-unsupported-method-error'],
    override: together(changesAuthorization(({ checks }) => ({ checks: { ...checks, challengeMethod: () => null } }))),
  },
  {
    id: 'app-launch/pkce-unsupported-method-error~other',
    level: 'fail',
    summary: 'An unknown method is answered with an error of the server’s own',
    override: changesAuthorization(({ checks }) => ({
      checks: {
        ...checks,
        challengeMethod: (parameters, client) =>
          checks.challengeMethod(parameters, client) && { error: 'unsupported_method', description: 'only S256' },
      },
    })),
  },
  {
    id: 'app-launch/pkce-errors-explained~bare',
    level: 'warn',
    summary: 'Errors have no description',
    override: changesAuthorization((rules) => ({
      responseUrl: (request, { error_description: _, ...answer }) => rules.responseUrl(request, answer),
    })),
  },
  {
    id: 'app-launch/pkce-verifier-required~optional',
    level: 'fail',
    summary: 'A code is redeemed without its code_verifier',
    override: together(
      lacksCodeCheck('verifierPresent'),
      checking(
        'verifier',
        (check) => (code, parameters, presented) =>
          parameters.get('code_verifier') ? check(code, parameters, presented) : null,
      ),
    ),
  },
  {
    id: 'app-launch/pkce-verifier-required~confidential',
    level: 'fail',
    summary: 'Clients that authenticate need no code_verifier',
    override: together(
      lacksForConfidential('verifierPresent'),
      checking(
        'verifier',
        (check) => (code, parameters, presented) =>
          presented.proof !== 'nothing' && !parameters.get('code_verifier') ? null : check(code, parameters, presented),
      ),
    ),
  },
  {
    id: 'app-launch/pkce-verifier-matches~confidential',
    level: 'fail',
    summary: 'code_verifier is not compared for clients that authenticate',
    also: ['app-launch/pkce-plain-refused'],
    override: lacksForConfidential('verifier'),
  },
  {
    id: 'app-launch/pkce-verifier-required~empty',
    level: 'fail',
    summary: 'An empty code_verifier is as good as the right one',
    override: together(
      lacksCodeCheck('verifierPresent'),
      checking(
        'verifier',
        (check) => (code, parameters, presented) =>
          parameters.get('code_verifier') === '' ? null : check(code, parameters, presented),
      ),
    ),
  },
  {
    id: 'app-launch/pkce-verifier-matches~ignored',
    level: 'fail',
    summary: 'code_verifier is not compared',
    also: ['app-launch/pkce-challenge-bound-to-code', 'app-launch/pkce-plain-refused'],
    override: lacksCodeCheck('verifier'),
  },
  {
    id: 'app-launch/pkce-verifier-matches~challenge',
    level: 'fail',
    summary: 'The code_challenge is as good as the code_verifier',
    override: checking(
      'verifier',
      (check) => (code, parameters, presented) =>
        parameters.get('code_verifier') === code.request.challenge ? null : check(code, parameters, presented),
    ),
  },
  {
    id: 'app-launch/pkce-mismatch-error~invalid-request',
    level: 'warn',
    summary: 'A wrong code_verifier is answered invalid_request',
    override: checking(
      'verifier',
      (check) =>
        (...of) =>
          check(...of) ? ['invalid_request', 'wrong verifier'] : null,
    ),
  },
  {
    id: 'app-launch/pkce-mismatch-error~own',
    level: 'fail',
    summary: 'A wrong code_verifier is answered with an error of the server’s own',
    override: checking(
      'verifier',
      (check) =>
        (...of) =>
          check(...of) ? ['pkce_failed', 'wrong verifier'] : null,
    ),
  },
  {
    id: 'app-launch/pkce-verifier-lengths~long',
    level: 'fail',
    summary: 'Code verifiers of more than a hundred characters are refused',
    override: checking(
      'verifier',
      (check) => (code, parameters, presented) =>
        (parameters.get('code_verifier') ?? '').length > 100
          ? ['invalid_grant', 'too long']
          : check(code, parameters, presented),
    ),
  },
  {
    id: 'app-launch/pkce-challenge-bound-to-code~any',
    level: 'fail',
    summary: 'The code_verifier of any flow will do',
    override: (usual, setup) =>
      checking('verifier', (check) => (_code, parameters, presented) => {
        const all = [...setup.vault.codes.values()].map((code) => check(code, parameters, presented));
        return all.includes(null) ? null : (all[0] ?? null);
      })(usual, setup),
  },
];

export const codeFaults = faultsOf([...codes, ...challenges]);

type Checks = TokenRules['codeChecks'];

function checking<Name extends keyof Checks>(name: Name, change: (check: Checks[Name]) => Checks[Name]): Override {
  return changesTokens(({ codeChecks }) => ({ codeChecks: { ...codeChecks, [name]: change(codeChecks[name]) } }));
}

/** Codes of clients that authenticate are redeemed without this check. */
function lacksForConfidential(name: keyof Checks): Override {
  return checking(
    name,
    (check) => (code, parameters, presented) =>
      presented.proof === 'nothing' ? check(code, parameters, presented) : null,
  );
}

function servingPlain(isPlain: (method: string | null) => boolean): Override {
  return together(
    changesAuthorization(({ checks }) => ({
      checks: {
        ...checks,
        challenge: (parameters, client) =>
          isPlain(parameters.get('code_challenge_method')) ? null : checks.challenge(parameters, client),
        challengeMethod: (parameters, client) =>
          parameters.has('code_challenge') && isPlain(parameters.get('code_challenge_method'))
            ? null
            : checks.challengeMethod(parameters, client),
      },
    })),
    checking(
      'verifier',
      (check) => (code, parameters, presented) =>
        isPlain(code.request.parameters.get('code_challenge_method')) &&
        parameters.get('code_verifier') === code.request.challenge
          ? null
          : check(code, parameters, presented),
    ),
  );
}

function withoutChallenge(): Override {
  return changesAuthorization(({ checks }) => ({
    checks: {
      ...checks,
      challenge: (parameters, client) =>
        parameters.has('code_challenge') ? checks.challenge(parameters, client) : null,
      challengeMethod: (parameters, client) =>
        parameters.has('code_challenge') ? checks.challengeMethod(parameters, client) : null,
    },
  }));
}

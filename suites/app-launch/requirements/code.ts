import { type Requirement, since, specVersions } from '../../../src/kit/index.ts';
import { guide, rfc } from '../../guide.ts';

const codeIssued = rfc(6749, '4.1.2');
const challengeIssued = rfc(7636, '4.4');
const pkce = guide('app-launch#considerations-for-pkce-support');
const authorizationRequest = guide('app-launch#step-4-authorization-code');
const pkceErrors = rfc(7636, '4.4.1');

const launch = 'launch-ehr or launch-standalone is advertised';

/** The authorization code and what it is bound to; PKCE. */
export const codeRequirements: readonly Requirement[] = [
  {
    id: 'app-launch/code-single-use',
    ref: 'rfc6749-04',
    verb: 'SHALL',
    guide: codeIssued,
    versions: specVersions,
    condition: launch,
    summary: 'A code that has been redeemed is refused the second time with invalid_grant',
  },
  {
    id: 'app-launch/code-reuse-revokes',
    ref: 'rfc6749-05',
    verb: 'SHOULD',
    guide: codeIssued,
    versions: specVersions,
    condition: launch,
    summary: 'After a code was used twice, the tokens it led to no longer work',
  },
  {
    id: 'app-launch/code-short-lived',
    ref: ['authz-15', 'rfc6749-05'],
    verb: 'SHOULD',
    guide: guide('app-launch#response-4'),
    versions: specVersions,
    condition:
      'launch-ehr or launch-standalone is advertised; accepted after five minutes it is a warning, after an hour a failure',
    summary: 'A code expires shortly after it was issued, within ten minutes at most',
  },
  {
    id: 'app-launch/code-bound-to-client',
    ref: ['rfc6749-06', 'tok-03'],
    verb: 'SHALL',
    guide: codeIssued,
    versions: specVersions,
    condition: 'a second client is configured',
    summary: 'A code redeemed by another client is refused',
  },
  {
    id: 'app-launch/code-bound-to-redirect-uri',
    ref: 'tok-04',
    verb: 'SHALL',
    guide: guide('app-launch#step-5-access-token'),
    versions: specVersions,
    condition: launch,
    summary: 'A code is refused when redirect_uri at the exchange is missing or not that of the authorization request',
  },
  {
    id: 'app-launch/code-challenge-not-readable',
    ref: 'rfc7636-06',
    verb: 'SHALL NOT',
    guide: challengeIssued,
    versions: since('2.0'),
    condition:
      'launch-ehr or launch-standalone is advertised; a warning at most, since the guide\u2019s own sample code is a readable JWT',
    summary: 'The code does not show its code_challenge to whoever reads it',
  },
  {
    id: 'app-launch/pkce-s256',
    ref: 'pkce-01',
    verb: 'SHALL',
    guide: pkce,
    versions: since('2.0'),
    condition: launch,
    summary: 'A launch with an S256 code_challenge completes with the matching code_verifier',
  },
  {
    id: 'app-launch/pkce-plain-refused',
    ref: 'pkce-02',
    verb: 'SHALL NOT',
    guide: pkce,
    versions: since('2.0'),
    condition: launch,
    summary: 'No token is issued against a plain code_challenge, whether plain is named or left to the default',
  },
  {
    id: 'app-launch/pkce-challenge-required',
    ref: 'authz-08',
    verb: 'SHALL',
    guide: authorizationRequest,
    versions: since('2.0'),
    condition: launch,
    summary: 'No token is issued where the authorization request had no code_challenge',
  },
  {
    id: 'app-launch/pkce-method-known',
    ref: 'authz-09',
    verb: 'SHALL',
    guide: authorizationRequest,
    versions: since('2.0'),
    condition: 'launch-ehr or launch-standalone is advertised; a server that takes S256 for granted is for information',
    summary: 'No token is issued for an unknown code_challenge_method',
  },
  {
    id: 'app-launch/pkce-missing-challenge-error',
    ref: 'rfc7636-01',
    verb: 'SHALL',
    guide: pkceErrors,
    versions: since('2.0'),
    condition:
      'launch-ehr or launch-standalone is advertised; a warning for a confidential client, as the RFC speaks of public ones',
    summary: 'A request without code_challenge is refused with invalid_request before any code is issued',
  },
  {
    id: 'app-launch/pkce-unsupported-method-error',
    ref: 'rfc7636-02',
    verb: 'SHALL',
    guide: pkceErrors,
    versions: since('2.0'),
    condition: launch,
    summary: 'A request with plain or an unknown method is refused with invalid_request before any code is issued',
  },
  {
    id: 'app-launch/pkce-errors-explained',
    ref: 'rfc7636-07',
    verb: 'SHOULD',
    guide: pkceErrors,
    versions: since('2.0'),
    condition: launch,
    summary: 'The error about a code_challenge has error_description or error_uri',
  },
  {
    id: 'app-launch/pkce-verifier-required',
    ref: 'pkce-03',
    verb: 'SHALL',
    guide: authorizationRequest,
    versions: since('2.0'),
    condition: launch,
    summary: 'A code is not redeemed without code_verifier, nor with an empty one',
  },
  {
    id: 'app-launch/pkce-verifier-matches',
    ref: 'pkce-04',
    verb: 'SHALL',
    guide: authorizationRequest,
    versions: since('2.0'),
    condition: launch,
    summary: 'A code is not redeemed with a code_verifier that is random, altered or the challenge itself',
  },
  {
    id: 'app-launch/pkce-mismatch-error',
    ref: 'rfc7636-03',
    verb: 'SHALL',
    guide: rfc(7636, '4.6'),
    versions: since('2.0'),
    condition: 'launch-ehr or launch-standalone is advertised; invalid_request instead is a warning',
    summary: 'A code_verifier that does not match is answered invalid_grant',
  },
  {
    id: 'app-launch/pkce-verifier-lengths',
    ref: 'rfc7636-04',
    verb: 'SHALL',
    guide: rfc(7636, '4.1'),
    versions: since('2.0'),
    condition: 'launch-ehr or launch-standalone is advertised; refusing other lengths is for information',
    summary: 'Code verifiers of 43 and of 128 characters, of every allowed character, are accepted',
  },
  {
    id: 'app-launch/pkce-challenge-bound-to-code',
    ref: 'rfc7636-05',
    verb: 'SHALL',
    guide: challengeIssued,
    versions: since('2.0'),
    condition: launch,
    summary: 'Of two flows under way at once, neither code is redeemed with the other\u2019s code_verifier',
  },
];

import { type Requirement, since, specVersions } from '../../../src/kit/index.ts';
import { guide, rfc } from '../../guide.ts';

const tokenRequest = guide('app-launch#step-5-access-token');
const tokenErrors = rfc(6749, '5.2');

const launch = 'launch-ehr or launch-standalone is advertised';
const always = 'always';

/** Exchanging the code at the token endpoint. */
export const tokenRequestRequirements: readonly Requirement[] = [
  {
    id: 'app-launch/token-request-form-post',
    ref: 'tok-01',
    verb: 'SHALL',
    guide: tokenRequest,
    versions: specVersions,
    condition: launch,
    summary: 'A code is exchanged by a form-encoded POST',
  },
  {
    id: 'app-launch/token-confidential-authenticates',
    ref: 'tok-02',
    verb: 'SHALL',
    guide: tokenRequest,
    versions: specVersions,
    condition: 'a confidential client is configured',
    summary: 'A confidential client that does not authenticate gets no token for its code',
  },
  {
    id: 'app-launch/token-public-client-identifies',
    ref: 'tok-03',
    verb: 'SHALL',
    guide: tokenRequest,
    versions: specVersions,
    condition: 'client-public is advertised',
    summary: 'A public client redeems its code with client_id alone, and not without client_id',
  },
  {
    id: 'app-launch/token-client-id-optional',
    ref: 'tok-29',
    verb: 'SHALL',
    guide: tokenRequest,
    versions: specVersions,
    condition: 'a confidential client is configured',
    summary: 'A confidential client that authenticates is served without client_id in the form',
  },
  {
    id: 'app-launch/token-unknown-parameters-ignored',
    ref: 'rfc6749-08',
    verb: 'SHALL',
    guide: rfc(6749, '3.2'),
    versions: specVersions,
    condition:
      'always; a token by GET, or with a repeated parameter, is a warning, since the RFC asks that of the client',
    summary: 'The token endpoint ignores unknown parameters and treats empty ones as absent',
  },
  {
    id: 'app-launch/token-unsupported-grant-type',
    ref: 'rfc6749-12',
    verb: 'SHALL',
    guide: tokenErrors,
    versions: specVersions,
    condition: always,
    summary: 'An unknown grant_type of an authenticated client is answered unsupported_grant_type',
  },
  {
    id: 'app-launch/token-invalid-grant',
    ref: 'rfc6749-13',
    verb: 'SHALL',
    guide: tokenErrors,
    versions: specVersions,
    condition: launch,
    summary: 'A code or refresh token that is altered, made up or revoked is answered invalid_grant',
  },
  {
    id: 'app-launch/token-error-form',
    ref: 'rfc6749-10',
    verb: 'SHALL',
    guide: tokenErrors,
    versions: specVersions,
    condition: always,
    summary: 'A refused token request gets status 400, or 401 with invalid_client, and JSON with a defined error',
  },
  {
    id: 'app-launch/cors-token-responses',
    ref: 'cors-03',
    verb: 'SHALL',
    guide: guide('app-launch#considerations-for-cross-origin-resource-sharing-cors-support'),
    versions: since('2.1'),
    condition: 'a client has a web origin configured',
    summary: 'A page of the client\u2019s origin may read the token endpoint\u2019s responses',
  },
];

import { type Requirement, specVersions } from '../../../src/kit/index.ts';
import { rfc } from '../../guide.ts';

const revocationRequest = rfc(7009, '2.1');

const revocation = 'revocation_endpoint is present';

/** Ending a token before its time. */
export const revocationRequirements: readonly Requirement[] = [
  {
    id: 'introspection/refresh-token-revoked',
    ref: 'revoke-01',
    verb: 'SHALL',
    guide: rfc(7009, '2'),
    versions: specVersions,
    condition: revocation,
    summary: 'A revoked refresh token refreshes no more',
  },
  {
    id: 'introspection/access-token-revoked',
    ref: 'revoke-02',
    verb: 'SHOULD',
    guide: rfc(7009, '2'),
    versions: specVersions,
    condition: 'revocation_endpoint is present; unsupported_token_type is allowed',
    summary: 'A revoked access token is refused',
  },
  {
    id: 'introspection/unknown-token-revocation-200',
    ref: 'revoke-03',
    verb: 'SHALL',
    guide: rfc(7009, '2.2'),
    versions: specVersions,
    condition: revocation,
    summary: 'Revoking an unknown token is answered 200',
  },
  {
    id: 'introspection/revocation-bound-to-client',
    ref: 'revoke-04',
    verb: 'SHALL',
    guide: revocationRequest,
    versions: specVersions,
    condition: 'revocation_endpoint is present; a second client is configured for one part',
    summary: 'Nobody but the authenticated client of a token revokes it',
  },
  {
    id: 'introspection/revocation-ends-access-tokens',
    ref: 'revoke-05',
    verb: 'SHOULD',
    guide: revocationRequest,
    versions: specVersions,
    condition: 'revocation_endpoint is present, and access tokens can be revoked',
    summary: 'Revoking a refresh token ends the access tokens of its grant',
  },
  {
    id: 'introspection/revocation-errors-oauth',
    ref: 'revoke-06',
    verb: 'SHALL',
    guide: rfc(7009, '2.2.1'),
    versions: specVersions,
    condition: revocation,
    summary: 'A bad revocation request gets an error of RFC 6749',
  },
  {
    id: 'introspection/revocation-hint-harmless',
    ref: 'revoke-07',
    verb: 'SHALL',
    guide: revocationRequest,
    versions: specVersions,
    condition: revocation,
    summary: 'A wrong or unknown token_type_hint keeps no token from being revoked',
  },
  {
    id: 'introspection/access-revocation-may-end-grant',
    ref: 'revoke-08',
    verb: 'MAY',
    guide: revocationRequest,
    versions: specVersions,
    condition: revocation,
    summary: 'Revoking an access token may end the refresh token of its grant',
  },
];

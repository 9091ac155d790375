import { type Requirement, since, specVersions } from '../../../src/kit/index.ts';
import { guide } from '../../guide.ts';

const permissions = guide('conformance#permissions');
const metadata = guide('conformance#metadata');
const resourceScopes = guide('scopes-and-launch-context#scopes-for-requesting-fhir-resources');
const wildcards = guide('scopes-and-launch-context#wildcard-scopes');

const v2 = 'permission-v2 is advertised';
const always = 'always';
const launch = 'launch-ehr or launch-standalone is advertised';

/** What is granted when scopes are asked for. */
export const grantRequirements: readonly Requirement[] = [
  {
    id: 'scopes/patient-scopes-supported',
    ref: 'cap-16',
    verb: 'SHALL',
    guide: permissions,
    versions: specVersions,
    condition: 'permission-patient is advertised',
    summary: 'patient/ scopes are granted, and give access to that patient alone',
  },
  {
    id: 'scopes/user-scopes-supported',
    ref: 'cap-17',
    verb: 'SHALL',
    guide: permissions,
    versions: specVersions,
    condition: 'permission-user is advertised',
    summary: 'user/ scopes are granted, and give access to what the user may see',
  },
  {
    id: 'scopes/v1-scopes-supported',
    ref: 'cap-18',
    verb: 'SHALL',
    guide: permissions,
    versions: since('2.0'),
    condition: 'permission-v1 is advertised',
    summary: 'Scopes in the syntax of version 1 are understood',
  },
  {
    id: 'scopes/v2-scopes-supported',
    ref: 'cap-19',
    verb: 'SHALL',
    guide: permissions,
    versions: since('2.0'),
    condition: v2,
    summary: 'Scopes in the syntax of version 2 are understood, and enforced',
  },
  {
    id: 'scopes/listed-scopes-obtainable',
    ref: 'disc-27',
    verb: 'SHALL',
    guide: metadata,
    versions: specVersions,
    condition: 'scopes_supported is present',
    summary: 'Every listed scope can be requested and is granted to an eligible client and user',
  },
  {
    id: 'scopes/unlisted-scopes-possible',
    ref: 'disc-28',
    verb: 'MAY',
    guide: metadata,
    versions: specVersions,
    condition: always,
    summary: 'Scopes that are not listed may be supported as well',
  },
  {
    id: 'scopes/granted-syntax',
    ref: 'scope-07',
    verb: 'SHALL',
    guide: guide('scopes-and-launch-context#fhir-resource-scope-syntax'),
    versions: since('2.0'),
    condition: 'permission-v2 is advertised; scopes of version 1 are right where they were asked for',
    summary: 'Each granted resource scope follows the syntax, its interactions in the order of cruds',
  },
  {
    id: 'scopes/v1-advertised',
    ref: 'scope-08',
    verb: 'SHOULD',
    guide: resourceScopes,
    versions: since('2.0'),
    condition: launch,
    summary: 'permission-v1 is advertised for older apps',
  },
  {
    id: 'scopes/v1-returned-as-v1',
    ref: 'scope-09',
    verb: 'SHOULD',
    guide: resourceScopes,
    versions: since('2.0'),
    condition: 'permission-v1 is advertised',
    summary: 'A scope asked for in version 1 is returned in version 1',
  },
  {
    id: 'scopes/odd-interactions',
    ref: 'scope-11',
    verb: 'SHALL',
    guide: resourceScopes,
    versions: since('2.0'),
    condition:
      'permission-v2 is advertised; the guide lists what a server may do, and to grant it as asked is not among that',
    summary: 'Undefined or out-of-order interactions are ignored, replaced or refused',
  },
  {
    id: 'scopes/shortest-form',
    ref: 'scope-14',
    verb: 'SHOULD',
    guide: guide('scopes-and-launch-context#scope-equivalence'),
    versions: since('2.0'),
    condition: v2,
    summary: 'Granted scopes are written in their shortest form',
  },
  {
    id: 'scopes/experimental-parameters',
    ref: 'scope-16',
    verb: 'MAY',
    guide: guide('scopes-and-launch-context#experimental-features-exp'),
    versions: since('2.0'),
    condition: v2,
    summary: 'Modifiers, chains and _filter in scopes are experimental',
    untestable: 'support is optional and experimental: nothing to judge',
  },
  {
    id: 'scopes/token-size',
    ref: 'scope-17',
    verb: 'SHOULD',
    guide: guide('scopes-and-launch-context#scope-size-over-the-wire'),
    versions: since('2.0'),
    condition: launch,
    summary: 'An access token of many scopes still fits into a header',
  },
  {
    id: 'scopes/wildcard-grant-may-differ',
    ref: 'scope-24',
    verb: 'MAY',
    guide: wildcards,
    versions: specVersions,
    condition: always,
    summary: 'A request for a wildcard may be granted as a list, or in part',
    untestable: 'any grant is permitted: nothing to judge',
  },
  {
    id: 'scopes/wildcard-explained',
    ref: 'scope-25',
    verb: 'SHOULD',
    guide: wildcards,
    versions: specVersions,
    condition: launch,
    summary: 'The consent page says that a wildcard covers future data as well',
    untestable: 'it takes a person to judge the wording of the consent page',
  },
];

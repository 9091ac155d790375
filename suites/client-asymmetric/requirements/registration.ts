import { type Requirement, specVersions } from '../../../src/kit/index.ts';
import { guide, rfc } from '../../guide.ts';

const registering = guide('app-launch#step-1-register');

const launch = 'launch-ehr or launch-standalone is advertised';

/** How a client becomes known. */
export const registrationRequirements: readonly Requirement[] = [
  {
    id: 'client-asymmetric/redirect-uris-known',
    ref: 'reg-01',
    verb: 'SHALL',
    guide: guide('app-launch#smart-authorization--fhir-access-overview'),
    versions: specVersions,
    condition: launch,
    summary: 'The URLs of an app are known before it is used',
    untestable:
      'registrations are the server\u2019s own record; an unregistered redirect URI is judged by the suite app-launch',
  },
  {
    id: 'client-asymmetric/client-id-assigned',
    ref: ['reg-03', 'asym-13'],
    verb: 'SHALL',
    guide: registering,
    versions: specVersions,
    condition: 'always',
    summary: 'Registration gives an app its client_id',
    untestable: 'registration happens before a run; where it is dynamic, registration-answers-201 judges it',
  },
  {
    id: 'client-asymmetric/redirect-uris-and-launch-urls',
    ref: 'reg-04',
    verb: 'MAY',
    guide: registering,
    versions: specVersions,
    condition: launch,
    summary: 'An app registers one or more redirect URIs, and launch URLs',
    untestable: 'the registration form is for people to see',
  },
  {
    id: 'client-asymmetric/registration-answers-201',
    ref: ['reg7591-01', 'reg-02'],
    verb: 'SHALL',
    guide: rfc(7591, '3.2'),
    versions: specVersions,
    condition: 'registration_endpoint is present, and allowWrites is set; dynamic registration itself is optional',
    summary: 'A dynamic registration is answered 201 with a client_id, or refused in the form of RFC 7591',
  },
  {
    id: 'client-asymmetric/registration-repeats-metadata',
    ref: 'reg7591-02',
    verb: 'SHALL',
    guide: rfc(7591, '3.2.1'),
    versions: specVersions,
    condition: 'a dynamic registration succeeds',
    summary: 'The answer repeats the registered metadata, and says when a secret expires',
  },
  {
    id: 'client-asymmetric/registration-error-form',
    ref: 'reg7591-03',
    verb: 'SHALL',
    guide: rfc(7591, '3.2.2'),
    versions: specVersions,
    condition: 'registration_endpoint is present, and allowWrites is set',
    summary: 'Metadata that no server can take is answered 400 with a JSON error',
  },
];

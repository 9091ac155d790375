import { answeredIn, besides } from '../another-version.ts';
import type { Asked, Override } from '../behaviour.ts';
import { retold } from '../faults/answers.ts';
import { mediaType, shortVersion } from '../fhir/accept.ts';
import { type FhirVersion, fhirVersions } from '../options.ts';
import { fhirMediaType, operationOutcome } from '../responses.ts';
import { together } from '../together.ts';
import type { Variant } from './variant.ts';

const releases: Readonly<Record<FhirVersion, string>> = {
  '1.0.2': 'DSTU2',
  '3.0.2': 'STU3',
  '4.0.1': 'R4',
  '4.3.0': 'R4B',
  '5.0.0': 'R5',
  '6.0.0-ballot3': 'a ballot of R6',
};

const others: readonly Variant[] = fhirVersions
  .filter((version) => version !== '4.0.1')
  .map((fhirVersion) => ({
    id: `fhir-${fhirVersion}`,
    summary: `Speaks FHIR ${fhirVersion}, ${releases[fhirVersion]}`,
    fhirVersion,
  }));

/** What FHIR says a server must take, and nothing else. */
const strictly: Override = (usual, { fhirVersion }) => ({
  async respond(asked, answer) {
    if (!isFhir(asked)) return usual.respond(asked, answer);
    const own = fhirMediaType(fhirVersion);
    const accept = asked.request.headers.get('accept') ?? own;
    const accepted = accept.split(',').map(mediaType);
    if (!accepted.some((type) => type === own || type.includes('*'))) return refused(406, fhirVersion);
    const sent = mediaType(asked.request.headers.get('content-type') ?? own);
    const isOurs = [own, 'application/json-patch+json', 'application/x-www-form-urlencoded'].includes(sent);
    return isOurs ? usual.respond(asked, answer) : refused(415, fhirVersion);
  },
});

function isFhir({ endpoint }: Asked): boolean {
  return ['fhir', 'metadata', 'app-state'].includes(endpoint);
}

function refused(status: number, version: FhirVersion): Response {
  return operationOutcome(version, 'not-supported', `only ${fhirMediaType(version)} is taken here`, { status });
}

/** Answers say their version. */
const labelled: Override = (usual, { fhirVersion }) => ({
  async respond(asked, answer) {
    const usualAnswer = await usual.respond(asked, answer);
    const type = usualAnswer.headers.get('content-type');
    if (!isFhir(asked) || !type?.startsWith('application/fhir+json')) return usualAnswer;
    return retold(usualAnswer, {
      type: `application/fhir+json; fhirVersion=${shortVersion(fhirVersion)}; charset=utf-8`,
    });
  },
});

/** Whether a request names none of these versions. */
function asksForNone(of: readonly FhirVersion[]): (asked: Asked) => boolean {
  return ({ endpoint, request }) => {
    const named = `${request.headers.get('accept')} ${request.headers.get('content-type')}`;
    return (
      ['fhir', 'metadata'].includes(endpoint) && !of.some((one) => named.includes(`fhirVersion=${shortVersion(one)}`))
    );
  };
}

/** The other versions of FHIR, and what a server may make of several. */
export const fhirVersionVariants: readonly Variant[] = [
  ...others,
  ...(['1.0.2', '4.0.1'] as const).map((fhirVersion) => ({
    id: `media-type-of-${fhirVersion}-only`,
    summary: `Takes FHIR’s JSON by the media type of ${releases[fhirVersion]} alone`,
    fhirVersion,
    override: strictly,
  })),
  {
    id: 'media-type-names-version',
    summary: 'Says its FHIR version in the media type of every answer',
    override: labelled,
  },
  {
    id: 'base-for-each-version',
    summary: 'Has a base URL, a SMART configuration and an authorization server for each of two FHIR versions',
    override: besides('r3', '3.0.2'),
  },
  {
    id: 'versions-at-one-base',
    summary: 'Speaks STU3, and R4 to whoever asks for it by the media type, as the configuration does',
    override: together(
      (usual) => ({ spokenVersions: () => ({ ...usual.spokenVersions(), versions: ['3.0', '4.0'], default: '3.0' }) }),
      labelled,
      answeredIn('3.0.2', asksForNone(['4.0.1'])),
    ),
  },
];

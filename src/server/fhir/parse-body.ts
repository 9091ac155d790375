import { FhirProblem } from './fhir-problem.ts';

/**
 * The JSON of a body.
 *
 * @throws FhirProblem when it is of none of these media types (415) or no JSON (400)
 */
export function parseBody(text: string, mediaType: string, taken: readonly string[]): unknown {
  if (!taken.includes(mediaType)) {
    throw new FhirProblem(415, 'not-supported', `the body must be ${taken.join(' or ')}`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new FhirProblem(400, 'structure', 'the body is not JSON');
  }
}

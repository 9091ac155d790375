import type { FhirVersion } from '../options.ts';
import { isIn } from './span.ts';

/** DSTU2 had another name for it; servers take either in every version. */
export const jsonMediaTypes: readonly string[] = ['application/fhir+json', 'application/json', 'application/json+fhir'];
const ranges = ['*/*', 'application/*', ...jsonMediaTypes];

/**
 * Whether a client takes FHIR's JSON, the only format there is, in this version of FHIR (FHIR, "Content Types and encodings").
 *
 * @param format - the `_format` parameter, which wins over Accept
 */
export function acceptsJson(accept: string | null, format: string | null, version: FhirVersion): boolean {
  if (format !== null && format !== '') {
    // In a query an unescaped plus sign has become a space.
    return ['json', ...jsonMediaTypes].includes(mediaType(format).replace(' ', '+')) && isOf(version, format);
  }
  if (accept === null || accept.trim() === '') return true;
  return accept
    .split(',')
    .some(
      (range) => ranges.includes(mediaType(range)) && !/;\s*q=0(\.0*)?\s*(;|$)/i.test(range) && isOf(version, range),
    );
}

/** A media type without its parameters. */
export function mediaType(text: string): string {
  return (text.split(';')[0] ?? '').trim().toLowerCase();
}

/** Whether a media type is of this version: R4 brought a parameter for it, such as `fhirVersion=4.0`. */
export function isOf(version: FhirVersion, mediaType: string): boolean {
  const [, named] = /;\s*fhirVersion\s*=\s*"?([^\s";]*)/i.exec(mediaType) ?? [];
  return named === undefined || isIn(version, { until: '3.0.2' }) || named === shortVersion(version);
}

/** As media types and `$versions` have it: `4.0` */
export function shortVersion(version: FhirVersion): string {
  return version.split('.').slice(0, 2).join('.');
}

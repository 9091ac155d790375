const served = ['application/fhir+json', 'application/json', 'application/json+fhir'];
const ranges = ['*/*', 'application/*', ...served];

/**
 * Whether a client takes FHIR's JSON, the only format there is (FHIR, "Content Types and encodings").
 *
 * @param format - the `_format` parameter, which wins over Accept
 */
export function acceptsJson(accept: string | null, format: string | null): boolean {
  if (format !== null && format !== '') {
    // In a query an unescaped plus sign has become a space.
    return ['json', ...served].includes(mediaType(format).replace(' ', '+'));
  }
  if (accept === null || accept.trim() === '') return true;
  return accept.split(',').some((range) => ranges.includes(mediaType(range)) && !/;\s*q=0(\.0*)?\s*(;|$)/i.test(range));
}

/** A media type without its parameters. */
export function mediaType(text: string): string {
  return (text.split(';')[0] ?? '').trim().toLowerCase();
}

/** Thrown where a template names a value that there is none of. */
export class NoSuchValue extends Error {
  override readonly name = 'NoSuchValue';
}

/**
 * Fills in `{{user.username}}`, `{{data.patient}}` and the like.
 *
 * @throws NoSuchValue
 */
export function fillTemplate(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (found, path: string) => {
    const value = path.split('.').reduce<unknown>((of, name) => memberOf(of, name), values);
    if (typeof value !== 'string' && typeof value !== 'number') throw new NoSuchValue(`${found} has no value`);
    return String(value);
  });
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

/** Puts values in for `{{user.username}}`, `{{data.patient}}` and the like. @throws Error when one is not configured */
export function fillIn(text: string, values: Readonly<Record<string, unknown>>): string {
  return text.replace(/\{\{\s*([\w.-]+)\s*\}\}/g, (_, path: string) => {
    const value = path.split('.').reduce<unknown>((found, name) => member(found, name), values);
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    throw new Error(`{{${path}}} is not configured`);
  });
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

/** The way to a value: the names of keys and the indexes of list items. */
export type Path = readonly (string | number)[];

/** A path as a person would write it: `authorize.steps[2].click`. */
export function written(path: Path): string {
  return path.reduce<string>((before, segment) => {
    if (typeof segment === 'number') return `${before}[${segment}]`;
    if (!/^[\w$-]+$/.test(segment)) return `${before}[${JSON.stringify(segment)}]`;
    return before === '' ? segment : `${before}.${segment}`;
  }, '');
}

/** The path of a JSON Pointer (RFC 6901) into a value, and what stands there. */
export function follow(pointer: string, root: unknown): { path: Path; value: unknown } {
  const path: (string | number)[] = [];
  let value = root;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(key) : key);
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  return { path, value };
}

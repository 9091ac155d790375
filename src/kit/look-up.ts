/** What a table holds under a name that came from outside: what every object inherits, such as `constructor`, is none of it. */
export function lookUp<Value>(table: Readonly<Record<string, Value>>, name: unknown): Value | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
}

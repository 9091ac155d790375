/** A predicate for a glob in which `*` stands for any run of characters and nothing else is special. */
export function globMatcher(glob: string): (text: string) => boolean {
  const pattern = glob.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${pattern.join('.*')}$`);
  return (text) => expression.test(text);
}

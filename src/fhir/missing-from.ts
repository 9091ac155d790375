import { isRecord } from '../kit/index.ts';

/**
 * Where a resource that came back lacks what was sent: paths such as `extension[1].valueString`. What was added beside
 * it does not count, nor does the order of lists.
 */
export function missingFrom(kept: unknown, sent: unknown, path = ''): readonly string[] {
  if (Array.isArray(sent)) {
    const rest = Array.isArray(kept) ? [...kept] : [];
    return sent.flatMap((item, index) => {
      const at = rest.findIndex((candidate) => missingFrom(candidate, item).length === 0);
      if (at >= 0) rest.splice(at, 1);
      return at >= 0 ? [] : [`${path}[${index}]`];
    });
  }
  if (isRecord(sent)) {
    const members = isRecord(kept) ? kept : {};
    return Object.entries(sent).flatMap(([name, value]) =>
      missingFrom(members[name], value, path === '' ? name : `${path}.${name}`),
    );
  }
  return kept === sent ? [] : [path];
}

import { isRecord } from '../kit/index.ts';

/**
 * What the operation $versions answers: Parameters with `version` and `default`, or plain JSON with `versions` and
 * `default`; null for anything else.
 */
export function versionsIn(
  document: Readonly<Record<string, unknown>>,
): { readonly versions: readonly string[]; readonly preset: string | null } | null {
  const { parameter, versions, resourceType } = document;
  const isParameters = resourceType === 'Parameters';
  const parameters = isParameters && Array.isArray(parameter) ? parameter.filter(isRecord) : [];
  const named = (wanted: string) =>
    parameters.flatMap(({ name, valueCode, valueString }) => (name === wanted ? [valueCode ?? valueString] : []));
  const all = isParameters ? named('version') : Array.isArray(versions) ? versions : [];
  const [preset] = isParameters ? named('default') : [document.default];
  const found = all.filter((version) => typeof version === 'string');
  return found.length > 0 ? { versions: found, preset: typeof preset === 'string' ? preset : null } : null;
}

/** One challenge of a WWW-Authenticate header (RFC 9110 section 11.6.1). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** In the order given, names in lower case; a name may be repeated. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const parameter = new RegExp(`^(${token})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))[ \\t]*(?:,|$)`);
const scheme = new RegExp(`^(${token})(?:[ ]+|(?=,)|$)`);
const token68 = /^[A-Za-z0-9._~+/-]+=*[ \t]*(?:,|$)/;

/**
 * Reads the challenges of a WWW-Authenticate header; several headers may be joined with commas.
 *
 * @returns null when the header is none that RFC 9110 allows
 */
export function readChallenges(header: string): readonly Challenge[] | null {
  const challenges: { scheme: string; parameters: [string, string][] }[] = [];
  let rest = header.replace(/^[\s,]+/, '');
  while (rest !== '') {
    const current = challenges.at(-1);
    const pair = current && parameter.exec(rest);
    const start = pair ? null : scheme.exec(rest);
    if (pair) {
      const [, name = '', quoted, bare = ''] = pair;
      current.parameters.push([name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare]);
    } else if (start) {
      challenges.push({ scheme: String(start[1]).toLowerCase(), parameters: [] });
    } else {
      return null;
    }
    rest = rest.slice((pair ?? start)?.[0].length).replace(/^[\s,]+/, '');
    // Negotiate and its like carry one token in place of parameters.
    const opaque = start && !parameter.test(rest) ? token68.exec(rest) : null;
    if (opaque && !scheme.test(rest.replace(/,.*$/s, ''))) rest = rest.slice(opaque[0].length).replace(/^[\s,]+/, '');
  }
  return challenges;
}

/** The Bearer challenges among those of a header (RFC 6750 section 3). */
export function bearerChallenges(header: string | undefined): readonly Challenge[] {
  return (readChallenges(header ?? '') ?? []).filter((challenge) => challenge.scheme === 'bearer');
}

/** The value of a challenge's parameter; undefined when it has none of that name. */
export function parameterOf({ parameters }: Challenge, name: string): string | undefined {
  return parameters.find(([candidate]) => candidate === name)?.[1];
}

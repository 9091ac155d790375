import { nearest } from '../kit/nearest.ts';
import { suggestion } from './wording.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Fills `${NAME}` in from the environment and turns `$${` into `${`; `{{…}}` is left alone. */
export function fillIn(template: string, env: Environment): { readonly text: string; readonly problems: string[] } {
  const problems: string[] = [];
  const bare = /^\$([A-Za-z_]\w*)$/.exec(template)?.[1];
  if (bare !== undefined && Object.hasOwn(env, bare)) {
    problems.push(`"$${bare}" would be taken as it stands; did you mean "\${${bare}}"?`);
  }
  const text = template.replace(/\$\$\{|\$\{(?:([A-Za-z_]\w*)\})?/g, (found: string, name: string | undefined) => {
    if (found === '$${') return '${';
    if (name === undefined) {
      problems.push(`expected "\${NAME}", got a "\${" without it; a plain "\${" is written "$\${"`);
      return found;
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value !== undefined) return value;
    const set = Object.keys(env).filter((other) => env[other] !== undefined);
    problems.push(`the environment variable ${name} is not set${suggestion(nearest(name, set))}`);
    return found;
  });
  return { text, problems };
}

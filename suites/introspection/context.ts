import { isDeepStrictEqual } from 'node:util';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { artifact, describe, Skip, shortened, test } from '../../src/kit/index.ts';
import { readJwt } from '../../src/oauth/jwt.ts';
import { resolveFhirUser } from '../openid-connect/fhir-users.ts';
import { control, type Introspected } from './introspected.ts';

/** Launch context that a token response may have, by the requirement that has it repeated. */
const repeated = [
  { id: 'introspection/patient-repeated', title: 'the patient in context', names: ['patient'] },
  { id: 'introspection/encounter-repeated', title: 'the encounter in context', names: ['encounter'] },
  {
    id: 'introspection/other-context-repeated',
    title: 'the rest of the launch context',
    names: ['fhirContext', 'need_patient_banner', 'intent', 'smart_style_url', 'tenant'],
  },
] as const;

const contextTests = repeated.map(({ id, title, names }) =>
  test({
    id,
    title: `Introspection repeats ${title}`,
    requirements: [id],
    needs: [control],
    run({ control, must }) {
      const given = control.active.flatMap(({ token, answer, because }) =>
        names
          .filter((name) => token.tokens.members[name] !== undefined)
          .map((name) => ({ name, had: token.tokens.members[name], has: answer.members?.[name], because })),
      );
      if (given.length === 0) throw new Skip('not-advertised', `no token response has ${names.join(', ')}`);
      for (const { name, had, has, because } of given) {
        must(id, name === 'fhirContext' ? isSameCollection(had, has) : isDeepStrictEqual(had, has), {
          expected: `${name} as in the token response: ${inWords(had)}`,
          actual: inWords(has),
          because,
        });
      }
    },
  }),
);

/** Unless it is nested so deeply that it cannot be written. */
function inWords(value: unknown): string {
  try {
    return shortened(JSON.stringify(value) ?? 'absent', 300);
  } catch {
    return describe(value);
  }
}

/** Whether two arrays hold the same, in any order. */
function isSameCollection(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return isDeepStrictEqual(one, other);
  const isIn = (list: readonly unknown[]) => (item: unknown) => list.some((other) => isDeepStrictEqual(item, other));
  return one.every(isIn(other)) && other.every(isIn(one));
}

interface Identified extends Introspected {
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Those whose token response has an id_token that can be read. */
const identified = artifact({
  name: 'identified',
  needs: [control],
  obtain({ control }): readonly Identified[] {
    const found = control.active.flatMap((item) => {
      const { idToken } = item.token.tokens;
      const jwt = idToken === null ? null : readJwt(idToken);
      return jwt?.kind === 'jwt' ? [{ ...item, claims: jwt.claims }] : [];
    });
    if (found.length > 0) return found;
    throw new Skip('not-advertised', 'no id_token came with a token that could be asked about');
  },
});

const identity = (['iss', 'sub'] as const).map((claim) => {
  const id = claim === 'iss' ? 'introspection/issuer-repeated' : 'introspection/subject-repeated';
  return test({
    id,
    title: `Introspection repeats ${claim} of the id_token`,
    requirements: [id],
    needs: [identified],
    run({ identified, must }) {
      const having = identified.filter(({ claims }) => typeof claims[claim] === 'string');
      if (having.length === 0) throw new Skip('undecided', `no id_token has ${claim}, which openid-connect judges`);
      for (const { claims, answer, because } of having) {
        must(id, answer.members?.[claim] === claims[claim], {
          expected: `${claim} ${describe(claims[claim])}`,
          actual: describe(answer.members?.[claim]),
          because,
        });
      }
    },
  });
});

const fhirUser = test({
  id: 'introspection/fhir-user-repeated',
  title: 'Introspection repeats fhirUser of the id_token',
  requirements: ['introspection/fhir-user-repeated'],
  needs: [identified, fhirBaseUrl],
  run({ identified, fhirBaseUrl, must, should, info }) {
    const requirement = 'introspection/fhir-user-repeated';
    const having = identified.filter(({ claims }) => typeof claims.fhirUser === 'string');
    if (having.length === 0) throw new Skip('not-advertised', 'no id_token has fhirUser');
    for (const { claims, answer, because } of having) {
      const [had, has] = [claims.fhirUser, answer.members?.fhirUser];
      const [meant, said] = [resolveFhirUser(had, fhirBaseUrl), resolveFhirUser(has, fhirBaseUrl)];
      const evidence = { expected: `fhirUser ${describe(had)}`, actual: describe(has), because };
      const isSame = meant.url?.href === said.url?.href;
      // The same resource at another address of the server is possible.
      const isAlike = typeOf(meant.url) === typeOf(said.url);
      const demand = has === undefined || (!isSame && isAlike) ? should : must;
      demand(requirement, has !== undefined && isSame, evidence);
      if (isSame && had !== has)
        info(requirement, { message: `as ${describe(has)}, not as ${describe(had)}`, because });
    }
  },
});

/** `Practitioner/1`, whatever server it is on. */
function typeOf(url: URL | null): string {
  return url?.pathname.split('/').slice(-2).join('/') ?? '';
}

export const contextMemberTests = [...contextTests, ...identity, fhirUser];

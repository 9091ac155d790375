import { servedResources, versionOf } from '../fhir/served.ts';
import { artifact, configuration, type Exchange, Skip, type TargetData } from '../kit/index.ts';
import { covers, type ResourceScope, readAll, writeResourceScope } from '../smart/scope.ts';
import { answeredWith } from './authorization-outcome.ts';
import { type BackendGrant, backendRequester, backendToken } from './backend.ts';
import { scopesOf, searchOf } from './backend-read.ts';
import { fhirReader } from './fhir-reader.ts';
import { patientType } from './target.ts';

/** A token that was asked for with one scope of those that the backend service may have. */
export interface NarrowGrant extends BackendGrant {
  /** The resource type of that scope. */
  readonly type: string;
}

export const narrowGrant = artifact({
  name: 'narrowGrant',
  needs: [backendRequester, backendToken],
  async obtain({ backendRequester: { request }, backendToken }): Promise<NarrowGrant> {
    const one = narrowest(readAll(scopesOf(backendToken)));
    if (!one) {
      const reason = `needs clients.backend with scopes for two resource types, not ${backendToken.scope}`;
      throw new Skip('not-configured', reason);
    }
    const scope = writeResourceScope(one);
    const answer = await request({ scope });
    if (answer.kind === 'granted') return { ...backendToken, ...answer, scope, type: one.type };
    throw new Skip(
      'undecided',
      `${scope} by itself was answered ${answeredWith(answer)}, though more was granted before`,
    );
  },
});

/** One of several scopes, that for patients where there is one; what it leaves out is another type. */
function narrowest(granted: readonly ResourceScope[]): ResourceScope | null {
  const plain = granted.filter(({ level, parameters }) => level === 'system' && parameters.length === 0);
  const all = plain.find(({ type }) => type === '*');
  if (all) return { ...all, type: 'Patient' };
  const [first, ...others] = [...plain].sort((one, other) => rank(one) - rank(other));
  return first && others.some(({ type }) => type !== first.type) ? first : null;
}

function rank({ type }: ResourceScope): number {
  return type === 'Patient' ? 0 : 1;
}

/** A request for data of another type than the narrow token's, which the wide token is given. */
interface ReadBeyond {
  /** In words: `GET Observation?_count=5`. */
  readonly what: string;
  /** It asks for that type as everybody does: where no scope covers it, it is to be refused. */
  readonly isPlain: boolean;
  /** With the wide token. */
  readonly control: Exchange;
  /** With the narrow one. */
  readonly exchange: Exchange;
}

export interface NarrowReads {
  readonly grant: NarrowGrant;
  /** What the narrow token's scope does not cover, and the wide one's does. */
  readonly otherType: string;
  readonly attempts: readonly ReadBeyond[];
}

export const narrowReads = artifact({
  name: 'narrowReads',
  needs: [configuration, backendToken, narrowGrant, fhirReader],
  async obtain({
    configuration: { data, allowWrites },
    backendToken,
    narrowGrant: grant,
    fhirReader,
  }): Promise<NarrowReads> {
    const otherType = typeBeyond(scopesOf(backendToken), scopesOf(grant), data);
    if (otherType === null) {
      const granted = scopesOf(grant).join(' ');
      throw new Skip('undecided', `there is nothing to search that ${granted} leaves out, granted for ${grant.scope}`);
    }
    const bearer = ({ client, tokens }: BackendGrant) => ({ client, accessToken: tokens.accessToken });
    const readBy = (path: string, of: BackendGrant) => fhirReader.read(path, bearer(of));
    const search = searchOf(otherType, data);
    const found = await readBy(search, backendToken);
    const [resource] = servedResources(found, otherType);
    if (!resource) {
      throw new Skip(
        'undecided',
        `GET ${search} gave no ${otherType} to the token that may read it, so there is none to miss`,
      );
    }
    const address = typeof resource.id === 'string' ? `${otherType}/${encodeURIComponent(resource.id)}` : null;
    const [plain, roundabout] = [
      [search, ...(address === null ? [] : [address])],
      [
        ...(grant.type === 'Patient' ? [`Patient?_count=5&_revinclude=${otherType}:patient`] : []),
        ...(address === null ? [] : [`${address}/_history`, `${address}/_history/${versionOf(resource)}`]),
        `${otherType}/_history?_count=5`,
        `?_type=${otherType}&_count=5`,
        ...(data.patient === undefined ? [] : [`Patient/${encodeURIComponent(data.patient)}/${otherType}?_count=5`]),
      ],
    ];
    const got = (path: string) => ({
      what: `GET ${path}`,
      isPlain: plain.includes(path),
      ask: (of: BackendGrant) => readBy(path, of),
    });
    const form = Object.fromEntries(new URLSearchParams(search.slice(search.indexOf('?'))));
    const posted = [
      {
        what: `POST ${otherType}/_search`,
        isPlain: false,
        ask: (of: BackendGrant) => fhirReader.search(otherType, form, bearer(of)),
      },
      {
        what: `batch of GET ${search}`,
        isPlain: false,
        ask: (of: BackendGrant) => fhirReader.bundle('batch', [search], bearer(of)),
      },
    ];
    const ways = [...[...plain, ...roundabout].map(got), ...(allowWrites ? posted : [])];
    const tried = ways.map(async ({ what, isPlain, ask }): Promise<ReadBeyond> => {
      const [control, exchange] = await Promise.all([ask(backendToken), ask(grant)]);
      return { what, isPlain, control, exchange };
    });
    const attempts = (await Promise.all(tried)).filter(({ control }) => servedResources(control, otherType).length > 0);
    return { grant, otherType, attempts };
  },
});

/** A type that the wide scopes let be searched, and the narrow ones neither searched nor read. */
function typeBeyond(wide: readonly string[], narrow: readonly string[], data: TargetData): string | null {
  const named = readAll(wide).map(({ type }) => type);
  const types = [patientType(data), 'Observation', 'Condition', 'Encounter', ...named.filter((type) => type !== '*')];
  const isBeyond = (type: string) =>
    covers(wide, `system/${type}.s`) && !readAll(narrow).some((scope) => scope.type === type || scope.type === '*');
  return types.find(isBeyond) ?? null;
}

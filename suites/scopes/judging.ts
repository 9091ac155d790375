import { answered, isSuccess } from '../../src/artifacts/document.ts';
import type { Asker, Bearer, Looking } from '../../src/artifacts/fhir-reader.ts';
import { nobodies } from '../../src/artifacts/nobodies.ts';
import { listed } from '../../src/artifacts/patient-record.ts';
import { letsOut, type ScopedGrant } from '../../src/artifacts/scope-grants.ts';
import { addressOf, type Resource, resourcesGivenAway } from '../../src/fhir/served.ts';
import { toldIn } from '../../src/fhir/told-in.ts';
import type { Exchange, Judge } from '../../src/kit/index.ts';
import { readJwt } from '../../src/oauth/jwt.ts';

/** A request that is to bring nothing of a kind. */
export interface Probe {
  /** Such as `GET Condition/1`. */
  readonly what: string;
  readonly exchange: Exchange;
  /** Whether a resource is one that it must not bring. */
  readonly isForbidden: (resource: Resource) => boolean;
  /** What shows that there is such a resource to be had; null when nothing does, so that only a leak decides. */
  readonly control: Exchange | null;
  /** What an answer gives away, whatever its status; read as JSON unless told otherwise. */
  readonly found?: (exchange: Exchange) => readonly Resource[];
}

/** Whatever no scope of a token lets out; fhirUser lets out the user’s own record ("Scopes for requesting identity data"). */
export function uncoveredBy(token: Pick<ScopedGrant, 'granted' | 'members'>): Probe['isForbidden'] {
  const { id_token: idToken } = token.members;
  const jwt = readJwt(typeof idToken === 'string' ? idToken : '');
  const claim = jwt.kind === 'jwt' ? jwt.claims.fhirUser : undefined;
  const user = typeof claim === 'string' ? claim.split('/').slice(-2).join('/') : null;
  return (resource) => !letsOut(token, String(resource.resourceType)) && addressOf(resource) !== user;
}

/** The same request, whose answer to another token shows that there is something to be withheld. */
export function controlled(
  exchange: Exchange | null,
  isForbidden: Probe['isForbidden'],
  found: Probe['found'] = resourcesGivenAway,
): Exchange | null {
  return exchange !== null && isSuccess(exchange) && found(exchange).some(isForbidden) ? exchange : null;
}

/** A way to ask for data. */
export interface Way<Of> {
  /** Such as `POST Condition/_search`. */
  readonly what: string;
  ask(of: Of): Promise<Exchange>;
}

/** Asks in each way for whoever is tried, and for whoever may see more, if there is somebody. */
export async function probedBy<Of>(
  ways: readonly Way<Of>[],
  isForbidden: Probe['isForbidden'],
  tried: Of,
  witness: Of | null,
  found: Probe['found'] = resourcesGivenAway,
): Promise<readonly Probe[]> {
  return Promise.all(
    ways.map(async ({ what, ask }) => {
      const [exchange, seen] = await Promise.all([ask(tried), witness && ask(witness)]);
      return { what, exchange, isForbidden, control: controlled(seen, isForbidden, found), found };
    }),
  );
}

/** The same for each path, on whichever page it is. */
export function probed(
  paths: readonly string[],
  isForbidden: Probe['isForbidden'],
  tried: Looking,
  witness: Looking | null,
): Promise<readonly Probe[]> {
  const ways = paths.map((path) => ({ what: `GET ${path}`, ask: (look: Looking) => look(path, isForbidden) }));
  return probedBy(ways, isForbidden, tried, witness);
}

/** Asks in each way for those who have no good token, and fails for what comes out to them. */
export async function judgeNobodies<Id extends string>(
  id: Id,
  ways: readonly Way<Asker>[],
  isForbidden: Probe['isForbidden'],
  whole: Bearer,
  judge: Pick<Judge<Id>, 'must' | 'undecided'>,
  found: Probe['found'] = resourcesGivenAway,
): Promise<void> {
  const probes = await Promise.all(
    ways.map(async ({ what, ask }): Promise<readonly Probe[]> => {
      const control = controlled(await ask(whole), isForbidden, found);
      const asked = nobodies.map(async ({ who, accessToken }) => {
        const exchange = await ask({ client: whole.client, accessToken });
        return { what: `${what} ${who}`, exchange, isForbidden, control, found };
      });
      return Promise.all(asked);
    }),
  );
  judgeProbes(id, probes.flat(), 'no data of a patient to come out without a token', judge);
}

/** HEAD for what an asker may see, by that asker; the same by one who may not; and by the latter for what is not there. */
export interface Heads {
  readonly allowed: Exchange;
  readonly tried: Exchange;
  readonly ofNothing: Exchange;
}

/** Warns of a HEAD that tells what is there: whoever is answered alike, whatever they ask for, is told nothing. */
export function judgeHeads<Id extends string>(
  id: Id,
  { allowed, tried, ofNothing }: Heads,
  expected: string,
  { should, undecided }: Pick<Judge<Id>, 'should' | 'undecided'>,
): void {
  const because = [allowed, tried, ofNothing];
  if (!isSuccess(allowed) || (isSuccess(tried) && isSuccess(ofNothing))) {
    const answers = `${answered(allowed)} where it is allowed, ${answered(tried)} where it is not, ${answered(ofNothing)} for nothing`;
    undecided(id, { message: `HEAD tells nothing: ${answers}`, because });
  } else {
    should(id, !isSuccess(tried), { expected, actual: answered(tried), because });
  }
}

/** Fails for each probe that brought what it must not, and passes for those that could have. */
export function judgeProbes<Id extends string>(
  id: Id,
  probes: readonly Probe[],
  expected: string,
  { must, undecided }: Pick<Judge<Id>, 'must' | 'undecided'>,
): void {
  const leaks = probes
    .map((probe) => ({ ...probe, leaked: leakedBy(probe) }))
    .filter(({ leaked }) => leaked.length > 0);
  for (const { what, exchange, control, leaked } of leaks) {
    must(id, false, {
      expected,
      actual: `${what} was answered ${answered(exchange)} with ${listed(leaked)}`,
      because: control ? [control, exchange] : exchange,
    });
  }
  const withheld = probes.filter(
    (probe) => probe.control !== null && isConsidered(probe.exchange) && leakedBy(probe).length === 0,
  );
  if (withheld.length > 0) {
    must(id, true, {
      expected,
      actual: `nothing, by ${withheld.map(({ what }) => what).join('; ')}`,
      because: withheld.flatMap(({ control, exchange }) => (control ? [control, exchange] : exchange)),
    });
  } else if (leaks.length === 0) {
    undecided(id, { message: whyUndecided(id, probes), because: probes.map(({ exchange }) => exchange) });
  }
}

/** What in the configuration leads to something to be withheld, by requirement. */
const deciding: Readonly<Record<string, string>> = {
  'scopes/one-patient-only': 'data.otherPatient, a patient of whom users.practitioner or clients.backend may read data',
  'scopes/granular-scope-filters': 'data.category and data.otherCategory, of both of which data.patient has resources',
  'scopes/within-user-rights': 'users.restricted.mayNotSee, naming what users.practitioner may read',
  'scopes/scope-covers-request': 'data.patient, a patient with data of more types than data.resourceType',
};

function whyUndecided(id: string, probes: readonly Probe[]): string {
  const unlooked = probes.find(({ control, exchange }) => control !== null && !isConsidered(exchange));
  if (unlooked) return `${unlooked.what}: ${answered(unlooked.exchange)}, which is no refusal`;
  const wanted = deciding[id] ?? 'data.patient, a patient who has resources of data.resourceType';
  return `nothing came back, and nothing shows that there was anything to be withheld; what would: ${wanted}`;
}

/** What is read of an answer and, where that is nothing, what is known to be withheld and stands there in other words. */
function leakedBy({ exchange, isForbidden, control, found = resourcesGivenAway }: Probe): readonly Resource[] {
  const read = found(exchange);
  if (read.length > 0 || control === null) return read.filter(isForbidden);
  const shown = resourcesGivenAway(control);
  const others = shown.filter((one) => !isForbidden(one));
  return toldIn(exchange, shown.filter(isForbidden), others);
}

/** Whether a server has looked at a request: trouble of its own is no refusal. */
export function isConsidered({ response }: Exchange): boolean {
  return response !== null && (response.status < 500 || response.status === 501);
}

/** Whether a request was turned away. */
export function isRefused(exchange: Exchange): boolean {
  return isConsidered(exchange) && (exchange.response?.status ?? 0) >= 400;
}

/** Whether an answer gives nothing away, though it is no refusal: a Bundle without resources. */
export function isEmpty(exchange: Exchange): boolean {
  return isSuccess(exchange) && resourcesGivenAway(exchange).length === 0;
}

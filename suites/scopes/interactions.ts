import { randomUUID } from 'node:crypto';
import { answered, isSuccess } from '../../src/artifacts/document.ts';
import type { FhirReader } from '../../src/artifacts/fhir-reader.ts';
import type { ScopedGrant } from '../../src/artifacts/scope-grants.ts';
import { createdPath } from '../../src/artifacts/scratch.ts';
import type { Workbench, Workpiece } from '../../src/artifacts/workbench.ts';
import { addressOf, type Resource, resourcesServed, servedResources } from '../../src/fhir/served.ts';
import { type Exchange, isRecord, type Judge } from '../../src/kit/index.ts';
import { isConsidered } from './judging.ts';

/** What may be done with one resource of ours. */
export type Interaction =
  | ('read' | 'search' | 'create' | 'update' | 'patch' | 'delete')
  | ('conditional update' | 'conditional delete');

export interface Surroundings {
  readonly workbench: Workbench;
  readonly fhirReader: FhirReader;
}

/** Tries one interaction with a piece of work. */
export function attempt(
  interaction: Interaction,
  { path, resource, exchange }: Workpiece,
  token: ScopedGrant,
  { workbench, fhirReader }: Surroundings,
  created = workbench.content(),
): Promise<Exchange> {
  const { type, patient, scratch } = workbench;
  // Some servers want to be told which version is changed.
  const etag = exchange.response?.headers.etag;
  const headers: Record<string, string> = etag === undefined ? {} : { 'if-match': etag };
  switch (interaction) {
    case 'read':
      return fhirReader.read(path, token);
    case 'search':
      return fhirReader.read(`${type}?patient=${encodeURIComponent(patient)}`, token);
    case 'create':
      return scratch.write({ method: 'POST', path: type, body: created }, token);
    case 'update':
      return scratch.write({ method: 'PUT', path, body: { ...resource, language: 'en' }, headers }, token);
    case 'patch': {
      const body = [{ op: 'add', path: '/language', value: 'en' }];
      const asPatch = { ...headers, 'content-type': 'application/json-patch+json' };
      return scratch.write({ method: 'PATCH', path, body, headers: asPatch }, token);
    }
    case 'delete':
      return scratch.write({ method: 'DELETE', path, headers }, token);
    case 'conditional update':
      return scratch.write({ method: 'PUT', path: byId(path), body: { ...resource, language: 'en' } }, token);
    case 'conditional delete':
      return scratch.write({ method: 'DELETE', path: byId(path) }, token);
  }
}

/** `Observation?_id=1` */
function byId(path: string): string {
  return path.replace('/', '?_id=');
}

/** What each interaction that is not permitted came to. */
export interface Overstep {
  readonly interaction: Interaction;
  readonly exchange: Exchange;
  /** Null when the server was in trouble of its own. */
  readonly succeeded: boolean | null;
  /** Shows that it was done, where the answer was a refusal. */
  readonly proof?: Exchange;
}

/**
 * Tries interactions that a token does not permit, one after another, on a piece of work of its own, and looks with the
 * keeper's token at what has become of it.
 */
export async function overstep(
  interactions: readonly Interaction[],
  token: ScopedGrant,
  surroundings: Surroundings,
): Promise<readonly Overstep[]> {
  const { workbench, fhirReader } = surroundings;
  const piece = await workbench.make();
  const look = () => fhirReader.read(piece.path, workbench.keeper);
  const before = await look();
  const steps: Overstep[] = [];
  for (const interaction of interactions) {
    if (['patch', 'update'].includes(interaction) && !workbench.offers(interaction)) continue;
    if (interaction === 'conditional update' && !workbench.offersConditional('update')) continue;
    if (interaction === 'conditional delete' && !workbench.offersConditional('delete')) continue;
    const marked = interaction === 'create' ? markedContent(workbench) : null;
    const exchange = await attempt(interaction, piece, token, surroundings, marked?.content);
    const done = isSuccess(exchange) && (interaction !== 'search' || resourcesServed(exchange).length > 0);
    const made = interaction === 'create' && done ? createdPath(exchange) : null;
    const stored = marked && !done ? await marked.find(surroundings) : null;
    await workbench.scratch.clear([...(made === null ? [] : [made]), ...(stored?.paths ?? [])]);
    if (stored) steps.push({ interaction, exchange, succeeded: true, proof: stored.search });
    else steps.push({ interaction, exchange, succeeded: isConsidered(exchange) ? done : null });
  }
  const after = await look();
  const isGone = after.response?.status === 404 || after.response?.status === 410;
  const isTouched = isSuccess(before) && (isGone || (isSuccess(after) && versionIn(before) !== versionIn(after)));
  await workbench.scratch.clear([piece.path]);
  // Where nothing meets the condition that a token may delete, there is nothing to refuse either.
  const isIdle = ({ interaction, succeeded }: Overstep) =>
    interaction === 'conditional delete' && succeeded === true && isSuccess(after);
  const known = steps.map((step) => (isIdle(step) ? { ...step, succeeded: false } : step));
  const changing = known.filter(({ interaction }) => /update|patch|delete/.test(interaction));
  const culprit = changing.find(({ interaction }) => /delete/.test(interaction) === isGone) ?? changing[0];
  // Refused in words and done all the same.
  if (isTouched && culprit && !changing.some(({ succeeded }) => succeeded)) {
    return known.map((step) => (step === culprit ? { ...step, succeeded: true, proof: after } : step));
  }
  return known;
}

/** What can be found again though nobody says that it was stored; null for types without an identifier. */
function markedContent({ type, patient, keeper, content }: Workbench) {
  const unmarked = content();
  if (type !== 'Observation' && !Array.isArray(unmarked.identifier)) return null;
  const [system, value] = ['https://smart-check.test/fhir/created', randomUUID()];
  const isOurs = ({ identifier }: Resource) =>
    Array.isArray(identifier) && identifier.some((one) => isRecord(one) && one.value === value);
  return {
    content: { ...unmarked, identifier: [{ system, value }] },
    async find({ fhirReader }: Pick<Surroundings, 'fhirReader'>) {
      const query = new URLSearchParams({ patient, identifier: `${system}|${value}` });
      // There are servers that search by no identifier, and give whatever is the patient’s.
      const search = await fhirReader.looking(keeper)(`${type}?${query}`, isOurs);
      const paths = servedResources(search, type).filter(isOurs).map(addressOf);
      return paths.length > 0 ? { search, paths } : null;
    },
  };
}

/** Fails for every interaction that went through. */
export function judgeOversteps<Id extends string>(
  id: Id,
  steps: readonly Overstep[],
  scope: string,
  judge: Pick<Judge<Id>, 'must' | 'undecided'>,
): void {
  for (const { interaction, exchange, succeeded, proof } of steps) {
    if (succeeded === null) {
      const message = `${interaction} was answered ${answered(exchange)}, which is no refusal`;
      judge.undecided(id, { message, because: exchange });
      continue;
    }
    judge.must(id, !succeeded, {
      expected: `no ${interaction} by a token with ${scope} alone`,
      actual: `${exchange.request.method} was answered ${answered(exchange)}${proof ? ', and was done all the same' : ''}`,
      because: proof ? [exchange, proof] : exchange,
    });
  }
}

function versionIn(exchange: Exchange): unknown {
  const meta = resourcesServed(exchange)[0]?.meta;
  return isRecord(meta) ? meta.versionId : undefined;
}

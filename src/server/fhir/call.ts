import type { AccessGrant } from '../access.ts';
import type { JsonObject } from '../json.ts';
import type { Setup } from '../setup.ts';
import { type Attempt, allows, allowsAny, type FhirAccess, missingScope } from './fhir-access.ts';
import { FhirProblem } from './fhir-problem.ts';
import type { Resource, ResourceContent } from './resource.ts';
import type { ResourceType } from './resource-types.ts';
import type { Store } from './store.ts';

/** The FHIR API of one server. */
export interface FhirService {
  readonly setup: Setup;
  readonly store: Store;
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly access: FhirAccess;
}

/** One request, or one entry of a batch or transaction. */
export interface Call {
  readonly service: FhirService;
  readonly grant: AccessGrant;
  readonly method: string;
  /** Below the base URL. */
  readonly path: readonly string[];
  /** Of the URL and, in a search by POST, of the form. */
  readonly parameters: URLSearchParams;
  header(name: 'if-match' | 'if-none-match' | 'prefer'): string | null;
  /**
   * The JSON that was sent.
   *
   * @throws FhirProblem when it is of another media type (415) or no JSON (400)
   */
  body(kind: 'resource' | 'patch'): unknown;
  readonly entryOf: 'batch' | 'transaction' | null;
  /** The id reserved for what a transaction creates. */
  readonly reservedId?: string;
}

export interface FhirAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly resource: JsonObject | null;
}

/** A problem that more scopes would solve (RFC 6750 section 3.1, insufficient_scope). */
export class InsufficientScope extends FhirProblem {
  readonly scope: string;

  constructor(diagnostics: string, scope: string) {
    super(403, 'forbidden', diagnostics);
    this.scope = scope;
  }
}

export function attempt(call: Call, interaction: Attempt['interaction'], type: string): Attempt {
  const { entryOf, method, path, parameters } = call;
  return { interaction, type, by: 'request', entryOf, method, path, parameters };
}

/** @throws InsufficientScope when no scope is for such a request at all */
export function demandScope({ service: { access }, grant }: Call, attempted: Attempt): void {
  if (allowsAny(access, grant, attempted)) return;
  const scope = missingScope(access, grant, attempted);
  throw new InsufficientScope(`the access token has no scope for ${attempted.interaction} of ${attempted.type}`, scope);
}

export function isAllowed(
  { service: { access }, grant }: Call,
  attempted: Attempt,
  resource: ResourceContent,
): boolean {
  return allows(access, grant, attempted, resource);
}

/** @throws InsufficientScope when a resource would be left behind that the client has no scope for */
export function demandAllowed(call: Call, attempted: Attempt, resource: ResourceContent): void {
  if (isAllowed(call, attempted, resource)) return;
  const scope = missingScope(call.service.access, call.grant, attempted);
  throw new InsufficientScope(`the access token does not reach this ${attempted.type}`, scope);
}

/** What is not there and what may not be seen answer alike, so that nobody learns which ids exist. */
export function notFound(type: string, id: string): FhirProblem {
  return new FhirProblem(404, 'not-found', `there is no ${type}/${id}, or none for this access token`);
}

export function etag(versionId: string): string {
  return `W/"${versionId}"`;
}

export function versionHeaders({ meta }: Resource): Record<string, string> {
  return { etag: etag(meta.versionId), 'last-modified': new Date(meta.lastUpdated).toUTCString() };
}

/** Whether an If-Match or If-None-Match value names a version; weak and strong forms count alike. */
export function namesVersion(value: string, versionId: string): boolean {
  return value.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === `"${versionId}"`);
}

import type { AccessDecision, AccessGrant } from '../access.ts';
import type { Override } from '../behaviour.ts';
import { type FhirVersion, type RunningServer, startServer } from '../index.ts';
import { type Answer, ask } from './ask.ts';

export interface FhirReply extends Answer {
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the server sent
  readonly json: any;
}

type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<FhirReply>;

/** A server whose authorization server granted whatever a test wants. */
export interface FhirServer {
  readonly server: RunningServer;
  /** Sends requests with a token of these scopes, in the context of pat-1 and for dr-bob unless told otherwise. */
  as(scopes: string, grant?: Partial<AccessGrant>): Send;
  /** A token of its own for any decision. */
  token(decision: AccessDecision): string;
}

export async function startFhirServer(
  override: Override = () => ({}),
  fhirVersion: FhirVersion = '4.0.1',
): Promise<FhirServer> {
  const decisions = new Map<string, AccessDecision>();
  const token = (decision: AccessDecision) => {
    const handle = `token-${decisions.size}`;
    decisions.set(handle, decision);
    return handle;
  };
  const server = await startServer({
    fhirVersion,
    faults: [
      {
        id: 'testing/tokens~known',
        requirement: 'testing/tokens',
        level: 'fail',
        summary: 'Knows the tokens of a test',
        also: [],
        override: (usual, setup) => ({
          ...override(usual, setup),
          resolveAccessToken: (handle) => decisions.get(handle) ?? { kind: 'unknown' },
        }),
      },
    ],
  });
  return {
    server,
    token,
    as(scopes, grant = {}) {
      const handle = token({ kind: 'granted', grant: { ...usualGrant, scopes: scopes.split(' '), ...grant } });
      return async (method, path, body, headers = {}) => {
        const isText = body === undefined || typeof body === 'string' || body instanceof URLSearchParams;
        const answer = await ask(`${server.fhirBaseUrl}${path === '' ? '' : `/${path}`}`, {
          method,
          headers: {
            authorization: `Bearer ${handle}`,
            ...(!isText && { 'content-type': 'application/fhir+json' }),
            ...headers,
          },
          ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
        });
        return { ...answer, json: answer.body === '' ? null : JSON.parse(answer.body) };
      };
    },
  };
}

const usualGrant: AccessGrant = {
  clientId: 'smart-check-web-app',
  scopes: [],
  patient: 'pat-1',
  encounter: null,
  fhirUser: 'Practitioner/dr-bob',
  userMayNotSee: [],
  expiresAt: Date.now() + 3_600_000,
};

/** What a Bundle holds, as `Type/id`, sorted. */
export function idsIn({ json }: FhirReply): readonly string[] {
  const entries: readonly { resource?: { resourceType: string; id: string } }[] = json?.entry ?? [];
  return entries.flatMap(({ resource }) => (resource ? `${resource.resourceType}/${resource.id}` : [])).sort();
}

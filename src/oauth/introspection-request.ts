import { readJson } from '../http/read-json.ts';
import { Block, type Exchange, type HttpClient, isRecord } from '../kit/index.ts';

/** A question about a token (RFC 7662 section 2.1). */
export interface IntrospectionRequest {
  readonly token: string;
  /** Of the caller. */
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** What came back (RFC 7662 section 2.2). */
export interface IntrospectionAnswer {
  readonly exchange: Exchange;
  /** Those of a JSON object with status 200; null when it was none. */
  readonly members: Readonly<Record<string, unknown>> | null;
  /** What it comes to for who reads it: an `active` that is no boolean is read by what it means. */
  readonly says: 'active' | 'inactive' | 'neither';
}

/** Levels of nesting that claims and launch context never need. */
const deepest = 100;

/** @throws Block when nothing came back */
export async function requestIntrospection(
  { token, headers, parameters }: IntrospectionRequest,
  endpoint: URL,
  http: HttpClient,
): Promise<IntrospectionAnswer> {
  const exchange = await http.send({
    method: 'POST',
    url: endpoint,
    redirect: 'manual',
    headers: { accept: 'application/json', ...headers },
    body: new URLSearchParams({ token, ...parameters }),
  });
  return readIntrospectionAnswer(exchange);
}

function readIntrospectionAnswer(exchange: Exchange): IntrospectionAnswer {
  const { response, error } = exchange;
  if (!response) {
    throw new Block(`the introspection endpoint was not reached: ${error?.message ?? 'no answer'}`, [exchange]);
  }
  const json = response.status === 200 ? readJson(response.body) : null;
  const isReadable = json?.kind === 'value' && json.depth <= deepest;
  const members = isReadable && isRecord(json.value) ? json.value : null;
  const active = String(members?.active).toLowerCase();
  const says = ['true', '1'].includes(active) ? 'active' : ['false', '0'].includes(active) ? 'inactive' : 'neither';
  return { exchange, members, says };
}

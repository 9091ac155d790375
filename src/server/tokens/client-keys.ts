import type { RegisteredClient } from '../clients.ts';
import { isJsonObject, type JsonObject } from '../json.ts';

/** The public keys of clients, as registered or as their JWK Set says (client-confidential-asymmetric). */
export interface ClientKeys {
  of(client: RegisteredClient, caching: KeyCaching): Promise<readonly JsonObject[]>;
}

export interface KeyCaching {
  readonly method: 'GET' | 'POST';
  /** Seconds for which a JWK Set is good, by the header fields it came with. */
  lifetime(headers: Headers): number;
}

const fetchTimeoutMs = 3000;

/** @param now - milliseconds since the epoch */
export function createClientKeys(now: () => number): ClientKeys {
  const kept = new Map<string, { readonly keys: readonly JsonObject[]; readonly until: number }>();
  return {
    async of({ jwksUrl, keys = [] }, { lifetime, method }) {
      if (jwksUrl === undefined) return keys.map(({ publicJwk }) => publicJwk);
      const known = kept.get(jwksUrl);
      if (known && known.until > now()) return known.keys;
      const fetched = await fetchKeys(jwksUrl, method);
      if (!fetched) return [];
      kept.set(jwksUrl, { keys: fetched.keys, until: now() + lifetime(fetched.headers) * 1000 });
      return fetched.keys;
    },
  };
}

/** Seconds that Cache-Control allows (RFC 9111 section 5.2.2); none where it does not say. */
export function cacheLifetime(headers: Headers): number {
  const directives = (headers.get('cache-control') ?? '').toLowerCase().split(/\s*,\s*/);
  if (directives.includes('no-store') || directives.includes('no-cache')) return 0;
  const maxAge = directives.find((directive) => directive.startsWith('max-age='));
  return maxAge === undefined ? 0 : Number(maxAge.slice('max-age='.length)) || 0;
}

async function fetchKeys(
  url: string,
  method: KeyCaching['method'],
): Promise<{ keys: readonly JsonObject[]; headers: Headers } | null> {
  try {
    const response = await fetch(url, {
      method,
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(fetchTimeoutMs),
    });
    const set: unknown = await response.json();
    if (!response.ok || !isJsonObject(set) || !Array.isArray(set.keys)) return null;
    return { keys: set.keys.filter(isJsonObject), headers: response.headers };
  } catch {
    return null;
  }
}

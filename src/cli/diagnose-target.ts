import { type Registration, registrations } from '../artifacts/registrations.ts';
import { readConfiguration } from '../index.ts';
import { isUnobtainable, UsageError } from '../kit/index.ts';
import { createTokenClock } from '../oauth/token-clock.ts';
import { createTokenKeeper } from '../oauth/token-keeper.ts';
import { createArtifactStore } from '../runner/artifact-store.ts';
import { askingClient } from './asking-client.ts';
import type { Diagnosis } from './doctor.ts';

const words = { known: 'ok', refused: 'wrong?', open: 'open' } as const;

/**
 * Asks the server of a configuration what it makes of each client. Users are not tried: a wrong password may lock them.
 *
 * @throws UsageError for what is wrong in the file
 */
export async function diagnoseTarget(config: string): Promise<readonly Diagnosis[]> {
  const configuration = await readConfiguration({ file: config, env: process.env, overrides: {} });
  const { fhirBaseUrl, tls, headers } = configuration;
  if (fhirBaseUrl === null) throw new UsageError(`${config}: which server? It needs fhirBaseUrl`);
  const http = askingClient({ fhirBaseUrl, headers, ...tls });
  const recorder = { nextId: () => 'x0', record: () => {} };
  const tokenKeeper = createTokenKeeper(createTokenClock());
  const store = createArtifactStore({ configuration, http, recorder, tokenKeeper });
  const server = { subject: 'server', healthy: true, finding: fhirBaseUrl };
  try {
    await store.obtain(registrations);
    const tried = (await store.ifObtained(registrations)) ?? [];
    return [server, ...tried.map(diagnosisOf)];
  } catch (error) {
    if (!isUnobtainable(error)) throw error;
    const cure = 'fhirBaseUrl is the address below which /metadata answers; is it that, and is the server up?';
    return [{ ...server, healthy: false, finding: error.message, cure }];
  } finally {
    await store.releaseAll();
    await http.close();
  }
}

function diagnosisOf({ entry, verdict, seen, hint }: Registration): Diagnosis {
  const healthy = verdict !== 'refused';
  return { subject: entry, healthy, word: words[verdict], finding: seen, ...(hint !== null && { cure: hint }) };
}

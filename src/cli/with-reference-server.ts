import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../config/read-configuration.ts';
import type { Configuration } from '../kit/index.ts';
import { type Fault, type RunningServer, startServer, type Variant, writeConfiguration } from '../server/index.ts';

/** The environment for a run against the reference server: it is on this machine, and no proxy stands between. */
export const noProxy: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)),
);

/** What a run against the reference server is given. */
export interface Reference {
  readonly configuration: Configuration;
  readonly server: RunningServer;
  /** Where runs against it may remember what they saw; not there yet. */
  readonly stateFile: string;
}

/**
 * Starts the reference server, over https so that TLS is looked at too, and calls `use` with the configuration a user
 * would have of it. The server ends, and its files go, when `use` does.
 */
export async function withReferenceServer<Result>(
  { fault, variant }: { readonly fault?: Fault; readonly variant?: Variant },
  use: (reference: Reference) => Promise<Result>,
): Promise<Result> {
  const server = await startServer({ https: true, faults: fault ? [fault] : [], ...(variant && { variant }) });
  const folder = await mkdtemp(join(tmpdir(), 'smart-check-server-'));
  try {
    const file = join(folder, 'reference.yaml');
    const described = () => variant?.description?.(server.configuration()) ?? server.configuration();
    await writeConfiguration({ configuration: described }, file);
    const specVersion = fault?.specVersion;
    const overrides = specVersion === undefined ? {} : { specVersion };
    const configuration = await readConfiguration({ file, env: {}, overrides });
    return await use({ configuration, server, stateFile: join(folder, 'state.json') });
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

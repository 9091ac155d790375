import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../config/read-configuration.ts';
import type { Configuration } from '../kit/index.ts';
import { type Fault, startServer, writeConfiguration } from '../server/index.ts';

/** The environment for a run against the reference server: it is on this machine, and no proxy stands between. */
export const noProxy: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)),
);

/**
 * Starts the reference server, over https so that TLS is looked at too, and calls `use` with the configuration a user
 * would have of it. The server ends when `use` does.
 */
export async function withReferenceServer<Result>(
  { fault }: { fault?: Fault },
  use: (configuration: Configuration) => Promise<Result>,
): Promise<Result> {
  const server = await startServer({ https: true, faults: fault ? [fault] : [] });
  const folder = await mkdtemp(join(tmpdir(), 'smart-check-server-'));
  try {
    const file = join(folder, 'reference.yaml');
    await writeConfiguration(server, file);
    const specVersion = fault?.specVersion;
    return await use(
      await readConfiguration({ file, env: {}, overrides: specVersion === undefined ? {} : { specVersion } }),
    );
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

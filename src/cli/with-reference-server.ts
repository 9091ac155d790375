import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../config/read-configuration.ts';
import { type Configuration, type Time, UsageError } from '../kit/index.ts';
import {
  type Fault,
  type FhirVersion,
  type RunningServer,
  startServer,
  type Variant,
  writeConfiguration,
} from '../server/index.ts';

/** The environment for a run against the reference server: it is on this machine, and no proxy stands between. */
export const noProxy: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)),
);

/** What a run against the reference server is given. */
export interface Reference {
  readonly configuration: Configuration;
  readonly server: RunningServer;
  /** Sets the server's clock forward in place of waiting. */
  readonly time: Time;
  /** Where runs against it may remember what they saw; not there yet. */
  readonly stateFile: string;
}

/** As much as any test has use for: nobody waits. */
const patienceSeconds = 24 * 60 * 60;

function timeAt(server: RunningServer): Time {
  return {
    async until(date, act) {
      server.shiftClock(date.getTime() - Date.now());
      return act().finally(() => server.shiftClock(0));
    },
  };
}

/**
 * Starts the reference server, over https so that TLS is looked at too, and calls `use` with the configuration a user
 * would have of it. The server ends, and its files go, when `use` does.
 */
export async function withReferenceServer<Result>(
  {
    fault,
    variant,
    fhirVersion = fault?.fhirVersion ?? variant?.fhirVersion,
  }: { readonly fault?: Fault; readonly variant?: Variant; readonly fhirVersion?: FhirVersion | undefined },
  use: (reference: Reference) => Promise<Result>,
): Promise<Result> {
  // First: a server that listens keeps the process from ending when the folder cannot be made.
  const folder = await temporaryFolder();
  let server: RunningServer | undefined;
  try {
    server = await startServer({
      https: true,
      faults: fault ? [fault] : [],
      ...(variant && { variant }),
      ...(fhirVersion && { fhirVersion }),
    });
    const running = server;
    const file = join(folder, 'reference.yaml');
    const description = (fault ?? variant)?.description;
    const described = () => description?.(running.configuration()) ?? running.configuration();
    await writeConfiguration({ configuration: described }, file);
    const specVersion = fault?.specVersion;
    const overrides = specVersion === undefined ? {} : { specVersion };
    const configuration = await readConfiguration({ file, env: {}, overrides });
    return await use({
      configuration: { ...configuration, patience: patienceSeconds },
      server: running,
      time: timeAt(running),
      stateFile: join(folder, 'state.json'),
    });
  } finally {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function temporaryFolder(): Promise<string> {
  const folders = tmpdir();
  try {
    return await mkdtemp(join(folders, 'smart-check-server-'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`temporary files cannot be written to ${folders} (TMPDIR names another folder): ${why}`);
  }
}

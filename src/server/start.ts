import { getRequestListener } from '@hono/node-server';
import { createApp } from './app.ts';
import { behaviourOf } from './behaviour.ts';
import { registerClients } from './clients.ts';
import { keysOfProcess } from './keys.ts';
import { listen } from './listener.ts';
import type { ServerOptions } from './options.ts';
import { registerPeople } from './people.ts';
import { describe, type SelfDescription } from './self-description.ts';
import type { Setup } from './setup.ts';
import { siteAt } from './site.ts';
import { authority } from './tls/certificates.ts';
import { createClientKeys } from './tokens/client-keys.ts';
import { createVault } from './vault.ts';

export interface RunningServer {
  /** As published: below `baseUrl` when there is one. */
  readonly fhirBaseUrl: string;
  /** Where it listens: scheme, host and port. */
  readonly origin: string;
  /** Of the authority that signed its certificate, PEM; null without https. */
  readonly caCertificate: string | null;
  configuration(): SelfDescription;
  /** Sets its clock apart from the machine's, by milliseconds: what takes days shows in a test. */
  shiftClock(milliseconds: number): void;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

/**
 * Starts the server.
 *
 * @throws the system's error (`EADDRINUSE`, `EACCES`, …) when the port cannot be opened
 */
export async function start(options: ServerOptions): Promise<RunningServer> {
  const {
    port = 0,
    host = '127.0.0.1',
    baseUrl,
    https = false,
    faults = [],
    variant,
    fhirVersion = variant?.fhirVersion ?? faults.find((fault) => fault.fhirVersion)?.fhirVersion ?? '4.0.1',
    pageStyle = variant?.pageStyle ?? 'plain',
  } = options;
  const [keys, caCertificate] = await Promise.all([
    keysOfProcess(),
    https ? authority().then(({ certificate }) => certificate) : null,
  ]);
  const listener = await listen(port, host);
  const origin = `${https ? 'https' : 'http'}://${inUrl(host)}:${listener.port}`;
  const usualSite = siteAt(baseUrl ?? origin);
  const site = variant?.site?.(usualSite) ?? usualSite;
  const jwksListen = await unusedAddress();
  const usualClients = registerClients(keys, `http://${jwksListen}`);
  let shift = 0;
  const ahead = (variant?.secondsAhead ?? 0) * 1000;
  const now = () => Date.now() + ahead + shift;
  const setup: Setup = {
    site,
    hosts: [host, hostOf(site.baseUrl)],
    fhirVersion,
    clients: variant?.clients?.(usualClients) ?? usualClients,
    clientKeys: createClientKeys(now),
    jwksListen,
    signingKeys: keys.server,
    people: registerPeople(),
    vault: createVault(),
    pageStyle,
    startedAt: new Date(),
    now,
  };
  const behaviour = behaviourOf(setup, [
    ...(variant?.override ? [variant.override] : []),
    ...faults.map(({ override }) => override),
  ]);
  const answer = getRequestListener(createApp(setup, behaviour).fetch, { overrideGlobalObjects: false });
  try {
    await listener.serve((incoming, outgoing) => void answer(incoming, outgoing), https ? behaviour.transport() : null);
  } catch (error) {
    await listener.close();
    throw error;
  }
  return {
    fhirBaseUrl: site.fhir,
    origin,
    caCertificate,
    configuration: () => describe(setup, caCertificate),
    shiftClock: (milliseconds) => {
      shift = milliseconds;
    },
    close: () => listener.close(),
  };
}

/** `host:port` at which nobody listens yet. */
async function unusedAddress(): Promise<string> {
  const host = '127.0.0.1';
  const { port, close } = await listen(0, host);
  await close();
  return `${host}:${port}`;
}

/** An address as URLs write it; who listens everywhere is reached at a loopback address. */
function inUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

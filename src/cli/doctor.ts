import { visible } from '../../reports/plain-text.ts';
import { findBrowser } from '../browser/find-browser.ts';
import { browserAdvice, installBrowser } from '../browser/install-browser.ts';
import { exitCodes } from '../kit/index.ts';
import { foldOnTerminal } from './fold.ts';
import { say } from './say.ts';

const oldestNode = [20, 19] as const;

export interface Diagnosis {
  readonly subject: string;
  readonly healthy: boolean;
  readonly finding: string;
  /** The command or change that mends it. */
  readonly cure?: string;
  /** `ok` or `missing` unless given. */
  readonly word?: string;
}

export interface DoctorOptions {
  readonly install?: boolean;
  /** A configuration, whose server is asked about each client. */
  readonly config?: string;
}

/**
 * Says what this machine has and lacks, and the command that mends it; with `install`, mends the browser itself; with a
 * configuration, whether its server knows what is in it. Sets exit code 3 when something a run may need is missing.
 */
export async function doctor({ install = false, config }: DoctorOptions): Promise<void> {
  const target = config === undefined ? [] : await (await import('./diagnose-target.ts')).diagnoseTarget(config);
  const diagnoses = [node(), await browser(install), await network(), ...(await proxies()), terminal(), ...target];
  const width = Math.max(...diagnoses.map(({ subject }) => subject.length));
  for (const { subject, healthy, finding, cure, word = healthy ? 'ok' : 'missing' } of diagnoses) {
    process.stdout.write(foldOnTerminal(`${word.padEnd(7)}  ${subject.padEnd(width)}  ${visible(finding)}\n`));
    if (cure && !healthy) process.stdout.write(foldOnTerminal(`${' '.repeat(width + 11)}${visible(cure)}\n`));
  }
  if (diagnoses.some(({ healthy }) => !healthy)) process.exitCode = exitCodes.blocked;
}

function node(): Diagnosis {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const healthy = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  const { openssl } = process.versions;
  return {
    subject: 'Node',
    healthy,
    finding: `${process.versions.node}, OpenSSL ${openssl}`,
    cure: `Node ${oldestNode.join('.')} or later is needed: https://nodejs.org`,
  };
}

async function browser(install: boolean): Promise<Diagnosis> {
  const found = (await findBrowser()) ?? (install ? await installBrowser(say) : null);
  const named = process.env.SMART_CHECK_BROWSER;
  if (found) return { subject: 'browser', healthy: true, finding: `${found.path} (${found.source})` };
  return {
    subject: 'browser',
    healthy: false,
    finding: named ? `SMART_CHECK_BROWSER names ${named}, which cannot be run` : 'none found; launches need one',
    cure: named ? 'correct or unset SMART_CHECK_BROWSER' : `smart-check doctor --install, or: ${browserAdvice}`,
  };
}

/** Whether a server of ours can be started and reached, as self-test and a client's JWK Set need it. */
async function network(): Promise<Diagnosis> {
  const { createServer } = await import('node:net');
  const reached = await new Promise<true | Error>((resolve) => {
    const server = createServer((socket) => socket.end());
    server.once('error', resolve);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      resolve(connection('127.0.0.1', port).finally(() => server.close()));
    });
  });
  if (reached === true) return { subject: 'loopback', healthy: true, finding: '127.0.0.1 accepts connections' };
  const cure = 'self-test needs a port on 127.0.0.1: look for a firewall or a sandbox that forbids it';
  return { subject: 'loopback', healthy: false, finding: reached.message, cure };
}

/** True when it came about, and why not otherwise. */
async function connection(host: string, port: number): Promise<true | Error> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 5000 });
    const end = (result: true | Error) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(true)).once('error', end);
    socket.once('timeout', () => end(new Error('no answer within 5 s')));
  });
}

/** Whether the proxies that a run will use are there. */
async function proxies(): Promise<readonly Diagnosis[]> {
  const told = await Promise.all([proxyOf('https'), proxyOf('http')]);
  const named = told.flatMap((diagnosis) => diagnosis ?? []);
  return named.length > 0
    ? named
    : [{ subject: 'proxy', healthy: true, finding: 'none: targets are reached directly' }];
}

async function proxyOf(scheme: 'https' | 'http'): Promise<Diagnosis | null> {
  // As a proxy is chosen: the lower case wins.
  const name = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`].find((one) => process.env[one] !== undefined);
  if (name === undefined) return null;
  const { proxyFor } = await import('../http/proxy.ts');
  const cure = `correct or unset ${name}`;
  try {
    const proxy = proxyFor(new URL(`${scheme}://target.invalid/`), { [name]: process.env[name] });
    if (proxy === null) return null;
    const place = `${name} names ${proxy.hostname} port ${proxy.port}`;
    const reached = await connection(proxy.hostname, proxy.port);
    if (reached === true) return { subject: 'proxy', healthy: true, finding: `${place}, which accepts connections` };
    return { subject: 'proxy', healthy: false, finding: `${place}, which cannot be reached: ${reached.message}`, cure };
  } catch (error) {
    // Node's own message would show the whole address, with its password.
    const why = error instanceof TypeError && !('code' in error) ? error.message : 'it is no address of a proxy';
    return { subject: 'proxy', healthy: false, finding: `${name}: ${why}`, cure };
  }
}

function terminal(): Diagnosis {
  const interactive = process.stdout.isTTY === true && process.env.TERM !== 'dumb';
  return { subject: 'terminal', healthy: true, finding: interactive ? 'live output' : 'plain lines' };
}

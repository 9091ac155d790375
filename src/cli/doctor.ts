import { findBrowser } from '../browser/find-browser.ts';
import { browserAdvice, installBrowser } from '../browser/install-browser.ts';
import { exitCodes } from '../kit/index.ts';
import { foldOnTerminal } from './fold.ts';
import { say } from './say.ts';

const oldestNode = [20, 19] as const;

interface Diagnosis {
  readonly subject: string;
  readonly healthy: boolean;
  readonly finding: string;
  /** The command or change that mends it. */
  readonly cure?: string;
}

/**
 * Says what this machine has and lacks, and the command that mends it; with `install`, mends the browser itself.
 * Sets exit code 3 when something a run may need is missing.
 */
export async function doctor({ install = false }: { install?: boolean }): Promise<void> {
  const diagnoses = [node(), await browser(install), await network(), proxy(), terminal()];
  for (const { subject, healthy, finding, cure } of diagnoses) {
    process.stdout.write(foldOnTerminal(`${healthy ? 'ok     ' : 'missing'}  ${subject.padEnd(8)}  ${finding}\n`));
    if (cure && !healthy) process.stdout.write(foldOnTerminal(`${' '.repeat(19)}${cure}\n`));
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
  const { createServer, connect } = await import('node:net');
  const reached = await new Promise<true | Error>((resolve) => {
    const server = createServer((socket) => socket.end());
    server.once('error', resolve);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      const socket = connect(port, '127.0.0.1');
      socket.once('error', resolve).once('connect', () => {
        socket.destroy();
        server.close();
        resolve(true);
      });
    });
  });
  if (reached === true) return { subject: 'loopback', healthy: true, finding: '127.0.0.1 accepts connections' };
  const cure = 'self-test needs a port on 127.0.0.1: look for a firewall or a sandbox that forbids it';
  return { subject: 'loopback', healthy: false, finding: reached.message, cure };
}

function proxy(): Diagnosis {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
  const name = names.find((candidate) => process.env[candidate]);
  const finding = name ? `${name} is set and will be used` : 'none: targets are reached directly';
  return { subject: 'proxy', healthy: true, finding };
}

function terminal(): Diagnosis {
  const interactive = process.stdout.isTTY === true && process.env.TERM !== 'dumb';
  return { subject: 'terminal', healthy: true, finding: interactive ? 'live output' : 'plain lines' };
}

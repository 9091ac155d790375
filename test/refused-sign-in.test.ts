import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Exchange, Report } from '../src/kit/index.ts';
import { type RunningServer, startServer, writeConfiguration } from '../src/server/index.ts';
import { smartCheck, temporaryFolder } from './fixtures/command-line.ts';

const folder = temporaryFolder();

type ReportFile = Omit<Report, 'exchanges'> & { readonly exchanges: readonly Exchange[] };

interface Account {
  readonly username: string;
  readonly password: string;
  readonly totpSecret?: string;
}

/** Wrong passwords until the server takes none any more. */
async function lock(username: string, { origin }: RunningServer): Promise<void> {
  for (let count = 0; count < 5; count += 1) {
    const form = new URLSearchParams({ step: 'password', username, password: 'not it' });
    const answer = await fetch(`${origin}/ehr`, { method: 'POST', body: form });
    await answer.text();
  }
}

test.each([
  {
    what: 'a wrong password',
    role: 'patient',
    change: (account: Account): Account => ({ ...account, password: 'not it' }),
    cause: 'the server does not accept user name and password of "ann": "The user name or the password is wrong."',
  },
  {
    what: 'a locked account',
    role: 'patient',
    change: (account: Account): Account => account,
    isLocked: true,
    cause: 'This account is locked.',
  },
  {
    what: 'a one-time password for which there is no secret',
    role: 'careful',
    change: ({ username, password }: Account): Account => ({ username, password }),
    cause: 'the server asks for a one-time password; configure totpSecret of the user',
  },
])(
  '$what blocks what needs the user, says why, and is tried once',
  async ({ role, change, isLocked, cause }) => {
    const server = await startServer();
    try {
      const file = join(folder, `${role}-${isLocked ?? cause.length}.json`);
      await writeConfiguration(server, file);
      const configuration = JSON.parse(await readFile(file, 'utf8'));
      const account = change(configuration.users[role]);
      if (isLocked) await lock(account.username, server);
      // One account in two roles is one account.
      const { ehrLaunch: _, ...rest } = { ...configuration, users: { patient: account, practitioner: account } };
      await writeFile(
        file,
        JSON.stringify({ ...rest, ehrLaunch: { ...configuration.ehrLaunch, user: 'practitioner' } }),
      );
      const output = `${file}.report`;
      const tests =
        'app-launch/*-launch-completes,app-launch/state-returned-exactly,app-launch/denial-answered,client-symmetric/basic-accepted';
      const { code, stdout } = await smartCheck(['run', '-c', file, '--test', tests, '-o', output], {
        NO_PROXY: '127.0.0.1',
        no_proxy: '127.0.0.1',
      });
      expect(code).toBe(3);
      const report: ReportFile = JSON.parse(await readFile(join(output, 'results.json'), 'utf8'));
      expect(report.summary).toMatchObject({ failed: 0, warned: 0, passed: 0, errored: 0 });
      expect(report.tests.length).toBe(5);
      for (const { outcome, reason } of report.tests) {
        expect(outcome).toBe('blocked');
        expect(reason).toContain(cause);
      }
      expect(stdout.replace(/\s+/g, ' ')).toContain(cause);
      const passwords = report.exchanges.filter(({ request: { body } }) => body?.includes('step=password'));
      expect(passwords).toHaveLength(1);
    } finally {
      await server.close();
    }
  },
  60_000,
);

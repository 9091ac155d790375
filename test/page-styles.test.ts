import { afterAll, describe, expect, test } from 'vitest';
import type { Journey } from '../src/browser/journey.ts';
import { createTestBrowser } from '../src/browser/testing/driving.ts';
import { type PageStyle, pageStyles, type RunningServer, startServer } from '../src/server/index.ts';

/** The driver is tried on every style of page that the reference server has. */
const { browser } = createTestBrowser();
afterAll(() => browser.close());

const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

async function travel(server: RunningServer, role: string, changes: Partial<Journey> = {}, scope?: string) {
  const { clients, users } = server.configuration();
  const { clientId, redirectUri = '' } = clients.public;
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: scope ?? 'launch/patient patient/*.rs openid fhirUser offline_access',
    state: 'st',
    aud: server.fhirBaseUrl,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  const session = await browser.openSession();
  const user = users[role];
  try {
    return await session.drive({
      start: { url: `${server.origin}/oauth/authorize?${query}` },
      until: [redirectUri],
      ...(user && { user }),
      pick: { patient: 'pat-2', patientName: 'Ben Sample', encounter: 'enc-2' },
      consent: 'approve',
      drive: 'auto',
      steps: [],
      values: {},
      ...changes,
    });
  } finally {
    await session.close();
  }
}

async function withServer<Result>(pageStyle: PageStyle, use: (server: RunningServer) => Promise<Result>) {
  const server = await startServer({ pageStyle });
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

const scope = 'launch/patient launch/encounter patient/*.rs openid fhirUser offline_access';

describe.each(pageStyles)('pages in the style %s', (pageStyle) => {
  test('are got through by a clinician, who picks a patient and an encounter', async () => {
    const outcome = await withServer(pageStyle, (server) => travel(server, 'practitioner', {}, scope));
    if (outcome.kind === 'stopped') expect(`${outcome.cause}: ${outcome.message}`).toBe('');
    expect(outcome.kind === 'returned' && outcome.parameters.get('code')).toMatch(/^[\w-]{43}$/);
  });

  test('are denied', async () => {
    const outcome = await withServer(pageStyle, (server) => travel(server, 'patient', { consent: 'deny' }));
    if (outcome.kind === 'stopped') expect(`${outcome.cause}: ${outcome.message}`).toBe('');
    expect(outcome.kind === 'returned' && outcome.parameters.get('error')).toBe('access_denied');
  });
});

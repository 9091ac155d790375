import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import { ehrLaunches, launches } from '../../src/artifacts/launches.ts';
import { isSuccess, protectedRead } from '../../src/artifacts/protected-read.ts';
import { refreshed, renewals } from '../../src/artifacts/refreshed.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { Block, type Client, configuration, http, optional, Skip, test } from '../../src/kit/index.ts';
import { methodOf } from '../../src/oauth/client-authentication.ts';
import type { TokenAnswer } from '../../src/oauth/token-request.ts';
import { belowBase } from '../../src/smart/well-known.ts';

const issued = test({
  id: 'app-launch/refresh-token-issued',
  title: 'offline_access and online_access lead to a refresh token',
  requirements: [
    'app-launch/offline-access-refresh-token',
    'app-launch/online-access-refresh-token',
    'app-launch/refresh-token-when-granted',
  ],
  needs: [launches, capabilities],
  run({ launches, capabilities: { includes }, must }) {
    const isRenewable = (scope: string) => scope === 'offline_access' || scope === 'online_access';
    for (const { tokens, exchange: because, role } of launches) {
      const granted = tokens.scopes?.filter(isRenewable) ?? [];
      if (granted.length === 0) continue;
      must('app-launch/refresh-token-when-granted', tokens.refreshToken !== null, {
        expected: `a refresh_token, as ${granted.join(' and ')} was granted to the ${role} client`,
        actual: tokens.refreshToken === null ? 'none' : 'one',
        because,
      });
    }
    for (const [capability, scope, id, kind] of [
      ['permission-offline', 'offline_access', 'app-launch/offline-access-refresh-token', 'standalone'],
      ['permission-online', 'online_access', 'app-launch/online-access-refresh-token', 'ehr'],
    ] as const) {
      const asked = launches.filter(
        (launch) => launch.scope.split(' ').includes(scope) && (scope === 'offline_access' || launch.kind === kind),
      );
      if (!includes(capability) || asked.length === 0) continue;
      // The server decides which of its clients may: one suffices.
      const served = asked.filter(({ tokens }) => tokens.refreshToken !== null);
      must(id, served.length > 0, {
        expected: `a refresh_token for ${scope}, as ${capability} is advertised`,
        actual:
          served.length > 0
            ? `${served.length} of ${asked.length} launches got one`
            : `none of ${asked.length} launches got one`,
        because: asked.map(({ exchange }) => exchange),
      });
    }
  },
});

const response = test({
  id: 'app-launch/refresh-response',
  title: 'A refresh response has what the guide requires',
  requirements: [
    'app-launch/refresh-access-token',
    'app-launch/refresh-token-type-bearer',
    'app-launch/refresh-expires-in',
    'app-launch/refresh-scope-present',
    'app-launch/refresh-token-rotation',
  ],
  needs: [refreshed, protectedRead],
  async run({ refreshed: { before, answer, tokens }, protectedRead, must, should, info }) {
    const { token_type: type, expires_in: lifetime, scope } = tokens.members;
    const because = [before.grant.exchange, answer.exchange];
    should('app-launch/refresh-access-token', tokens.accessToken !== before.grant.tokens.accessToken, {
      expected: 'another access token than before',
      actual: 'the same',
      because,
    });
    const read = await protectedRead.send({ authorization: `Bearer ${tokens.accessToken}` });
    must('app-launch/refresh-access-token', isSuccess(read), {
      expected: 'the refreshed token to work at the FHIR API, as the first did',
      actual: `${read.response?.status ?? 'no answer'}`,
      because: [...because, read],
    });
    must('app-launch/refresh-token-type-bearer', typeof type === 'string' && type.toLowerCase() === 'bearer', {
      expected: 'token_type Bearer',
      actual: shown(type),
      because,
    });
    must('app-launch/refresh-expires-in', typeof lifetime === 'number' && lifetime > 0, {
      expected: 'expires_in, a positive number of seconds: required in a refresh response',
      actual: shown(lifetime),
      because,
    });
    must('app-launch/refresh-scope-present', typeof scope === 'string', {
      expected: 'scope, a string',
      actual: shown(scope),
      because,
    });
    const isRotated = tokens.refreshToken !== null && tokens.refreshToken !== before.refreshToken;
    const message = isRotated ? 'the refresh token was replaced' : 'the refresh token stays as it is';
    info('app-launch/refresh-token-rotation', { message, because });
  },
});

const scopes = test({
  id: 'app-launch/refresh-scope',
  title: 'A refresh yields the scopes that were granted, and no further ones',
  requirements: [
    'app-launch/refresh-without-scope',
    'app-launch/refresh-subset',
    'app-launch/refresh-scope-cannot-grow',
    'app-launch/refresh-rotation-keeps-scope',
  ],
  needs: [refreshed, renewals],
  async run({ refreshed: { before, answer, tokens }, renewals, must, should, info }) {
    const granted = before.grant.tokens.scopes ?? [];
    const because = [before.grant.exchange, answer.exchange];
    const more = beyond(tokens.scopes ?? [], granted);
    const less = beyond(granted, tokens.scopes ?? []);
    must('app-launch/refresh-without-scope', more.filter(isResourceScope).length === 0, {
      expected: `no scope beyond ${granted.join(' ')}`,
      actual: more.length > 0 ? `also ${more.join(' ')}` : 'none',
      because,
    });
    if (tokens.scopes) {
      should('app-launch/refresh-without-scope', less.length === 0, {
        expected: `a refresh without scope to keep ${granted.join(' ')}`,
        actual: `${less.join(' ')} went missing`,
        because,
      });
    }
    const resources = granted.filter(isResourceScope);
    const part =
      granted.filter((scope) => scope !== resources[0]).length > 0 ? (resources[0] ?? granted[0]) : undefined;
    if (part !== undefined) {
      const one = await renewals.renewable();
      const subset = await renewals.refresh(one, { scope: part });
      const shownScopes = subset.kind === 'granted' ? (subset.tokens.scopes ?? []) : [];
      must('app-launch/refresh-subset', subset.kind === 'granted' && beyond(shownScopes, granted).length === 0, {
        expected: `a refresh that asks for ${part} alone to be served, with no more than was granted`,
        actual: subset.kind === 'granted' ? shownScopes.join(' ') : answeredWith(subset),
        because: [one.grant.exchange, subset.exchange],
      });
      const two = await renewals.renewable();
      const same = await renewals.refresh(two, { scope: granted.join(' ') });
      should('app-launch/refresh-subset', same.kind === 'granted', {
        expected: 'a refresh that asks for all that was granted to be served',
        actual: answeredWith(same),
        because: [two.grant.exchange, same.exchange],
      });
    }
    const further = granted.some((scope) => scope.startsWith('user/')) ? 'system/*.cruds' : 'user/*.cruds';
    const three = await renewals.renewable();
    const wider = await renewals.refresh(three, { scope: [...granted, further].join(' ') });
    const got = wider.kind === 'granted' ? beyond(wider.tokens.scopes ?? [], granted) : [];
    must('app-launch/refresh-scope-cannot-grow', got.length === 0, {
      expected: `a refresh that asks for ${further} as well to be refused, or served without it`,
      actual: got.length > 0 ? `granted: ${got.join(' ')}` : answeredWith(wider),
      because: [three.grant.exchange, wider.exchange],
    });
    if (tokens.refreshToken === null || tokens.refreshToken === before.refreshToken) {
      info('app-launch/refresh-rotation-keeps-scope', { message: 'the refresh token is not replaced', because });
      return;
    }
    const again = await renewals.refresh({ grant: before.grant, refreshToken: tokens.refreshToken });
    must(
      'app-launch/refresh-rotation-keeps-scope',
      again.kind === 'granted' && beyond(tokens.scopes ?? [], again.tokens.scopes ?? []).length === 0,
      {
        expected: `the new refresh token to refresh to ${(tokens.scopes ?? []).join(' ')}`,
        actual: again.kind === 'granted' ? (again.tokens.scopes ?? []).join(' ') : answeredWith(again),
        because: [...because, again.exchange],
      },
    );
  },
});

/** The scopes of `some` that are not among `others`; `.read` and `.rs` are one (scopes-and-launch-context). */
function beyond(some: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others.flatMap(parts));
  return some.filter((scope) => parts(scope).some((part) => !known.has(part)));
}

/** A resource scope letter by letter, so that order and grouping do not matter; any other as it is. */
function parts(scope: string): readonly string[] {
  const [, place, permissions = '', query = ''] =
    /^((?:patient|user|system)\/(?:[A-Za-z]+|\*))\.([a-z]+|\*)(\?.*)?$/.exec(scope) ?? [];
  if (place === undefined) return [scope];
  const letters = { read: 'rs', write: 'cud', '*': 'cruds' }[permissions] ?? permissions;
  return [...letters].map((letter) => `${place}.${letter}${query}`);
}

function isResourceScope(scope: string): boolean {
  return /^(patient|user|system)\//.test(scope);
}

const notWider = test({
  id: 'app-launch/refresh-not-wider',
  title: 'A refreshed token reaches no further than the first',
  requirements: ['app-launch/refresh-not-wider', 'app-launch/refresh-context-repeated'],
  needs: [refreshed, configuration, fhirBaseUrl, http],
  async run({ refreshed: { before, answer, tokens }, configuration: { data }, fhirBaseUrl, http, must, info }) {
    const first = before.grant.tokens;
    const because = [before.grant.exchange, answer.exchange];
    const more = beyond(tokens.scopes ?? [], first.scopes ?? []);
    must('app-launch/refresh-not-wider', more.length === 0, {
      expected: `no scope beyond ${(first.scopes ?? []).join(' ')}`,
      actual: more.length > 0 ? `also ${more.join(' ')}` : 'none',
      because,
    });
    let isRepeated = false;
    for (const name of ['patient', 'encounter', 'fhirContext', 'tenant']) {
      const value = tokens.members[name];
      if (value === undefined) continue;
      isRepeated = true;
      must('app-launch/refresh-not-wider', JSON.stringify(value) === JSON.stringify(first.members[name]), {
        expected: `${name} as before: ${shown(first.members[name])}`,
        actual: shown(value),
        because,
      });
    }
    const message = isRepeated ? 'launch context is repeated' : 'launch context is not repeated';
    info('app-launch/refresh-context-repeated', { message, because });
    const { otherPatient } = data;
    const { patient } = first.members;
    if (otherPatient === undefined || typeof patient !== 'string' || patient === otherPatient) return;
    const read = (token: string) =>
      http.send({
        url: belowBase(fhirBaseUrl, `Patient/${encodeURIComponent(otherPatient)}`),
        redirect: 'manual',
        headers: { accept: 'application/fhir+json', ...before.grant.client.headers, authorization: `Bearer ${token}` },
      });
    const [withFirst, withRefreshed] = await Promise.all([read(first.accessToken), read(tokens.accessToken)]);
    if (isSuccess(withFirst)) return;
    must('app-launch/refresh-not-wider', !isSuccess(withRefreshed), {
      expected: `Patient/${otherPatient} to be refused to the refreshed token, as to the first`,
      actual: `${withRefreshed.response?.status ?? 'no answer'}`,
      because: [...because, withFirst, withRefreshed],
    });
  },
});

const authentication = test({
  id: 'app-launch/refresh-authentication',
  title: 'A refresh token serves the client it was issued to, and no other',
  requirements: [
    'app-launch/refresh-public-without-authentication',
    'app-launch/refresh-confidential-authenticates',
    'app-launch/refresh-bound-to-client',
  ],
  needs: [renewals, launches, configuration],
  destroys: 'the grants of the refresh tokens it tries',
  async run({ renewals, launches, configuration: { clients }, must }) {
    const renewable = launches.filter(({ kind, tokens }) => kind === 'standalone' && tokens.refreshToken !== null);
    for (const { client, role } of renewable) {
      const { grant, refreshToken } = await renewals.renewable(client);
      if (methodOf(client) === 'none') {
        const answer = await renewals.refresh({ grant, refreshToken });
        must('app-launch/refresh-public-without-authentication', answer.kind === 'granted', {
          expected: 'a public client to refresh with client_id and refresh_token alone',
          actual: answeredWith(answer),
          because: [grant.exchange, answer.exchange],
        });
        continue;
      }
      const unauthenticated = await renewals.refresh({ grant: { ...grant, client: nameless(client) }, refreshToken });
      const control = await renewals.refresh({ grant, refreshToken });
      must('app-launch/refresh-confidential-authenticates', unauthenticated.kind !== 'granted', {
        expected: `the refresh token of the ${role} client to be refused to client_id alone`,
        actual: answeredWith(unauthenticated),
        because: [unauthenticated.exchange, control.exchange],
      });
    }
    const own = await renewals.renewable();
    const configured = [...(clients.others ?? []), clients.symmetric, clients.public, clients.asymmetric];
    const others = configured.flatMap((client) =>
      client && client.clientId !== own.grant.client.clientId ? [client] : [],
    );
    for (const other of others.slice(0, 3)) {
      const answer: TokenAnswer = await renewals.refresh({
        ...own,
        grant: { ...own.grant, client: { ...other, redirectUri: '' } },
      });
      must('app-launch/refresh-bound-to-client', answer.kind !== 'granted', {
        expected: `a refresh token of ${own.grant.client.clientId} to be refused to ${other.clientId}`,
        actual: answeredWith(answer),
        because: [own.grant.exchange, answer.exchange],
      });
    }
  },
});

/** The client with nothing to authenticate with. */
function nameless({ clientSecret: _, keys: __, ...client }: Client & { readonly redirectUri: string }) {
  return client;
}

const offline = test({
  id: 'app-launch/offline-refresh-without-user',
  title: 'Tokens are renewed as long as offline_access and online_access promise',
  requirements: ['app-launch/offline-refresh-without-user', 'app-launch/online-refresh-while-online'],
  needs: [renewals, optional(ehrLaunches)],
  async run({ renewals, ehrLaunches, must }) {
    const online = ehrLaunches?.find(
      ({ tokens }) => tokens.refreshToken !== null && tokens.scopes?.includes('online_access'),
    );
    if (online?.tokens.refreshToken) {
      const answer = await renewals.refresh({ grant: online, refreshToken: online.tokens.refreshToken });
      must('app-launch/online-refresh-while-online', answer.kind === 'granted', {
        expected: 'a refresh to be served while the user stays signed in',
        actual: answeredWith(answer),
        because: [online.exchange, answer.exchange],
      });
    }
    const own = await renewals.afterwards();
    if (!own) throw new Skip('not-advertised', 'no launch was granted offline_access with a refresh token');
    const answer = await renewals.refresh(own);
    must('app-launch/offline-refresh-without-user', answer.kind === 'granted', {
      expected: 'a refresh to be served after the browser was closed, as offline_access was granted',
      actual: answeredWith(answer),
      because: [own.grant.exchange, answer.exchange],
    });
  },
});

const reuse = test({
  id: 'app-launch/refresh-reuse',
  title: 'An old refresh token used again may end the authorization',
  requirements: ['app-launch/refresh-reuse-ends-grant'],
  needs: [renewals],
  destroys: 'the grant of the refresh token',
  async run({ renewals, info }) {
    const own = await renewals.renewable();
    const first = await renewals.refresh(own);
    if (first.kind !== 'granted')
      throw new Block(`the refresh token was not accepted: ${answeredWith(first)}`, [first.exchange]);
    const next = first.tokens.refreshToken;
    if (next === null || next === own.refreshToken) throw new Skip('not-advertised', 'refresh tokens are not replaced');
    const again = await renewals.refresh(own);
    const after = await renewals.refresh({ ...own, refreshToken: next });
    const message = `the old refresh token: ${answeredWith(again)}; the new one after that: ${answeredWith(after)}`;
    info('app-launch/refresh-reuse-ends-grant', { message, because: [first.exchange, again.exchange, after.exchange] });
  },
});

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 200);
}

export const refreshTests = [issued, response, scopes, notWider, authentication, offline, reuse];

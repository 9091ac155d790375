import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import { answered } from '../../src/artifacts/document.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import {
  grantedScopes,
  type RefreshableGrant,
  type Refreshed,
  type Refresher,
  refreshed,
  refresher,
} from '../../src/artifacts/refreshes.ts';
import { type ScopeProbe, scopeProbe } from '../../src/artifacts/scope-probe.ts';
import { servedResources } from '../../src/fhir/served.ts';
import { configuration, type Exchange, type Judge, Skip, test } from '../../src/kit/index.ts';
import type { TokenAnswer, TokenResponse } from '../../src/oauth/token-request.ts';
import {
  covers,
  isPermission,
  letters,
  readResourceScope,
  scopesBeyond,
  writeResourceScope,
} from '../../src/smart/scope.ts';

const withoutScope = test({
  id: 'app-launch/refresh-without-scope',
  title: 'A refresh without scope yields the scopes that were granted',
  requirements: ['app-launch/refresh-without-scope'],
  needs: [refreshed],
  run({ refreshed, ...judge }) {
    for (const { launch, tokens, exchange } of refreshed) {
      judgeSameScopes('app-launch/refresh-without-scope', launch, tokens, [launch.exchange, exchange], judge);
    }
  },
});

const rotated = test({
  id: 'app-launch/refresh-rotation-keeps-scope',
  title: 'A new refresh token refreshes to the same scope',
  requirements: ['app-launch/refresh-rotation-keeps-scope'],
  needs: [refreshed, refresher],
  async run({ refreshed, refresher, ...judge }) {
    const replaced = refreshed.filter(
      ({ launch, tokens }) => tokens.refreshToken !== null && tokens.refreshToken !== launch.refreshToken,
    );
    if (replaced.length === 0) throw new Skip('not-advertised', 'no refresh came with a new refresh token');
    await Promise.all(
      replaced.map(async ({ client, launch, tokens, exchange }) => {
        const answer = await refresher.refresh({ client, refreshToken: tokens.refreshToken ?? '' });
        const because = [exchange, answer.exchange];
        const requirement = 'app-launch/refresh-rotation-keeps-scope';
        judge.must(requirement, answer.kind === 'granted', {
          expected: `the new refresh token of ${client.clientId} to be good for a token`,
          actual: answeredWith(answer),
          because,
        });
        if (answer.kind === 'granted') judgeSameScopes(requirement, launch, answer.tokens, because, judge);
      }),
    );
  },
});

/** Scopes equal by meaning: more access fails, and whatever else differs is a warning. */
function judgeSameScopes<Id extends string>(
  requirement: Id,
  launch: RefreshableGrant,
  { scopes }: TokenResponse,
  because: readonly Exchange[],
  { must, should, undecided }: Judge<Id>,
  when = '',
): void {
  const { clientId } = launch.client;
  if (scopes === null) {
    const message = `the response for ${clientId} names no scope, which app-launch/refresh-scope-present judges`;
    undecided(requirement, { message, because });
    return;
  }
  const granted = grantedScopes(launch);
  const more = scopesBeyond(granted, scopes);
  const gained = more.filter(isPermission);
  must(requirement, gained.length === 0, {
    expected: `no access for ${clientId} that was not granted to it`,
    actual: gained.length === 0 ? 'none' : `further: ${gained.join(' ')}`,
    because,
  });
  const lost = scopesBeyond(scopes, granted);
  if (gained.length > 0) return;
  should(requirement, lost.length + more.length === 0, {
    expected: `the scopes granted to ${clientId} again${when}`,
    actual:
      [...lost.map((scope) => `without ${scope}`), ...more.map((scope) => `with ${scope}`)].join(', ') || 'the same',
    because,
  });
}

const cannotGrow = test({
  id: 'app-launch/refresh-scope-cannot-grow',
  title: 'A refresh that asks for more gets no more',
  requirements: ['app-launch/refresh-scope-cannot-grow'],
  needs: [scopeProbe, refresher],
  async run({ scopeProbe, refresher, must, should }) {
    const requirement = 'app-launch/refresh-scope-cannot-grow';
    const { of, narrow, further, read, control } = scopeProbe;
    const attempt = async (more: string) => {
      const grant = await refresher.grantAnew(of, narrow);
      const scope = [...grantedScopes(grant), more].join(' ');
      return { more, grant, answer: await refresher.refresh({ ...grant, scope }) };
    };
    // Of other data, of everything, and of the same data with more that may be done to them.
    const asked = [further, 'user/*.cruds', ...narrow.split(' ').filter(isPermission).map(withAllInteractions)];
    for (const { more, grant, answer } of await Promise.all(asked.map(attempt))) {
      if (covers(grantedScopes(grant), more)) continue;
      const because = [...control, grant.exchange, answer.exchange];
      if (answer.kind !== 'granted') {
        should(requirement, answer.kind === 'refused' && answer.error === 'invalid_scope', {
          expected: `${more}, which was not granted, to be refused as invalid_scope, or left out`,
          actual: answeredWith(answer),
          because,
        });
        continue;
      }
      const gained = permissionsGained(grant, answer.tokens);
      must(requirement, gained.length === 0, {
        expected: `${more}, which was not granted before, to be left out`,
        actual: gained.length === 0 ? 'left out' : `granted: ${gained.join(' ')}`,
        because,
      });
      const probe = await read({ client: grant.client, tokens: answer.tokens });
      must(requirement, !probe.served, {
        expected: `the token of a refresh that asked for ${more} to do no more than the first`,
        actual: probe.served ? `it was given ${probe.exchange.request.url}` : 'no more',
        because: [...because, probe.exchange],
      });
    }
  },
});

function withAllInteractions(scope: string): string {
  const resourceScope = readResourceScope(scope);
  return resourceScope ? writeResourceScope({ ...resourceScope, permissions: letters }) : scope;
}

/** A server may know what was granted for apps of one kind, and take the word of others. */
const cannotGrowForOthers = test({
  id: 'app-launch/refresh-scope-cannot-grow-every-client',
  title: 'A refresh that asks for more gets no more, whatever the kind of client',
  requirements: ['app-launch/refresh-scope-cannot-grow'],
  needs: [scopeProbe, refresher],
  async run({ scopeProbe, refresher, must, undecided }) {
    const requirement = 'app-launch/refresh-scope-cannot-grow';
    const { of: first, narrowOf, further, read, control } = scopeProbe;
    const others = refresher.refreshed.filter(({ client }) => client.clientId !== first.client.clientId);
    if (others.length === 0) {
      throw new Skip('not-configured', 'needs a refresh token of one more of clients.public, symmetric and asymmetric');
    }
    const judge = async (of: Refreshed): Promise<void> => {
      const { clientId } = of.client;
      const grant = await refresher.grantIfAny(of, narrowOf(of));
      if (grant === null) {
        const message = `a launch of ${clientId} for ${narrowOf(of)} came without a refresh token`;
        return undecided(requirement, { message, because: of.exchange });
      }
      const before = await read(grant);
      if (before.served) {
        const message = `a token of ${clientId} for ${narrowOf(of)} was given what takes ${further}`;
        return undecided(requirement, { message, because: [grant.exchange, before.exchange] });
      }
      const scope = [...grantedScopes(grant), further].join(' ');
      const answer = await refresher.refresh({ ...grant, scope });
      const expected = `${further}, which was not granted to ${clientId} before, to be refused or left out`;
      await judgeNoMore(requirement, { grant, answer, expected, control, read }, must);
    };
    await Promise.all(others.map(judge));
  },
});

interface GrownRefresh extends Pick<ScopeProbe, 'control' | 'read'> {
  readonly grant: RefreshableGrant;
  readonly answer: TokenAnswer;
  readonly expected: string;
}

/** Fails where a refresh brought scopes that the grant had not, or a token that reads what takes such a scope. */
async function judgeNoMore<Id extends string>(
  requirement: Id,
  { grant, answer, expected, control, read }: GrownRefresh,
  must: Judge<Id>['must'],
): Promise<void> {
  const gained = answer.kind === 'granted' ? permissionsGained(grant, answer.tokens) : [];
  const after = answer.kind === 'granted' ? await read({ client: grant.client, tokens: answer.tokens }) : null;
  must(requirement, gained.length === 0 && after?.served !== true, {
    expected,
    actual:
      gained.length > 0
        ? `granted: ${gained.join(' ')}`
        : after?.served === true
          ? `not named, and given ${after.exchange.request.url}`
          : answeredWith(answer),
    because: [...control, grant.exchange, answer.exchange, ...(after ? [after.exchange] : [])],
  });
}

const notWider = test({
  id: 'app-launch/refresh-not-wider',
  title: 'A refreshed token does no more than the first',
  requirements: ['app-launch/refresh-not-wider'],
  needs: [scopeProbe, refresher],
  async run({ scopeProbe, refresher, must }) {
    const grant = await refresher.grantAnew(scopeProbe.of, scopeProbe.narrow);
    const answer = await refresher.refresh(grant);
    if (answer.kind !== 'granted') throw new Skip('undecided', `the refresh brought ${answeredWith(answer)}`);
    const { served, exchange } = await scopeProbe.read({ client: grant.client, tokens: answer.tokens });
    must('app-launch/refresh-not-wider', !served, {
      expected: `what takes ${scopeProbe.further} to be refused to a token refreshed without it`,
      actual: served ? 'it was served' : `${exchange.response?.status ?? 'no answer'}`,
      because: [...scopeProbe.control, answer.exchange, exchange],
    });
  },
});

const afterConsent = test({
  id: 'app-launch/refresh-not-wider-than-consent',
  title: 'What the user has deselected does not come with a refresh',
  requirements: ['app-launch/refresh-not-wider', 'app-launch/refresh-scope-cannot-grow'],
  needs: [scopeProbe, refresher],
  async run({ scopeProbe: { of, wide, further, read, control }, refresher, must }) {
    const grant = await refresher.grantKeepingBack([further], of, wide);
    if (grant === null) {
      throw new Skip('undecided', `a launch in which the user was to deselect ${further} came without a refresh token`);
    }
    const granted = grantedScopes(grant).join(' ');
    if (covers(grantedScopes(grant), further) || (await read(grant)).served) {
      throw new Skip('undecided', `nothing shows that ${further} could be deselected: granted was ${granted}`);
    }
    const plain = await refresher.refresh(grant);
    if (plain.kind !== 'granted') throw new Skip('undecided', `the refresh brought ${answeredWith(plain)}`);
    const refreshToken = plain.tokens.refreshToken ?? grant.refreshToken;
    const scope = [...new Set([...grantedScopes(grant), further])].join(' ');
    const asking = await refresher.refresh({ client: grant.client, refreshToken, scope });
    const facts = { grant, control, read };
    const expected = `no more than ${granted} from a refresh, where the user has deselected ${further}`;
    await judgeNoMore('app-launch/refresh-not-wider', { ...facts, answer: plain, expected }, must);
    const despite = `${expected} and a refresh asks for it`;
    await judgeNoMore('app-launch/refresh-scope-cannot-grow', { ...facts, answer: asking, expected: despite }, must);
  },
});

const samePatient = test({
  id: 'app-launch/refresh-same-patient',
  title: 'A refreshed token reaches no further patient',
  requirements: ['app-launch/refresh-not-wider'],
  needs: [refreshed, refresher, fhirReader, configuration],
  async run({ refreshed: [first], refresher, fhirReader, configuration: { data }, must }) {
    const other = data.otherPatient;
    if (other === undefined) throw new Skip('not-configured', 'needs data.otherPatient, whom the token may not see');
    if (!first) throw new Skip('undecided', 'there is no refreshed token');
    const grant = await refresher.grantAnew(first);
    const path = pathOf(other);
    const { client } = grant;
    const before = await fhirReader.read(path, { client, ...grant.tokens });
    if (servedResources(before, 'Patient').length > 0) {
      throw new Skip('undecided', `the first token reads ${path} too: data.otherPatient is to be one it may not see`);
    }
    const answer = await refresher.refresh(grant);
    if (answer.kind !== 'granted') throw new Skip('undecided', `the refresh brought ${answeredWith(answer)}`);
    const refreshed = { client, ...answer.tokens };
    const after = await fhirReader.read(path, refreshed);
    const served = servedResources(after, 'Patient').length > 0;
    const { patient: own } = grant.tokens.members;
    const control = await fhirReader.read(typeof own === 'string' ? pathOf(own) : 'Patient?_count=1', refreshed);
    // A token that reads nobody tells nothing by not reading somebody else.
    if (!served && servedResources(control, 'Patient').length === 0) {
      const why = 'the refreshed token reads no patient at all';
      throw new Skip('undecided', `${why}: ${control.request.url} answered ${answered(control)}`);
    }
    must('app-launch/refresh-not-wider', !served, {
      expected: `${path} to be refused to the refreshed token as it was to the first`,
      actual: served ? 'it was served' : `${after.response?.status ?? 'no answer'}`,
      because: [before, answer.exchange, control, after],
    });
  },
});

function pathOf(patient: string): string {
  return `Patient/${encodeURIComponent(patient)}`;
}

const subset = test({
  id: 'app-launch/refresh-subset',
  title: 'A refresh may ask for some of the scopes, and then has no more than the original ones',
  requirements: ['app-launch/refresh-subset'],
  needs: [scopeProbe, refresher],
  async run({ scopeProbe, refresher, must, should }) {
    const requirement = 'app-launch/refresh-subset';
    const { of, narrow, further, wide, read, control } = scopeProbe;
    const [some, same] = await Promise.all([
      refreshAnew(refresher, of, wide, (grant) => grantedOf(grant, narrow)),
      refreshAnew(refresher, of, wide, (grant) => grantedScopes(grant).join(' ')),
    ]);
    const because = [...control, some.grant.exchange, some.answer.exchange];
    const { answer, grant } = some;
    const asked = grantedOf(grant, narrow);
    if (!asked.split(' ').some(isPermission)) {
      throw new Skip('undecided', `a further launch for ${wide} was granted nothing of ${narrow} to refresh for`);
    }
    must(requirement, answer.kind === 'granted', {
      expected: `a token for ${asked}, out of ${grantedScopes(grant).join(' ')}`,
      actual: answeredWith(answer),
      because,
    });
    should(requirement, same.answer.kind === 'granted', {
      expected: `a token for ${grantedScopes(same.grant).join(' ')}, the whole of what was granted`,
      actual: answeredWith(same.answer),
      because: [same.grant.exchange, same.answer.exchange],
    });
    if (answer.kind !== 'granted' || answer.tokens.scopes === null) return;
    const gained = permissionsGained(grant, answer.tokens);
    must(requirement, gained.length === 0, {
      expected: 'no access beyond the original ones',
      actual: gained.length === 0 ? answer.tokens.scopes.join(' ') : `further: ${gained.join(' ')}`,
      because,
    });
    if (scopesBeyond(answer.tokens.scopes, [further]).length === 0) return;
    const { served, exchange } = await read({ client: grant.client, tokens: answer.tokens });
    must(requirement, !served, {
      expected: `a token that is said to be without ${further} to be without it`,
      actual: served ? `it was given ${exchange.request.url}` : `${exchange.response?.status ?? 'no answer'}`,
      because: [...because, exchange],
    });
  },
});

/** RFC 6749 section 6: without scope it is that of the grant, whatever an earlier refresh asked for. */
const afterSubset = test({
  id: 'app-launch/refresh-without-scope-after-subset',
  title: 'A refresh without scope yields all that was granted, after one that asked for some of it',
  requirements: ['app-launch/refresh-without-scope'],
  needs: [scopeProbe, refresher],
  async run({ scopeProbe: { of, narrow, wide }, refresher, ...judge }) {
    const { grant, answer: some } = await refreshAnew(refresher, of, wide, (granted) => grantedOf(granted, narrow));
    const { client, refreshToken } = grant;
    const next =
      some.kind === 'granted'
        ? await refresher.refresh({ client, refreshToken: some.tokens.refreshToken ?? refreshToken })
        : some;
    if (next.kind !== 'granted') {
      const which = next === some ? 'a refresh for some of the scopes' : 'the refresh after one for some of the scopes';
      throw new Skip('undecided', `${which} brought ${answeredWith(next)}`, [next.exchange]);
    }
    const because = [grant.exchange, some.exchange, next.exchange];
    judgeSameScopes(
      'app-launch/refresh-without-scope',
      grant,
      next.tokens,
      because,
      judge,
      ', after a refresh for some of them',
    );
  },
});

/** Scopes for data that a refresh brought and the grant had not; what else may come and go is judged where none is asked for. */
function permissionsGained(grant: RefreshableGrant, { scopes }: TokenResponse): readonly string[] {
  return scopesBeyond(grantedScopes(grant), scopes ?? []).filter(isPermission);
}

/**
 * Those of the scopes that were granted, as the server wrote them: it may grant less, need not name what only leads to a
 * context, and may know again what it granted by its name alone.
 */
function grantedOf(grant: RefreshableGrant, scope: string): string {
  const granted = grantedScopes(grant);
  const asGranted = scope.split(' ').flatMap((one) => {
    const named = granted.filter((other) => covers([one], other));
    return named.length > 0 || scopesBeyond(granted, [one]).length > 0 ? named : [one];
  });
  return [...new Set(asGranted)].join(' ');
}

async function refreshAnew(
  refresher: Refresher,
  of: Refreshed,
  scope: string,
  scopeOf: (grant: RefreshableGrant) => string,
) {
  const grant = await refresher.grantAnew(of, scope);
  return { grant, answer: await refresher.refresh({ ...grant, scope: scopeOf(grant) }) };
}

export const refreshScopeTests = [
  withoutScope,
  rotated,
  cannotGrow,
  cannotGrowForOthers,
  notWider,
  afterConsent,
  samePatient,
  subset,
  afterSubset,
];

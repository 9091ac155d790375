import { backendRequester } from '../../src/artifacts/backend.ts';
import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import { answered } from '../../src/artifacts/document.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { fhirVersion } from '../../src/artifacts/fhir-version.ts';
import { maybeIneligible, withoutRefreshToken } from '../../src/artifacts/launches.ts';
import { patientRecord } from '../../src/artifacts/patient-record.ts';
import { protectedRead } from '../../src/artifacts/protected-read.ts';
import { type ScopeAnswer, type ScopedGrant, type ScopeGrants, scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { capabilities, smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { usualWay } from '../../src/artifacts/usual-way.ts';
import { anyFhirJson } from '../../src/fhir/json-media-type.ts';
import { typesOfPatients } from '../../src/fhir/patient-compartment.ts';
import { isResourceType } from '../../src/fhir/resource-types.ts';
import { resourceTypesIn } from '../../src/fhir/resource-types-in.ts';
import { type Exchange, http, isRecord, optional, Skip, test } from '../../src/kit/index.ts';
import { readJwt } from '../../src/oauth/jwt.ts';
import { isRegisteredFor } from '../../src/smart/is-registered-for.ts';
import { covers, readResourceScope } from '../../src/smart/scope.ts';
import { endpointUrl, stringsIn } from '../../src/smart/smart-configuration.ts';

/** Scopes of a list that are tried: each takes a launch. */
const sampleSize = 12;

const listed = test({
  id: 'scopes/listed-scopes-obtainable',
  title: 'The scopes in scopes_supported can be had',
  requirements: ['scopes/listed-scopes-obtainable'],
  needs: [
    smartConfiguration,
    scopeGrants,
    usualWay,
    optional(backendRequester),
    optional(fhirVersion),
    optional(capabilityStatement),
  ],
  async run({
    smartConfiguration: { document },
    scopeGrants,
    usualWay,
    backendRequester,
    fhirVersion,
    capabilityStatement,
    ...judge
  }) {
    const served = resourceTypesIn(capabilityStatement?.resource);
    const { must, should, info, undecided } = judge;
    const id = 'scopes/listed-scopes-obtainable';
    const all = stringsIn(document.scopes_supported).filter((scope) => /^\S+$/.test(scope));
    if (all.length === 0) throw new Skip('not-advertised', 'scopes_supported lists nothing');
    // What is of another version of FHIR is not known here, and a list may serve several bases.
    const isKnown = (scope: string) => {
      const type = readResourceScope(scope)?.type ?? '*';
      return type === '*' || isResourceType(type, fhirVersion?.release ?? null);
    };
    const sample = spread(
      all.filter((scope) => isAskable(scope) && isKnown(scope) && scopeGrants.mayAsk(scope)),
      sampleSize,
    );
    const wanted = usualWay.scopes(scopeGrants.client);
    const usual = maybeIneligible(scopeGrants.client) ? withoutRefreshToken(wanted) : wanted;
    const results = await Promise.all(
      sample.map(async (scope): Promise<{ scope: string; answer: Answer | null }> => {
        if (!scope.startsWith('system/')) {
          const approver = scope.startsWith('user/') ? 'clinician' : 'patient';
          const alone = await scopeGrants.ask(companions(scope, all), approver);
          // There are servers that refuse whoever does not ask for what they are made for.
          const beside = [...new Set([...usual.split(' '), scope])].join(' ');
          const isRefused = alone.kind === 'refused' && alone.how !== 'stuck';
          const answer = isRefused ? await scopeGrants.ask(beside, approver) : alone;
          return { scope, answer: ofLaunch(answer.kind === 'granted' ? answer : alone) };
        }
        if (!backendRequester || !covers(backendRequester.scope.split(' '), scope)) return { scope, answer: null };
        const answer = await backendRequester.request({ scope });
        return {
          scope,
          answer: {
            granted: answer.kind === 'granted' ? (answer.tokens.scopes ?? [scope]) : [],
            error: answer.kind === 'refused' ? answer.error : null,
            because: [answer.exchange],
          },
        };
      }),
    );
    for (const { scope, answer } of results) {
      if (!answer) continue;
      const { granted, error, because } = answer;
      const isThere =
        covers(granted, scope) ||
        (scope === 'online_access' && granted.includes('offline_access')) ||
        isExpanded(scope, granted, served);
      const part = granted.filter((one) => covers([scope], one));
      const isOfService = scope.startsWith('system/');
      const asking = isOfService && backendRequester ? { scope: backendRequester.scope } : scopeGrants.client;
      const isKept = scope === 'offline_access' && maybeIneligible(scopeGrants.client);
      const isNamed = isRegisteredFor(asking, scope) && !isKept;
      const isEligible = isNamed && asking.scope !== undefined;
      const actual = error === null ? `granted ${granted.join(' ') || 'nothing'}` : `error=${error}`;
      const expected = `${scope}, which scopes_supported lists, to be granted`;
      if (isThere || (isNamed && error === 'invalid_scope') || (isEligible && part.length === 0)) {
        must(id, isThere, { expected, actual, because });
      } else if (isNamed && part.length > 0) {
        should(id, false, { expected, actual, because });
      } else {
        const message = `${scope} was not granted (${actual}), and nothing says that this client may have it; its scope in the configuration would`;
        undecided(id, { message, because });
      }
    }
    const tried = results.filter(({ answer }) => answer !== null).length;
    info(id, { message: `${tried} of the ${all.length} scopes listed were asked for, ${sampleSize} at most` });
  },
});

/** Whether a wildcard was granted as a list of all types there are, which it may be ("Wildcard scopes"). */
function isExpanded(scope: string, granted: readonly string[], served: ReadonlySet<string>): boolean {
  const wildcard = readResourceScope(scope);
  if (wildcard?.type !== '*' || served.size === 0) return false;
  const types = wildcard.level === 'patient' ? typesOfPatients(null).filter((type) => served.has(type)) : [...served];
  return types.length > 0 && types.every((type) => covers(granted, scope.replace('/*.', `/${type}.`)));
}

interface Answer {
  readonly granted: readonly string[];
  readonly error: string | null;
  readonly because: readonly Exchange[];
}

function ofLaunch(answer: ScopeAnswer): Answer | null {
  if (answer.kind === 'granted')
    return {
      granted: [...new Set([...answer.grant.granted, ...shownBy(answer.grant)])],
      error: null,
      because: [answer.grant.exchange],
    };
  return answer.how === 'stuck' ? null : { granted: [], error: answer.error ?? 'none', because: answer.exchanges };
}

/** Scopes that were granted by what came of them: some servers name those alone that give access to data. */
function shownBy({ members, granted }: ScopedGrant): readonly string[] {
  const { patient, refresh_token: refreshToken, id_token: idToken, fhirContext } = members;
  const jwt = readJwt(typeof idToken === 'string' ? idToken : '');
  return [
    ...(patient !== undefined ? ['launch/patient'] : []),
    ...resourceTypesNamed(fhirContext).map((type) => `launch/${type.toLowerCase()}`),
    ...(refreshToken !== undefined && !granted.includes('online_access') ? ['offline_access'] : []),
    ...(jwt.kind === 'jwt' ? ['openid', ...(jwt.claims.fhirUser === undefined ? [] : ['fhirUser'])] : []),
  ];
}

function resourceTypesNamed(fhirContext: unknown): readonly string[] {
  const items = Array.isArray(fhirContext) ? fhirContext.filter(isRecord) : [];
  return items.flatMap(({ reference, type }) => {
    const named = typeof reference === 'string' ? reference.split('/')[0] : type;
    return typeof named === 'string' ? [named] : [];
  });
}

/** What only an EHR launch can bring, and what takes further pages, is tried elsewhere. */
function isAskable(scope: string): boolean {
  return !['launch', 'online_access', 'launch/encounter'].includes(scope) && !/^launch\/.+\?/.test(scope);
}

/** With what a scope means nothing without. */
function companions(scope: string, listed: readonly string[]): string {
  if (['fhirUser', 'profile', 'email'].includes(scope)) return `openid ${scope}`;
  const beside = ['launch/patient', 'openid'].find((one) => listed.includes(one));
  return scope === 'offline_access' && beside !== undefined ? `offline_access ${beside}` : scope;
}

/** Some of a list, the first and the last among them. */
function spread(list: readonly string[], limit: number): readonly string[] {
  if (list.length <= limit) return list;
  return Array.from({ length: limit }, (_, index) => list[Math.round((index * (list.length - 1)) / (limit - 1))] ?? '');
}

const unlisted = test({
  id: 'scopes/unlisted-scopes-possible',
  title: 'Scopes that are not listed may be had as well',
  requirements: ['scopes/unlisted-scopes-possible'],
  needs: [smartConfiguration, scopeGrants, optional(fhirVersion)],
  informs: true,
  async run({ smartConfiguration: { document }, scopeGrants, fhirVersion, info }) {
    const all = stringsIn(document.scopes_supported);
    const scope = typesOfPatients(fhirVersion?.release ?? null)
      .map((type) => scopeGrants.on(type))
      .find((candidate) => !all.includes(candidate) && scopeGrants.mayAsk(candidate));
    if (scope === undefined) throw new Skip('undecided', 'every scope that could be tried is listed');
    const answer = ofLaunch(await scopeGrants.ask(scope));
    if (!answer) throw new Skip('undecided', 'the launch did not come to an end');
    const isGranted = covers(answer.granted, scope);
    const message = `${scope}, which scopes_supported does not list, was ${isGranted ? '' : 'not '}granted`;
    info('scopes/unlisted-scopes-possible', { message, because: answer.because });
  },
});

/** Bytes that many servers take in one header ("Scope size over the wire"). */
const headerLimit = 8 * 1024;
const manyScopes = 100;

const size = test({
  id: 'scopes/token-size',
  title: 'A token of very many scopes still fits into a header',
  requirements: ['scopes/token-size'],
  needs: [capabilities, patientRecord, scopeGrants, fhirReader, optional(fhirVersion)],
  async run({ capabilities, patientRecord: { type, patient, shows }, scopeGrants, fhirReader, fhirVersion, should }) {
    const method = capabilities.includes('authorize-post') ? 'POST' : 'GET';
    const types = typesOfPatients(fhirVersion?.release ?? null).filter((one) => one !== type);
    const scopes = [
      scopeGrants.on(type),
      ...Array.from({ length: manyScopes }, (_, index) => manyOf(types, index, scopeGrants)),
    ];
    const answer = await scopeGrants.ask(scopes.join(' '), undefined, method);
    if (answer.kind === 'refused')
      throw new Skip('undecided', `${scopes.length} scopes at once were refused: ${answer.why}`);
    const { grant } = answer;
    const { length } = grant.accessToken;
    should('scopes/token-size', length <= headerLimit, {
      expected: `an access token of at most ${headerLimit} bytes for ${grant.granted.length} scopes`,
      actual: `${length} bytes`,
      because: grant.exchange,
    });
    const search = await fhirReader.read(`${type}?patient=${patient}`, grant);
    const status = search.response?.status ?? 0;
    should('scopes/token-size', ![400, 413, 431, 0].includes(status) && status < 500, {
      expected: 'the FHIR API to take that token',
      actual: answered(search),
      because: [...shows, grant.exchange, search],
    });
  },
});

/** Scopes that no other amounts to: every type with a code of its own. */
function manyOf(types: readonly string[], index: number, { on, read }: Pick<ScopeGrants, 'on' | 'read'>): string {
  const type = types[index % types.length] ?? 'Condition';
  return read === 'read' ? on(type) : `${on(type)}?_id=smart-check-${index}`;
}

const associated = test({
  id: 'scopes/associated-endpoints-honour-tokens',
  title: 'Associated endpoints honour the tokens of this FHIR endpoint',
  requirements: ['scopes/associated-endpoints-honour-tokens'],
  needs: [smartConfiguration, fhirBaseUrl, protectedRead, http],
  async run({
    smartConfiguration: { document },
    fhirBaseUrl,
    protectedRead: { launch, control },
    http,
    should,
    undecided,
  }) {
    const listedOnes = Array.isArray(document.associated_endpoints)
      ? document.associated_endpoints.filter(isRecord)
      : [];
    const urls = listedOnes.flatMap(({ url }) => endpointUrl(url, fhirBaseUrl) ?? []);
    if (urls.length === 0) throw new Skip('not-advertised', 'associated_endpoints names none');
    for (const url of urls) {
      const exchange = await http.send({
        url,
        redirect: 'manual',
        headers: {
          accept: anyFhirJson,
          ...launch.client.headers,
          authorization: `Bearer ${launch.tokens.accessToken}`,
        },
      });
      if (!exchange.response) {
        undecided('scopes/associated-endpoints-honour-tokens', { message: answered(exchange), because: exchange });
        continue;
      }
      should('scopes/associated-endpoints-honour-tokens', exchange.response.status !== 401, {
        expected: `GET ${url.href} not to be answered 401 to a token that is good at the FHIR base URL`,
        actual: answered(exchange),
        because: [control, exchange],
      });
    }
  },
});

export const listedTests = [listed, unlisted, size, associated];

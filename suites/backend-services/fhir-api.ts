import { type BackendRequester, backendRequester, backendToken } from '../../src/artifacts/backend.ts';
import { narrowReads } from '../../src/artifacts/backend-narrow.ts';
import { backendRead, readablePath, scopesOf } from '../../src/artifacts/backend-read.ts';
import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { fhirFormat } from '../../src/artifacts/fhir-version.ts';
import { scratch } from '../../src/artifacts/scratch.ts';
import { fhirBaseUrl, patientType } from '../../src/artifacts/target.ts';
import { offersInteraction } from '../../src/fhir/interactions.ts';
import { rareTypes } from '../../src/fhir/rare-types.ts';
import { resourceTypesIn } from '../../src/fhir/resource-types-in.ts';
import { givenAwayOf, letsIn, servedResources } from '../../src/fhir/served.ts';
import {
  artifact,
  attempted,
  Block,
  type Client,
  type Configuration,
  configuration,
  http,
  isUnobtainable,
  optional,
  Skip,
  test,
  time,
} from '../../src/kit/index.ts';
import { alteredToken, madeUpToken } from '../../src/oauth/altered-token.ts';
import { covers } from '../../src/smart/scope.ts';
import { belowBase } from '../../src/smart/well-known.ts';
import { type ExpiredToken, expire, judgeAtOnce, judgeLater } from '../judge-expired.ts';

const restrict = test({
  id: 'backend-services/requested-scopes-restrict',
  title: 'A token serves what its scope covers, and nothing else that the service may have',
  requirements: ['backend-services/requested-scopes-restrict', 'backend-services/out-of-scope-fails-at-once'],
  needs: [narrowReads],
  run({ narrowReads: { grant, otherType, attempts }, must, should }) {
    for (const { what, isPlain, control, exchange } of attempts) {
      const served = givenAwayOf(exchange, otherType).length;
      const seen = {
        actual: `${answered(exchange)} with ${served} of them`,
        because: [grant.exchange, control, exchange],
      };
      must('backend-services/requested-scopes-restrict', served === 0, {
        expected: `${what} to give no ${otherType} to a token for ${grant.scope}`,
        ...seen,
      });
      // What would come along with other results is left out without a word, and there are servers without the rest.
      if (served > 0 || !isPlain) continue;
      should('backend-services/out-of-scope-fails-at-once', !isSuccess(exchange), {
        expected: `${what} with a token for ${grant.scope} to be refused`,
        ...seen,
      });
    }
  },
});

const unsupported = test({
  id: 'backend-services/unsupported-type-refused',
  title: 'A request for a type that the server does not have is refused',
  requirements: ['backend-services/unsupported-type-fails-at-once'],
  needs: [capabilityStatement, backendToken, backendRead, fhirReader],
  async run({ capabilityStatement, backendToken, backendRead, fhirReader, should }) {
    const served = resourceTypesIn(capabilityStatement.resource);
    const missing = rareTypes.find((type) => !served.has(type));
    if (served.size === 0 || missing === undefined) {
      throw new Skip('undecided', '/metadata does not say which types are not served');
    }
    const { client, tokens } = backendToken;
    const exchange = await fhirReader.read(missing, { client, accessToken: tokens.accessToken });
    if (servedResources(exchange, missing).length > 0) {
      throw new Skip('undecided', `${missing} is served, though /metadata does not list it`);
    }
    should('backend-services/unsupported-type-fails-at-once', !isSuccess(exchange), {
      expected: `GET ${missing}, which /metadata does not list, to be refused`,
      actual: answered(exchange),
      because: [capabilityStatement.exchange, backendRead.exchange, exchange],
    });
  },
});

/** The read that works with the token, sent with other credentials. */
const protectedBackendRead = artifact({
  name: 'protectedBackendRead',
  needs: [backendToken, backendRead, fhirBaseUrl, fhirFormat, http],
  obtain({ backendToken: { client }, backendRead, fhirBaseUrl, fhirFormat, http }) {
    const { path, exchange: control } = backendRead;
    if (!isSuccess(control)) {
      const reason = `the token cannot read ${path} (${answered(control)}), so nothing can be said of others`;
      // There are servers for exports alone.
      if ([404, 405, 501].includes(control.response?.status ?? 0)) throw new Skip('undecided', reason);
      throw new Block(reason, [control]);
    }
    const read = (credentials: Readonly<Record<string, string>>) =>
      http.send({
        url: belowBase(fhirBaseUrl, path),
        redirect: 'manual',
        headers: { accept: fhirFormat.accept, ...client.headers, ...credentials },
      });
    return { path, control, read };
  },
});

const validated = test({
  id: 'backend-services/token-validated',
  title: 'The FHIR API answers only to a token that was issued',
  requirements: ['backend-services/token-validated'],
  needs: [configuration, backendToken, protectedBackendRead],
  async run({ configuration: { data }, backendToken, protectedBackendRead: { path, control, read }, must, undecided }) {
    const requirement = 'backend-services/token-validated';
    const none = await read({});
    const isPersonal = path.startsWith('Patient') || path.startsWith(patientType(data));
    if (isSuccess(none) && !isPersonal) {
      const message = `GET ${path} is open to anyone, which the guide leaves to the server; a scope for Patient would tell more`;
      return undecided(requirement, { message, because: [control, none] });
    }
    const { accessToken } = backendToken.tokens;
    const attempts = [
      { what: 'no token', exchange: none },
      ...(await Promise.all(
        [
          { what: 'a made-up token', token: madeUpToken },
          { what: 'the token with one character changed', token: alteredToken(accessToken) },
        ].map(async ({ what, token }) => ({ what, exchange: await read({ authorization: `Bearer ${token}` }) })),
      )),
    ];
    for (const { what, exchange } of attempts) {
      must(requirement, !letsIn(exchange), {
        expected: `GET ${path} with ${what} to be refused`,
        actual: answered(exchange),
        because: [control, exchange],
      });
    }
  },
});

/** Seconds that are waited for a token to expire. */
const longestWait = 60;

/** A token that expires soon, of the first service that gets one. */
async function briefGrant(
  { shortLived, others = [] }: Configuration['clients'],
  { client: first, request }: BackendRequester,
) {
  const further = [shortLived, ...others].filter((client) => client !== undefined && isService(client));
  for (const client of [undefined, ...further]) {
    const departure = client && { client, ...(client.scope !== undefined && { scope: client.scope }) };
    const answer = await request(departure);
    const lifetime = answer.kind === 'granted' ? answer.tokens.members.expires_in : undefined;
    if (answer.kind === 'granted' && typeof lifetime === 'number' && lifetime <= longestWait) {
      return { client: client ?? first, lifetime, exchange: answer.exchange, tokens: answer.tokens };
    }
  }
  const reason = `no backend service has tokens of ${longestWait} s at most; clients.shortLived may name one`;
  throw new Skip('undecided', reason);
}

function isService({ keys, redirectUri }: Client): boolean {
  return keys !== undefined && redirectUri === undefined;
}

const expiredToken = artifact({
  name: 'expiredBackendToken',
  needs: [configuration, backendRequester, fhirReader],
  obtain({ configuration: { data, clients }, backendRequester, fhirReader }): Promise<ExpiredToken> {
    return expire(async () => {
      const { client, lifetime, exchange: granted, tokens } = await briefGrant(clients, backendRequester);
      const path = readablePath(tokens.scopes ?? [], data);
      if (path === null)
        throw new Skip('undecided', 'the token that expires soon allows no search that could be tried');
      return { lifetime, granted, use: () => fhirReader.read(path, { client, accessToken: tokens.accessToken }) };
    });
  },
});

const expired = test({
  id: 'backend-services/expired-token-refused',
  title: 'A token that has expired is refused at once, or soon',
  requirements: ['backend-services/token-validated'],
  needs: [expiredToken],
  waits: true,
  informs: true,
  run: ({ expiredBackendToken, ...judge }) =>
    judgeAtOnce('backend-services/token-validated', expiredBackendToken, judge),
});

const longExpired = test({
  id: 'backend-services/expired-token-refused-later',
  title: 'A token is refused when it has expired by whatever clock',
  requirements: ['backend-services/token-validated'],
  needs: [expiredToken, time],
  destroys: 'what expires meanwhile',
  run: ({ expiredBackendToken, time, ...judge }) =>
    judgeLater('backend-services/token-validated', expiredBackendToken, time, judge),
});

const writes = test({
  id: 'backend-services/create-outside-scope-refused',
  title: 'A token to read does not create',
  requirements: ['backend-services/requested-scopes-restrict'],
  needs: [backendToken, backendRead, optional(capabilityStatement), attempted(scratch)],
  async run({ backendToken, backendRead, capabilityStatement, scratch, must }) {
    const requirement = 'backend-services/requested-scopes-restrict';
    const { client, tokens, exchange: granted } = backendToken;
    const isOffered = offersInteraction(capabilityStatement?.resource, 'Patient', 'create') === true;
    if (isOffered && !isSuccess(backendRead.exchange)) {
      throw new Block('the token does not even read', [backendRead.exchange]);
    }
    if (covers(scopesOf(backendToken), 'system/Patient.c')) {
      throw new Skip('undecided', `the token may create patients: ${scopesOf(backendToken).join(' ')}`);
    }
    const notOffered = new Skip('not-advertised', '/metadata offers no create for Patient');
    if (isUnobtainable(scratch)) throw isOffered ? scratch : notOffered;
    const body = { resourceType: 'Patient', active: false };
    const bearer = { client, accessToken: tokens.accessToken };
    const exchange = await scratch.write({ method: 'POST', path: 'Patient', body }, bearer);
    // Where nobody can create, a refusal is not owed to the scope.
    if (!isOffered && !isSuccess(exchange)) throw notOffered;
    must(requirement, !isSuccess(exchange), {
      expected: `POST Patient to be refused to a token for ${scopesOf(backendToken).join(' ')}`,
      actual: answered(exchange),
      because: [granted, backendRead.exchange, exchange],
    });
    await scratch.clear();
  },
});

export const fhirApiTests = [restrict, unsupported, validated, expired, longExpired, writes];

import { gzipSync } from 'node:zlib';
import type { Asked, Override } from '../behaviour.ts';
import { changingTypes } from '../faults/operations.ts';
import {
  changesAnswers,
  changesAuthorization,
  changesIntrospection,
  changesOpenidConfiguration,
  changesRevocation,
  changesSmartConfiguration,
  changesTokenResponse,
  changesTokens,
  having,
  replaceRequest,
  without,
} from '../faults/overrides.ts';
import { bearerOutcome } from '../fhir/bearer-outcome.ts';
import { readResourceScope } from '../fhir/resource-scope.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { operationOutcome, page } from '../responses.ts';
import { together } from '../together.ts';
import { type Transaction, unguessable } from '../vault.ts';
import type { Variant } from './variant.ts';

/** What the FHIR API refuses, told in another way. */
function refusedAs(change: (answer: Response) => Response): Override {
  return changesAnswers('fhir', async (usually) => {
    const answer = await usually();
    return answer.status === 401 || answer.status === 403 || answer.status === 404 ? change(answer) : answer;
  });
}

/** Another query than was sent. */
function queried({ context }: Asked, change: (query: URLSearchParams) => void): void {
  const url = new URL(context.req.raw.url);
  change(url.searchParams);
  context.req.raw = new Request(url, context.req.raw);
}

/** The type that is searched by GET; null where another thing is asked for. */
function searchedType({ request }: Asked): string | null {
  const [, type] = /\/fhir\/([A-Z][A-Za-z]+)$/.exec(new URL(request.url).pathname) ?? [];
  return request.method === 'GET' ? (type ?? null) : null;
}

/** Deletes by `_id` (FHIR, "conditional delete": with no match as with one). */
const deletesWhatMatches: Override = together(
  (usual) => ({
    capabilityStatement: () =>
      changingTypes(usual.capabilityStatement(), (type) => ({ ...type, conditionalDelete: 'single' })),
  }),
  changesAnswers('fhir', async (answer, asked) => {
    const { method, headers, url } = asked.request;
    const one = new URL(url);
    const id = one.searchParams.get('_id');
    if (method !== 'DELETE' || id === null) return answer();
    one.pathname = `${one.pathname}/${id}`;
    one.search = '';
    replaceRequest(asked, one, { method, headers });
    const { status } = await answer();
    return new Response(null, { status: status === 401 ? status : 204 });
  }),
);

/** What was approved before and stands for consent that is about to be asked for; nothing where it is to be asked for. */
type Memory = (transaction: Transaction) => readonly string[];

/** Users are not asked for what they approved before. */
function remembering(createMemory: () => Memory): Override {
  return (usual, { vault, site }) => {
    const memory = createMemory();
    return {
      respond: async (asked, answer) => {
        if (asked.endpoint !== 'interaction') return usual.respond(asked, answer);
        const id = asked.context.req.param('id') ?? '';
        const transaction = vault.transactions.get(id);
        const answered = await usual.respond(asked, answer);
        if (!transaction) return answered;
        const kept = memory(transaction);
        const isAsked = transaction.approved === null && (await answered.clone().text()).includes('name="decision"');
        if (!isAsked || kept.length === 0) return answered;
        transaction.approved = kept;
        const headers = new Headers({ location: `${site.baseUrl}/oauth/interaction/${id}` });
        for (const cookie of answered.headers.getSetCookie()) headers.append('set-cookie', cookie);
        return new Response(null, { status: 303, headers });
      },
    };
  };
}

function appAndUser({ request, session }: Transaction): readonly unknown[] {
  return [request.client.clientId, session?.person?.username];
}

/** Consent that was given holds for the same app, user and scopes. */
const remembersConsent = remembering(() => {
  const given = new Set<string>();
  return (transaction) => {
    const { offered, approved } = transaction;
    const key = JSON.stringify([...appAndUser(transaction), [...offered].sort()]);
    if (approved && approved.length === offered.length) given.add(key);
    return given.has(key) ? offered : [];
  };
});

/** What a user once allowed an app is what it gets of whatever it asks for later; they are asked anew with `prompt=consent`. */
const keepsConsent = remembering(() => {
  const given = new Map<string, ReadonlySet<string>>();
  return (transaction) => {
    const { request, offered, approved } = transaction;
    const key = JSON.stringify(appAndUser(transaction));
    const known = given.get(key) ?? new Set<string>();
    if (approved) given.set(key, new Set([...known, ...approved]));
    return request.parameters.get('prompt') === 'consent' ? [] : offered.filter((scope) => known.has(scope));
  };
});

/** What some servers do in their own way, and the guide has no word about. */
export const peculiarityVariants: readonly Variant[] = [
  {
    id: 'refusals-bare',
    summary: 'Refuses at the FHIR API without a word',
    warned: ['scopes/errors-operation-outcome'],
    override: refusedAs(({ status, headers }) => {
      const challenge = headers.get('www-authenticate');
      return new Response(null, { status, headers: challenge === null ? {} : { 'www-authenticate': challenge } });
    }),
  },
  {
    id: 'refusals-in-html',
    summary: 'Refuses at the FHIR API with a page, as a gateway does',
    warned: ['scopes/errors-operation-outcome'],
    override: refusedAs(({ status, headers }) => {
      const challenge = headers.get('www-authenticate');
      const refused = page('Refused', '<p>See the help desk.</p>', { status });
      if (challenge !== null) refused.headers.set('www-authenticate', challenge);
      return refused;
    }),
  },
  {
    id: 'challenges-in-one-field',
    summary: 'Names several schemes in one WWW-Authenticate, Bearer last',
    override: refusedAs((answer) => {
      const challenge = answer.headers.get('www-authenticate');
      if (challenge) answer.headers.set('www-authenticate', `Negotiate, Basic realm="staff, only", ${challenge}`);
      return answer;
    }),
  },
  {
    id: 'challenges-in-several-fields',
    summary: 'Sends a WWW-Authenticate for each scheme',
    override: refusedAs((answer) => {
      const challenge = answer.headers.get('www-authenticate');
      if (challenge) {
        answer.headers.set('www-authenticate', 'DPoP algs="ES256"');
        answer.headers.append('www-authenticate', challenge);
      }
      return answer;
    }),
  },
  {
    id: 'one-entry-a-page',
    summary: 'Gives one resource a page, whatever _count',
    override: changesAnswers('fhir', (answer, asked) => {
      if (searchedType(asked) !== null) queried(asked, (query) => query.set('_count', '1'));
      return answer();
    }),
  },
  {
    id: 'patient-demanded',
    summary: 'Refuses to search observations and conditions without a patient, but by their ids',
    override: changesAnswers('fhir', (answer, asked, _usual, { fhirVersion }) => {
      const query = new URL(asked.request.url).searchParams;
      const isAbout = ['patient', 'subject', '_id', 'subject:Patient'].some((name) => query.has(name));
      return ['Observation', 'Condition'].includes(searchedType(asked) ?? '') && !isAbout
        ? operationOutcome(fhirVersion, 'required', 'patient is to be given', { status: 400 })
        : answer();
    }),
  },
  {
    id: 'other-patients-forbidden',
    summary: 'Answers 403 to searches for another patient than the one in context',
    override: changesAnswers('fhir', (answer, asked, usual, { fhirVersion }) => {
      const decision = bearerOutcome(asked.request, usual);
      const wanted = new URL(asked.request.url).searchParams.get('patient')?.replace(/^.*\//, '');
      const own = decision.kind === 'granted' ? decision.grant : null;
      const isForOne = own?.scopes.every((scope) => (readResourceScope(scope)?.level ?? 'patient') === 'patient');
      return own && isForOne && wanted !== undefined && wanted !== own.patient
        ? operationOutcome(fhirVersion, 'forbidden', 'another patient is in context', { status: 403 })
        : answer();
    }),
  },
  {
    id: 'tokens-of-eight-kilobytes',
    summary: 'Issues access tokens of eight kilobytes',
    override: changesTokens(() => ({ newAccessToken: () => `${'Aa0-._~+/'.repeat(900)}${unguessable()}` })),
  },
  {
    id: 'expiry-unsaid',
    summary: 'Does not say at first for how long an access token is good, and writes token_type in capitals',
    warned: ['app-launch/expires-in-present'],
    override: changesTokenResponse((members, _grant, grantType) => ({
      ...(grantType === 'authorization_code' ? without('expires_in')(members) : members),
      token_type: 'BEARER',
    })),
  },
  {
    id: 'v1-answered-as-v2',
    summary: 'Names scopes of guide 1.0 as those of 2.0, letter by letter, the last first',
    warned: ['scopes/v1-returned-as-v1'],
    override: changesTokens((usual) => ({
      grantedScopes: (approved, client) =>
        usual
          .grantedScopes(approved, client)
          .map((scope) =>
            scope
              .replace(/^((?:patient|user|system)\/[^.]+)\.read$/, '$1.rs')
              .replace(/^((?:patient|user|system)\/[^.]+)\.write$/, '$1.cud')
              .replace(/^((?:patient|user|system)\/[^.]+)\.\*$/, '$1.cruds'),
          )
          .reverse(),
    })),
  },
  {
    id: 'consent-remembered',
    summary: 'Asks for consent once for an app, a user and what they allowed',
    override: remembersConsent,
  },
  {
    id: 'consent-kept',
    summary: 'Grants what a user once allowed an app, whatever it asks for later, and asks again with prompt=consent',
    override: keepsConsent,
  },
  {
    id: 'authorize-post-redirected',
    summary: 'Sends whoever posts to the authorization endpoint there by GET',
    override: changesAnswers('authorize', async (answer, { request }, _usual, { site }) => {
      if (request.method !== 'POST') return answer();
      const location = `${site.authorize}${site.authorize.includes('?') ? '&' : '?'}${await request.clone().text()}`;
      return new Response(null, { status: 303, headers: { location } });
    }),
  },
  {
    id: 'authorized-elsewhere',
    summary: 'Has its authorization endpoint on another origin than the pages where users sign in',
    site: (usual) => ({ ...usual, authorize: usual.authorize.replace('//127.0.0.1', '//localhost') }),
  },
  {
    id: 'more-of-oauth',
    summary: 'Offers pushed requests and DPoP, says who it is with every answer, and names scopes nobody asks for',
    override: together(
      changesSmartConfiguration((document, { site }) => ({
        ...document,
        pushed_authorization_request_endpoint: `${site.baseUrl}/oauth/par`,
        require_pushed_authorization_requests: false,
        dpop_signing_alg_values_supported: ['ES256'],
        authorization_response_iss_parameter_supported: true,
        response_modes_supported: ['query', 'form_post'],
        tls_client_certificate_bound_access_tokens: false,
        scopes_supported: [
          ...(Array.isArray(document.scopes_supported) ? document.scopes_supported : []),
          'https://ehr.example.org/scopes/billing',
        ],
      })),
      changesOpenidConfiguration(
        having({ dpop_signing_alg_values_supported: ['ES256'], claims_parameter_supported: false }),
      ),
      changesAuthorization(({ responseUrl }, { site }) => ({
        responseUrl: (request, answer) => responseUrl(request, { ...answer, iss: site.issuer }),
      })),
    ),
  },
  {
    id: 'codes-of-five-seconds',
    summary: 'Issues codes that are good for five seconds',
    override: changesAuthorization(() => ({ codeLifetime: 5000 })),
  },
  {
    id: 'refresh-keeps-scope',
    summary: 'Gives all that was granted on refresh, whatever less is asked for',
    override: changesTokens(() => ({ refreshedScopes: (grant) => grant.scopes })),
  },
  {
    id: 'unknown-scopes-refused',
    summary: 'Refuses whoever asks for a scope that it does not know',
    override: changesAuthorization(({ checks, offeredScopes }) => ({
      checks: {
        ...checks,
        scope: (parameters, client) => {
          const asked = (parameters.get('scope') ?? '').split(' ').filter(Boolean);
          const known = offeredScopes([...new Set(asked)], client, null);
          const isUnknown = asked.some((scope) => scope !== 'launch' && !known.includes(scope));
          const refused = { error: 'invalid_scope', description: 'there is no such scope' };
          return isUnknown ? refused : checks.scope(parameters, client);
        },
      },
    })),
  },
  {
    id: 'clock-ahead',
    summary: 'Has a clock that is nearly half a minute ahead of others',
    secondsAhead: 25,
    override: (usual, { now }) => ({
      respond: async (asked, answer) => {
        const answered = await usual.respond(asked, answer);
        const copy = new Response(answered.body, answered);
        copy.headers.set('date', new Date(now()).toUTCString());
        return copy;
      },
    }),
  },
  {
    id: 'bodies-packed',
    summary: 'Packs JSON with gzip for whoever takes it',
    override: (usual) => ({
      respond: async (asked, answer) => {
        const answered = await usual.respond(asked, answer);
        const isTaken = asked.request.headers.get('accept-encoding')?.includes('gzip') ?? false;
        if (!isTaken || !/json/.test(answered.headers.get('content-type') ?? '')) return answered;
        const packed = new Response(gzipSync(await answered.text()), answered);
        packed.headers.set('content-encoding', 'gzip');
        packed.headers.delete('content-length');
        return packed;
      },
    }),
  },
  {
    id: 'conditional-deletes-of-nothing',
    summary: 'Deletes on a condition what matches of what a token may delete, and is content where nothing does',
    override: deletesWhatMatches,
  },
  {
    id: 'histories-withheld',
    summary: 'Keeps no histories, and answers no HEAD at the FHIR API',
    override: changesAnswers('fhir', (answer, { request }, _usual, { fhirVersion }) => {
      const isHistory = new URL(request.url).pathname.includes('/_history');
      return isHistory || request.method === 'HEAD'
        ? operationOutcome(fhirVersion, 'not-supported', 'this is not served', { status: isHistory ? 404 : 405 })
        : answer();
    }),
  },
  {
    id: 'searches-commented',
    summary: 'Has a word on every search in its Bundle, a narrative in every resource, and no total',
    override: everyResource((resource) => {
      const { total: _, ...others } = resource;
      if (resource.resourceType !== 'Bundle') return { ...resource, text: narrative, language: 'en' };
      const entries = Array.isArray(resource.entry) ? resource.entry : [];
      const remark = { resourceType: 'OperationOutcome', issue: [{ severity: 'information', code: 'informational' }] };
      return resource.type === 'searchset'
        ? { ...others, entry: [...entries, { resource: remark, search: { mode: 'outcome' } }] }
        : resource;
    }),
  },
  {
    id: 'refresh-tokens-introspected',
    summary: 'Tells of refresh tokens, too, when asked about them',
    override: changesIntrospection(({ live, active }, { vault }) => {
      let isRefreshToken = false;
      return {
        live: (token, hint) => {
          const found = vault.refreshTokens.get(token);
          isRefreshToken = found !== undefined && !found.used && !found.grant.revoked;
          const [issued] = [...vault.accessTokens.values()].filter(({ grant }) => grant === found?.grant).reverse();
          return (isRefreshToken ? issued : live(token, hint)) ?? null;
        },
        active: (issued, caller) => {
          const { token_type: type, exp, ...told } = active(issued, caller);
          return isRefreshToken ? { ...told, exp: Number(exp) + 86_400 } : { ...told, token_type: type, exp };
        },
      };
    }),
  },
  {
    id: 'revocation-ends-all',
    summary: 'Ends, with any token, all that the app has for the user',
    override: changesRevocation(({ end }, { vault }) => ({
      end: (token) => {
        end(token);
        const { client, person } = token.issued.grant;
        for (const { grant } of [...vault.accessTokens.values(), ...vault.refreshTokens.values()]) {
          grant.revoked ||= grant.client === client && grant.person === person;
        }
      },
    })),
  },
  {
    id: 'reuse-ends-grant',
    summary: 'Ends the grant of a refresh token, or of a code, that comes a second time, and rotates them all',
    override: changesTokens(({ refreshChecks }) => ({
      rotates: () => true,
      refreshChecks: {
        ...refreshChecks,
        unused: (token, ...of) => {
          token.grant.revoked ||= token.used;
          return refreshChecks.unused(token, ...of);
        },
      },
    })),
  },
  {
    id: 'references-checked',
    summary: 'Takes no resource that refers to a patient whom the token may not read',
    override: changesAnswers('fhir', async (answer, { request }, _usual, { vault, fhirVersion }) => {
      const text = ['POST', 'PUT'].includes(request.method) ? await request.clone().text() : '';
      const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
      const issued = vault.accessTokens.get(token);
      const mayRead = (scope: string) => {
        const read = readResourceScope(scope);
        return read !== null && ['*', 'Patient'].includes(read.type) && read.permissions.has('r');
      };
      const refers = /^\{"resourceType":"(?!Bundle).*"reference":"Patient\//s.test(text);
      if (!issued || !refers || issued.scopes.some(mayRead)) return answer();
      return operationOutcome(fhirVersion, 'invalid', 'Invalid reference', { status: 400 });
    }),
  },
  {
    id: 'slow-answers',
    summary: 'Takes its time at the token endpoint',
    override: changesAnswers('token', async (answer) => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      return answer();
    }),
  },
];

const narrative = {
  status: 'generated',
  div: '<div xmlns="http://www.w3.org/1999/xhtml">Observation of Patient/pat-2</div>',
};

/** Every resource that the FHIR API sends as JSON, and each in a Bundle. */
function everyResource(change: (resource: JsonObject) => JsonObject): Override {
  const changed = (resource: JsonObject): JsonObject =>
    change({
      ...resource,
      ...(Array.isArray(resource.entry) && {
        entry: resource.entry.map((entry: unknown) =>
          isJsonObject(entry) && isJsonObject(entry.resource) ? { ...entry, resource: changed(entry.resource) } : entry,
        ),
      }),
    });
  return changesAnswers('fhir', async (usually) => {
    const answer = await usually();
    const text = answer.ok ? await answer.clone().text() : '';
    const resource: unknown = text === '' ? null : JSON.parse(text);
    return isJsonObject(resource) ? new Response(JSON.stringify(changed(resource)), answer) : answer;
  });
}

import { type BackendGrant, backendToken } from '../../src/artifacts/backend.ts';
import { narrowReads } from '../../src/artifacts/backend-narrow.ts';
import { scopesOf } from '../../src/artifacts/backend-read.ts';
import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import { answered, isSuccess } from '../../src/artifacts/document.ts';
import type { Asker, Bearer } from '../../src/artifacts/fhir-reader.ts';
import { settled } from '../../src/artifacts/settled.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { offersOperation } from '../../src/fhir/interactions.ts';
import { letsIn } from '../../src/fhir/served.ts';
import { jsonObjectIn } from '../../src/http/json-object-in.ts';
import { readJson } from '../../src/http/read-json.ts';
import { artifact, configuration, type Exchange, http, isRecord, Skip, test } from '../../src/kit/index.ts';
import { alteredToken, madeUpToken } from '../../src/oauth/altered-token.ts';
import { readAll } from '../../src/smart/scope.ts';
import { belowBase } from '../../src/smart/well-known.ts';

/** Begins exports, and ends them again (HL7 Bulk Data Access, "Export"): a job, which comes to a list of files. */
const exporter = artifact({
  name: 'exporter',
  needs: [configuration, capabilityStatement, fhirBaseUrl, http],
  obtain({ configuration: { allowWrites }, capabilityStatement, fhirBaseUrl, http }) {
    if (!offersOperation(capabilityStatement.resource, 'Patient', 'export')) {
      throw new Skip('not-advertised', '/metadata lists no operation export of Patient');
    }
    if (!allowWrites) throw new Skip('not-allowed', 'it begins a job, which allowWrites (or --allow-writes) permits');
    const { origin } = new URL(fhirBaseUrl);
    const headersOf = ({ client, accessToken }: Asker, accept: string) => ({
      accept,
      ...client.headers,
      ...(accessToken !== null && { authorization: `Bearer ${accessToken}` }),
    });
    return {
      origin,
      begin: (type: string, of: Asker) =>
        http.send({
          url: belowBase(fhirBaseUrl, `Patient/$export?_type=${type}`),
          redirect: 'manual',
          headers: { ...headersOf(of, 'application/fhir+json'), prefer: 'respond-async' },
        }),
      get: (url: string, of: Asker, accept: string) =>
        http.send({ url, redirect: 'manual', headers: headersOf(of, accept) }),
      /** Ends a job that has begun; nothing where none has. */
      async cancel(begun: Exchange, of: Asker): Promise<void> {
        const url = jobOf(begun, origin);
        if (url === null) return;
        const headers = headersOf(of, 'application/fhir+json');
        await http.send({ method: 'DELETE', url, redirect: 'manual', headers, outlastsInterruption: true });
      },
    };
  },
});

function askerOf({ client, tokens }: BackendGrant): Bearer {
  return { client, accessToken: tokens.accessToken };
}

const exported = test({
  id: 'backend-services/export-within-scope',
  title: 'An export brings no type that the token\u2019s scope does not cover',
  requirements: ['backend-services/requested-scopes-restrict'],
  needs: [backendToken, narrowReads, exporter],
  async run({ backendToken, narrowReads: { grant, otherType }, exporter, must, undecided }) {
    const requirement = 'backend-services/requested-scopes-restrict';
    const { origin, begin, get, cancel } = exporter;
    const [wide, narrow] = [askerOf(backendToken), askerOf(grant)];
    const control = await begin(otherType, wide);
    await cancel(control, wide);
    const begun = await begin(otherType, narrow);
    const job = jobOf(begun, origin);
    const expected = `no ${otherType} to be exported with a token for ${grant.scope}`;
    const because = [grant.exchange, control, begun];
    if (job === null) {
      const status = begun.response?.status ?? 0;
      if (jobOf(control, origin) !== null && status >= 400 && status < 500) {
        return must(requirement, true, { expected, actual: answered(begun), because });
      }
      const message = `exports were answered ${answered(control)} to the wide token, and ${answered(begun)} to the narrow one`;
      return undecided(requirement, { message, because });
    }
    const list = await settled(
      () => get(job, narrow, 'application/json'),
      ({ response }) => response?.status !== 202,
    );
    const files = filesOf(list, otherType);
    const file = files.find((url) => new URL(url).origin === origin);
    const content = file === undefined ? null : await get(file, narrow, 'application/fhir+ndjson');
    await cancel(begun, narrow);
    const seen = [...because, list, ...(content ? [content] : [])];
    const lines = content ? resourcesIn(content, otherType) : 0;
    if (lines > 0) {
      return must(requirement, false, { expected, actual: `a file with ${lines} of them`, because: seen });
    }
    const isEmpty = list.response?.status === 200 && files.length === 0;
    const message = isEmpty
      ? `the export has no ${otherType}, and nothing shows that it would with another token`
      : `the export came to no list of files that could be read: ${answered(content ?? list)}`;
    undecided(requirement, { message, because: seen });
  },
});

const guarded = test({
  id: 'backend-services/export-needs-token',
  title: 'An export begins for no token that was not issued',
  requirements: ['backend-services/token-validated'],
  needs: [backendToken, exporter],
  async run({ backendToken, exporter: { begin, cancel }, must }) {
    const { client, accessToken } = askerOf(backendToken);
    const type = readAll(scopesOf(backendToken)).find(({ type: named }) => named !== '*')?.type ?? 'Patient';
    const beginWith = async (token: string | null) => {
      const exchange = await begin(type, { client, accessToken: token });
      await cancel(exchange, { client, accessToken });
      return exchange;
    };
    const control = await beginWith(accessToken);
    if (!isSuccess(control)) {
      throw new Skip('undecided', `no export begins with the token either: ${answered(control)}`, [control]);
    }
    for (const [what, token] of [
      ['no token', null],
      ['a made-up token', madeUpToken],
      ['the token with one character changed', alteredToken(accessToken)],
    ] as const) {
      const exchange = await beginWith(token);
      must('backend-services/token-validated', !letsIn(exchange), {
        expected: `an export of ${type} with ${what} to be refused`,
        actual: answered(exchange),
        because: [backendToken.exchange, control, exchange],
      });
    }
  },
});

/** The address at which a job is asked about; null where none has begun, or at another origin than the token is for. */
function jobOf({ request, response }: Exchange, origin: string): string | null {
  const location = response?.status === 202 ? response.headers['content-location'] : undefined;
  if (location === undefined || !URL.canParse(location, request.url)) return null;
  const url = new URL(location, request.url);
  return url.origin === origin ? url.href : null;
}

function filesOf(list: Exchange, type: string): readonly string[] {
  const output = list.response?.status === 200 ? jsonObjectIn(list)?.output : undefined;
  return (Array.isArray(output) ? output.filter(isRecord) : []).flatMap(({ type: of, url }) =>
    of === type && typeof url === 'string' && URL.canParse(url) ? [url] : [],
  );
}

/** How many lines of a file are resources of a type. */
function resourcesIn({ response }: Exchange, type: string): number {
  const lines = response?.status === 200 ? response.body.split('\n') : [];
  return lines.filter((line) => {
    const json = readJson(line);
    return json.kind === 'value' && isRecord(json.value) && json.value.resourceType === type;
  }).length;
}

export const exportTests = [exported, guarded];

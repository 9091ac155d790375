import { type BackendGrant, backendToken } from '../../src/artifacts/backend.ts';
import { narrowReads } from '../../src/artifacts/backend-narrow.ts';
import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import { answered } from '../../src/artifacts/document.ts';
import { settled } from '../../src/artifacts/settled.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { offersOperation } from '../../src/fhir/interactions.ts';
import { jsonObjectIn } from '../../src/http/json-object-in.ts';
import { readJson } from '../../src/http/read-json.ts';
import { configuration, type Exchange, http, isRecord, Skip, test } from '../../src/kit/index.ts';
import { belowBase } from '../../src/smart/well-known.ts';

const requirement = 'backend-services/requested-scopes-restrict';

/** HL7 Bulk Data Access, "Export": a request begins a job, which ends with a list of files. */
const exported = test({
  id: 'backend-services/export-within-scope',
  title: 'An export brings no type that the token\u2019s scope does not cover',
  requirements: [requirement],
  needs: [configuration, capabilityStatement, backendToken, narrowReads, fhirBaseUrl, http],
  async run({ configuration, capabilityStatement, backendToken, narrowReads, fhirBaseUrl, http, must, undecided }) {
    if (!offersOperation(capabilityStatement.resource, 'Patient', 'export')) {
      throw new Skip('not-advertised', '/metadata lists no operation export of Patient');
    }
    if (!configuration.allowWrites) {
      throw new Skip('not-allowed', 'it begins a job, which allowWrites (or --allow-writes) permits');
    }
    const { grant, otherType } = narrowReads;
    const origin = new URL(fhirBaseUrl).origin;
    const headersOf = ({ client, tokens }: BackendGrant, accept: string) => ({
      accept,
      ...client.headers,
      authorization: `Bearer ${tokens.accessToken}`,
    });
    const begin = (of: BackendGrant) =>
      http.send({
        url: belowBase(fhirBaseUrl, `Patient/$export?_type=${otherType}`),
        redirect: 'manual',
        headers: { ...headersOf(of, 'application/fhir+json'), prefer: 'respond-async' },
      });
    const get = (url: string, of: BackendGrant, accept: string) =>
      http.send({ url, redirect: 'manual', headers: headersOf(of, accept) });
    const cancel = (job: string, of: BackendGrant) =>
      http.send({
        method: 'DELETE',
        url: job,
        redirect: 'manual',
        headers: headersOf(of, 'application/fhir+json'),
        outlastsInterruption: true,
      });

    const control = await begin(backendToken);
    const controlJob = jobOf(control, origin);
    if (controlJob !== null) await cancel(controlJob, backendToken);
    const begun = await begin(grant);
    const job = jobOf(begun, origin);
    const expected = `no ${otherType} to be exported with a token for ${grant.scope}`;
    const because = [grant.exchange, control, begun];
    if (job === null) {
      const status = begun.response?.status ?? 0;
      if (controlJob !== null && status >= 400 && status < 500) {
        return must(requirement, true, { expected, actual: answered(begun), because });
      }
      const message = `exports were answered ${answered(control)} to the wide token, and ${answered(begun)} to the narrow one`;
      return undecided(requirement, { message, because });
    }
    const list = await settled(
      () => get(job, grant, 'application/json'),
      ({ response }) => response?.status !== 202,
    );
    const files = filesOf(list, otherType);
    const file = files.find((url) => new URL(url).origin === origin);
    const content = file === undefined ? null : await get(file, grant, 'application/fhir+ndjson');
    await cancel(job, grant);
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

export const exportTests = [exported];

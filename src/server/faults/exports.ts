/** Bulk export at the level of patients (HL7 Bulk Data Access, "Export"). */
import type { Override } from '../behaviour.ts';
import { isJsonObject } from '../json.ts';
import { json } from '../responses.ts';
import { together } from '../together.ts';
import { unguessable } from '../vault.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { almighty, isIssued } from './formats.ts';
import { listingOperation } from './operations.ts';
import { changesAnswers, replaceRequest } from './overrides.ts';

/** What becomes of types that no scope covers, and, where it is open, of exports without a token that was issued. */
type Beyond = 'refused' | 'left-out' | 'exported' | 'open';

/** A job that has begun. */
interface Job {
  readonly type: string;
  readonly lines: readonly unknown[];
  asked: boolean;
}

/** The FHIR API with `Patient/$export`, which ends after the second look. */
export function offersExport(beyond: Beyond): Override {
  const jobs = new Map<string, Job>();
  return together(
    (usual) => ({
      capabilityStatement: () => listingOperation(usual.capabilityStatement(), 'Patient', exportOfPatients),
    }),
    changesAnswers('fhir', async (answer, asked, _usual, setup) => {
      const { request } = asked;
      const { site } = setup;
      const url = new URL(request.url);
      const [, place, id = ''] = /\/\$export-(status|file)\/([\w-]+)$/.exec(url.pathname) ?? [];
      const job = jobs.get(id);
      if (job && place === 'file') {
        const text = job.lines.map((line) => `${JSON.stringify(line)}\n`).join('');
        return new Response(text, { headers: { 'content-type': 'application/fhir+ndjson' } });
      }
      if (job && request.method === 'DELETE') {
        jobs.delete(id);
        return new Response(null, { status: 202 });
      }
      if (job) {
        if (!job.asked) {
          job.asked = true;
          return new Response(null, { status: 202, headers: { 'x-progress': 'begun' } });
        }
        const output = job.lines.length > 0 ? [{ type: job.type, url: `${site.fhir}/$export-file/${id}` }] : [];
        return json({ transactionTime: new Date(setup.now()), requiresAccessToken: true, output, error: [] });
      }
      if (!url.pathname.endsWith('/Patient/$export')) return answer();
      const type = url.searchParams.get('_type') ?? 'Patient';
      // A search finds the same.
      const headers = new Headers(request.headers);
      const isIssuedToken = isIssued(headers.get('authorization'), setup);
      if (beyond === (isIssuedToken ? 'exported' : 'open'))
        headers.set('authorization', `Bearer ${almighty(setup) ?? ''}`);
      const search = new URL(`${url.pathname.replace('/Patient/$export', `/${type}`)}`, url);
      replaceRequest(asked, search, { headers });
      const found = await answer();
      if (found.status !== 200 && !(found.status === 403 && beyond === 'left-out')) return found;
      const bundle: unknown = await found.json();
      const entries = isJsonObject(bundle) && Array.isArray(bundle.entry) ? bundle.entry.filter(isJsonObject) : [];
      const begun = unguessable();
      jobs.set(begun, { type, lines: entries.map(({ resource }) => resource), asked: false });
      return new Response(null, {
        status: 202,
        headers: { 'content-location': `${site.fhir}/$export-status/${begun}` },
      });
    }),
  );
}

const exportOfPatients = {
  name: 'export',
  definition: 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export',
};

const rows: readonly FaultRow[] = [
  {
    id: 'backend-services/requested-scopes-restrict~export',
    level: 'fail',
    summary: 'An export brings types that no scope of the token covers',
    override: offersExport('exported'),
  },
  {
    id: 'backend-services/token-validated~export',
    level: 'fail',
    summary: 'An export begins for whoever asks',
    override: offersExport('open'),
  },
];

export const exportFaults = faultsOf(rows);

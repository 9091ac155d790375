import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { patientRecord } from '../../src/artifacts/patient-record.ts';
import { scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { workbench } from '../../src/artifacts/workbench.ts';
import { addressOf, resourcesServed, servedResources } from '../../src/fhir/served.ts';
import { jsonObjectIn } from '../../src/http/json-object-in.ts';
import { type Exchange, isRecord, type Judge, Skip, test } from '../../src/kit/index.ts';
import { isConsidered, uncoveredBy } from './judging.ts';

const ids = ['scopes/scope-covers-request', 'scopes/batch-entries-checked-singly'] as const;

/** The text says "should", in small letters; what comes of it breaks a rule that says SHALL. */
function judgeEntry(
  holds: boolean,
  evidence: Parameters<Judge['must']>[2],
  { must, should }: Pick<Judge<(typeof ids)[number]>, 'must' | 'should'>,
): void {
  must('scopes/scope-covers-request', holds, evidence);
  should('scopes/batch-entries-checked-singly', holds, evidence);
}

const reads = test({
  id: 'scopes/batch-entries-checked-singly',
  title: 'Each entry of a batch or transaction needs its own scope',
  requirements: ids,
  needs: [patientRecord, scopeGrants, fhirReader],
  async run({ patientRecord: { type, patient, resources, another, whole }, scopeGrants, fhirReader, ...judge }) {
    const token = await scopeGrants.exactly(scopeGrants.on(type));
    const [first] = resources;
    if (!first) throw new Skip('undecided', `the patient has no ${type}`);
    const own = addressOf(first);
    const control = await fhirReader.bundle('batch', [own], token);
    if (servedResources(control, type).length === 0) {
      throw new Skip(
        'not-advertised',
        `a batch with GET ${own} alone was answered ${answered(control)}: there are none here`,
        [control],
      );
    }
    const more = [
      `Patient/${patient}`,
      ...(another ? [addressOf(another), `${String(another.resourceType)}?patient=${patient}`] : []),
    ];
    const allowed = await fhirReader.bundle('batch', [own, ...more], whole);
    const isForbidden = uncoveredBy(token);
    if (!resourcesServed(allowed).some(isForbidden)) throw new Skip('undecided', 'nothing shows what is withheld');
    let isJudged = false;
    for (const kind of ['batch', 'transaction'] as const) {
      const exchange = await fhirReader.bundle(kind, [own, ...more], token);
      const leaked = resourcesServed(exchange).filter(isForbidden);
      if (leaked.length === 0 && !isConsidered(exchange)) continue;
      const evidence = {
        expected: `no entry of a ${kind} to bring what ${token.granted.join(' ')} does not cover`,
        actual: leaked.length === 0 ? answered(exchange) : `it brought ${leaked.map(addressOf).join(', ')}`,
        because: [control, allowed, exchange] satisfies readonly Exchange[],
      };
      judgeEntry(leaked.length === 0, evidence, judge);
      isJudged = true;
    }
    if (!isJudged) throw nothingConsidered();
  },
});

const writes = test({
  id: 'scopes/batch-writes-checked-singly',
  title: 'A token to read and search writes nothing in a batch',
  requirements: ids,
  needs: [patientRecord, workbench, scopeGrants, fhirReader],
  async run({ patientRecord: { resources }, workbench, scopeGrants, fhirReader, ...judge }) {
    const { type, scratch } = workbench;
    const token = await scopeGrants.exactly(workbench.with(scopeGrants.on(type)));
    const [first] = resources;
    if (!first) throw new Skip('undecided', `the patient has no ${type}`);
    const control = await fhirReader.bundle('batch', [addressOf(first)], token);
    if (servedResources(control, type).length === 0) {
      throw new Skip('not-advertised', `a batch with one read was answered ${answered(control)}: there are none here`, [
        control,
      ]);
    }
    const piece = await workbench.make();
    const id = piece.path.slice(piece.path.indexOf('/') + 1);
    const entry = [
      { request: { method: 'GET', url: addressOf(first) } },
      { request: { method: 'POST', url: type }, resource: workbench.content() },
      { request: { method: 'PUT', url: piece.path }, resource: { ...piece.resource, id, language: 'en' } },
      { request: { method: 'DELETE', url: piece.path } },
    ];
    let isJudged = false;
    for (const [kind, entries] of [
      ['batch', entry],
      ['transaction', entry.slice(0, 2)],
    ] as const) {
      const body = { resourceType: 'Bundle', type: kind, entry: entries };
      const exchange = await scratch.write({ method: 'POST', path: '', body }, token);
      const done = writesDone(exchange);
      const after = await fhirReader.read(piece.path, workbench.keeper);
      const isGone = after.response?.status === 404 || after.response?.status === 410;
      const evidence = {
        expected: `no entry of a ${kind} to write with ${token.granted.join(' ')}`,
        actual: done.length > 0 || isGone ? `done: ${isGone ? 'DELETE' : done.join(', ')}` : answered(exchange),
        because: [control, exchange, after],
      };
      if (done.length === 0 && !isGone && !isConsidered(exchange)) continue;
      judgeEntry(done.length === 0 && !isGone, evidence, judge);
      isJudged = true;
    }
    await scratch.clear([piece.path]);
    if (!isJudged) throw nothingConsidered();
  },
});

function nothingConsidered(): Skip {
  return new Skip('undecided', 'neither the batch nor the transaction was answered by more than trouble of the server');
}

/** The statuses of entries behind the first that say that something was done. */
function writesDone(exchange: Exchange): readonly string[] {
  if (!isSuccess(exchange)) return [];
  const entries = jsonObjectIn(exchange)?.entry;
  const answers = Array.isArray(entries) ? entries.filter(isRecord).map((entry) => entry.response) : [];
  return answers
    .slice(1)
    .map((answer) => (isRecord(answer) ? String(answer.status) : ''))
    .filter((status) => /^2/.test(status));
}

export const batchTests = [reads, writes];

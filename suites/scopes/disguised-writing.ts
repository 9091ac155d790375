import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { othersRecord } from '../../src/artifacts/patient-record.ts';
import { scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { type Workpiece, workbench } from '../../src/artifacts/workbench.ts';
import { patientsOf } from '../../src/fhir/patient-compartment.ts';
import { type Resource, resourcesServed } from '../../src/fhir/served.ts';
import { type Exchange, Skip, test } from '../../src/kit/index.ts';
import { attempt } from './interactions.ts';
import { demandOnePatient } from './one-patient.ts';
import { ownerOf } from './writing.ts';

const requirement = 'scopes/one-patient-only';

/** What is there is about one patient, and what is sent about another: a server has to look at both. */
const disguised = test({
  id: 'scopes/other-patient-not-written-in-disguise',
  title: 'patient/ scopes move nothing from one record to another',
  requirements: [requirement],
  needs: [workbench, othersRecord, scopeGrants, fhirReader, fhirBaseUrl],
  async run({ workbench, othersRecord: { patient: other }, scopeGrants, fhirReader, fhirBaseUrl, must, undecided }) {
    const { keeper, scratch, content } = workbench;
    demandOnePatient(keeper);
    const owner = await ownerOf(workbench, (scope, approver) => scopeGrants.grant(scope, approver));
    if (!owner)
      throw new Skip('undecided', 'needs users.practitioner, who may write for both patients, to see what was moved');
    scratch.entrust(owner);
    const expected = `nothing to be written for patient ${other} with ${keeper.granted.join(' ')}`;

    if (workbench.offers('update')) {
      const theirs = await workbench.make(owner, other);
      const mine = await workbench.make();
      const control = await attempt('update', mine, keeper, { workbench, fhirReader });
      const body = { ...content(), id: idOf(theirs) };
      const taken = isSuccess(control)
        ? await scratch.write({ method: 'PUT', path: theirs.path, body, headers: ifMatch(theirs.exchange) }, keeper)
        : null;
      await scratch.clear([theirs.path, mine.path]);
      const because = [keeper.exchange, theirs.exchange, control];
      if (taken) {
        must(requirement, !isSuccess(taken), {
          expected,
          actual: `PUT of their ${theirs.path}, sent as if it were about the patient in context, was answered ${answered(taken)}`,
          because: [...because, taken],
        });
      } else {
        undecided(requirement, { message: `PUT changes nothing at all: ${answered(control)}`, because });
      }
    }

    for (const method of ['PUT', 'PATCH'] as const) {
      if (!workbench.offers(method === 'PUT' ? 'update' : 'patch')) continue;
      const own = await workbench.make();
      const usual = await attempt(method === 'PUT' ? 'update' : 'patch', own, keeper, { workbench, fhirReader });
      if (!isSuccess(usual)) {
        await scratch.clear([own.path]);
        const message = `${method} of ${own.path} changes nothing at all: ${answered(usual)}`;
        undecided(requirement, { message, because: [own.exchange, usual] });
        continue;
      }
      const patch = { 'content-type': 'application/json-patch+json' };
      const sent =
        method === 'PUT'
          ? { body: { ...content(other), id: idOf(own) }, headers: ifMatch(usual) }
          : { body: replacements(content(), content(other)), headers: { ...ifMatch(usual), ...patch } };
      const exchange = await scratch.write({ method, path: own.path, ...sent }, keeper);
      const now = await fhirReader.read(own.path, owner);
      // A server may keep the patient, whatever it is sent.
      const isMoved = resourcesServed(now).some((one) => patientsOf(one, fhirBaseUrl).includes(other));
      await scratch.clear([own.path]);
      const because = [keeper.exchange, own.exchange, usual, exchange, now];
      if (!isSuccess(now)) {
        const message = `after ${method} (${answered(exchange)}) nobody could read ${own.path}: ${answered(now)}`;
        undecided(requirement, { message, because });
        continue;
      }
      must(requirement, !isMoved, {
        expected,
        actual: `${method} of ${own.path} with them as its patient was answered ${answered(exchange)}, and ${isMoved ? 'it is theirs now' : 'it is not theirs'}`,
        because,
      });
    }
  },
});

function idOf({ path }: Workpiece): string {
  return path.slice(path.indexOf('/') + 1);
}

/** Some servers want to be told which version is changed. */
function ifMatch({ response }: Exchange): Readonly<Record<string, string>> {
  const etag = response?.headers.etag;
  return etag === undefined ? {} : { 'if-match': etag };
}

/** A JSON Patch with the members of one content that are others in another. */
function replacements(one: Resource, other: Resource): readonly unknown[] {
  return Object.entries(other).flatMap(([name, value]) => {
    const isSame = JSON.stringify(one[name]) === JSON.stringify(value) || name.startsWith('effective');
    return isSame ? [] : [{ op: 'replace', path: `/${name}`, value }];
  });
}

export const disguisedWritingTests = [disguised];

import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { fhirVersion } from '../../src/artifacts/fhir-version.ts';
import { othersRecord, patientRecord } from '../../src/artifacts/patient-record.ts';
import { type Approver, type ScopedGrant, scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { createdPath, scratch } from '../../src/artifacts/scratch.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { contentFor, type Workbench, workbench } from '../../src/artifacts/workbench.ts';
import { addressOf, resourcesGivenAway, resourcesServed } from '../../src/fhir/served.ts';
import { isUnobtainable, type Judge, optional, Skip, test } from '../../src/kit/index.ts';
import { demandLetters } from './enforcement.ts';
import { attempt, type Interaction, judgeOversteps, overstep, type Surroundings } from './interactions.ts';
import { demandOnePatient } from './one-patient.ts';

const single = [
  {
    id: 'scopes/create-scope',
    letter: 'c',
    title: 'A token to create creates, and does nothing else',
    allowed: ['create'],
    refused: ['read', 'search', 'update', 'patch', 'delete'],
  },
  {
    id: 'scopes/update-scope',
    letter: 'u',
    title: 'A token to update changes what is there, and does nothing else',
    allowed: ['update', 'patch'],
    refused: ['read', 'search', 'create', 'delete'],
  },
  {
    id: 'scopes/delete-scope',
    letter: 'd',
    title: 'A token to delete deletes, and does nothing else',
    allowed: ['delete'],
    refused: ['read', 'search', 'create', 'update', 'patch'],
  },
] as const;

const singleTests = single.map(({ id, letter, title, allowed, refused }) =>
  test({
    id,
    title,
    requirements: [id],
    needs: [workbench, scopeGrants, fhirReader],
    async run({ workbench, scopeGrants, fhirReader, should, must, undecided }) {
      demandLetters(scopeGrants);
      const surroundings = { workbench, fhirReader };
      const scope = workbench.with(scopeGrants.on(workbench.type, letter));
      const token = await scopeGrants.exactly(scope);
      const steps = await overstep(refused, token, surroundings);
      judgeOversteps(id, steps, scope, { must, undecided });
      await judgeAllowed(id, allowed, token, surroundings, { should });
    },
  }),
);

/** Local policy may refuse what the scope allows, so that it is no more than a warning. */
async function judgeAllowed<Id extends string>(
  id: Id,
  interactions: readonly Interaction[],
  token: ScopedGrant,
  surroundings: Surroundings,
  { should }: Pick<Judge<Id>, 'should'>,
): Promise<void> {
  const { workbench } = surroundings;
  for (const interaction of interactions) {
    if (!workbench.offers(interaction)) continue;
    const piece = await workbench.make();
    const exchange = await attempt(interaction, piece, token, surroundings);
    const made = interaction === 'create' ? createdPath(exchange) : null;
    await workbench.scratch.clear([piece.path, ...(made === null ? [] : [made])]);
    // What the server cannot do, such as a patch in this format, says nothing about scopes.
    if ([400, 405, 415, 422, 501].includes(exchange.response?.status ?? 0)) continue;
    should(id, isSuccess(exchange), {
      expected: `${interaction} to be allowed by ${token.granted.join(' ')}`,
      actual: answered(exchange),
      because: [token.exchange, exchange],
    });
  }
}

const readerWrites = test({
  id: 'scopes/reading-is-no-writing',
  title: 'A token to read and search writes nothing',
  requirements: ['scopes/scope-covers-request', 'scopes/update-scope'],
  needs: [workbench, scopeGrants, fhirReader],
  async run({ workbench, scopeGrants, fhirReader, must, undecided }) {
    const scope = workbench.with(scopeGrants.on(workbench.type));
    const token = await scopeGrants.exactly(scope);
    await judgeReader(scope, token, { workbench, fhirReader }, { must, undecided });
  },
});

async function judgeReader(
  scope: string,
  token: ScopedGrant,
  surroundings: Surroundings,
  judge: Pick<Judge<'scopes/scope-covers-request' | 'scopes/update-scope'>, 'must' | 'undecided'>,
): Promise<void> {
  const steps = await overstep(
    ['patch', 'update', 'conditional update', 'create', 'conditional delete', 'delete'],
    token,
    surroundings,
  );
  const isChange = ({ interaction }: { readonly interaction: Interaction }) => /patch|update/.test(interaction);
  judgeOversteps('scopes/update-scope', steps.filter(isChange), scope, judge);
  judgeOversteps(
    'scopes/scope-covers-request',
    steps.filter((step) => !isChange(step)),
    scope,
    judge,
  );
}

const userReaderWrites = test({
  id: 'scopes/user-reading-is-no-writing',
  title: 'A user/ scope to read and search writes nothing',
  requirements: ['scopes/scope-covers-request', 'scopes/update-scope'],
  needs: [capabilities, workbench, scopeGrants, fhirReader],
  async run({ capabilities, workbench, scopeGrants, fhirReader, must, undecided }) {
    if (!capabilities.includes('permission-user')) {
      throw new Skip('not-advertised', 'permission-user is not advertised');
    }
    const scope = `user/${workbench.type}.${scopeGrants.read}`;
    const token = await scopeGrants.exactly(workbench.with(scope), 'clinician');
    await judgeReader(scope, token, { workbench, fhirReader }, { must, undecided });
  },
});

const readerCreates = test({
  id: 'scopes/reading-is-no-creating',
  title: 'A token to read creates nothing, whatever /metadata offers and others may',
  requirements: ['scopes/scope-covers-request'],
  needs: [scratch, patientRecord, scopeGrants, optional(fhirVersion)],
  async run({ scratch, patientRecord, scopeGrants, fhirVersion, must, info }) {
    const { type, patient } = patientRecord;
    const id = 'scopes/scope-covers-request';
    const token = await scopeGrants.exactly(scopeGrants.on(type));
    const body = contentFor(patient, patientRecord, fhirVersion);
    const exchange = await scratch.write({ method: 'POST', path: type, body }, token);
    const made = createdPath(exchange);
    if (made !== null) {
      const keeper = await scopeGrants.ask(scopeGrants.on(type, scopeGrants.read === 'rs' ? 'cruds' : '*'));
      if (keeper.kind === 'granted') scratch.entrust(keeper.grant);
      await scratch.clear([made]);
    }
    const because = [token.exchange, exchange];
    const actual = `POST ${type} was answered ${answered(exchange)}`;
    const expected = `nothing to be created with ${token.granted.join(' ')}`;
    if (isSuccess(exchange)) return must(id, false, { expected, actual, because });
    // Without a token that creates nothing shows that this is owed to the scope.
    info(id, { message: `${actual} to a token for ${token.granted.join(' ')}`, because });
  },
});

const v1Writes = test({
  id: 'scopes/v1-write-meaning',
  title: 'In version 1, write is create, update and delete, and * is everything',
  requirements: ['scopes/v1-scopes-meaning', 'scopes/scope-covers-request'],
  needs: [capabilities, workbench, scopeGrants, fhirReader],
  async run({ capabilities, workbench, scopeGrants, fhirReader, must, should, undecided }) {
    if (!capabilities.includes('permission-v1')) throw new Skip('not-advertised', 'permission-v1 is not advertised');
    const surroundings = { workbench, fhirReader };
    const writer = await scopeGrants.exactly(workbench.with(scopeGrants.on(workbench.type, 'write')));
    const steps = await overstep(['read', 'search'], writer, surroundings);
    judgeOversteps('scopes/scope-covers-request', steps, writer.granted.join(' '), { must, undecided });
    await judgeAllowed('scopes/v1-scopes-meaning', ['create', 'update', 'delete'], writer, surroundings, { should });
    const all = await scopeGrants.exactly(workbench.with(scopeGrants.on(workbench.type, '*')));
    const everything = ['read', 'search', 'create', 'update', 'delete'] as const;
    await judgeAllowed('scopes/v1-scopes-meaning', everything, all, surroundings, { should });
    const reader = await scopeGrants.exactly(workbench.with(scopeGrants.on(workbench.type, 'read')));
    const written = await overstep(['patch', 'update', 'create', 'delete'], reader, surroundings);
    judgeOversteps('scopes/scope-covers-request', written, reader.granted.join(' '), { must, undecided });
  },
});

const otherPatient = test({
  id: 'scopes/other-patient-not-written',
  title: 'patient/ scopes write nothing into another patient\u2019s record',
  requirements: ['scopes/one-patient-only'],
  needs: [workbench, othersRecord, scopeGrants, fhirReader],
  async run({ workbench, othersRecord, scopeGrants, fhirReader, must, undecided }) {
    const { keeper, scratch, type } = workbench;
    demandOnePatient(keeper);
    const id = 'scopes/one-patient-only';
    const expected = `nothing to be written for patient ${othersRecord.patient} with ${keeper.granted.join(' ')}`;
    const created = await scratch.write(
      { method: 'POST', path: type, body: workbench.content(othersRecord.patient) },
      keeper,
    );
    if ((created.response?.status ?? 500) >= 500) {
      return undecided(id, { message: `a create was answered ${answered(created)}`, because: created });
    }
    must(id, !isSuccess(created), {
      expected,
      actual: `POST of a ${type} of that patient was answered ${answered(created)}`,
      because: [keeper.exchange, created],
    });
    const path = createdPath(created);
    if (isSuccess(created) && path !== null) await scratch.clear([path]);
    const owner = await ownerOf(workbench, (scope, approver) => scopeGrants.grant(scope, approver));
    if (!owner) return;
    scratch.entrust(owner);
    const piece = await workbench.make(owner, othersRecord.patient);
    for (const interaction of ['read', 'update', 'delete'] as const) {
      const exchange = await attempt(interaction, piece, keeper, { workbench, fhirReader });
      const went = isSuccess(exchange) && (interaction !== 'read' || servesIt(piece.path, exchange));
      must(id, !went, {
        expected,
        actual: `${exchange.request.method} ${piece.path} was answered ${answered(exchange)}`,
        because: [keeper.exchange, piece.exchange, exchange],
      });
    }
    if (workbench.offersConditional('create')) {
      const headers = { 'if-none-exist': `_id=${piece.path.slice(piece.path.indexOf('/') + 1)}` };
      const exchange = await scratch.write({ method: 'POST', path: type, body: workbench.content(), headers }, keeper);
      const isTheirs = resourcesGivenAway(exchange).some((one) => addressOf(one) === piece.path);
      must(id, !isTheirs, {
        expected: `a create with If-None-Exist to find nothing of patient ${othersRecord.patient}`,
        actual: `POST ${type}, unless ${piece.path} exists, was answered ${answered(exchange)}${isTheirs ? ' with it' : ''}`,
        because: [keeper.exchange, piece.exchange, exchange],
      });
      const made = createdPath(exchange);
      if (made !== null && made !== piece.path) await scratch.clear([made]);
    }
    await scratch.clear([piece.path]);
  },
});

function servesIt(path: string, exchange: Parameters<typeof resourcesServed>[0]): boolean {
  return resourcesServed(exchange).some((one) => addressOf(one) === path);
}

/** Somebody who may write for both patients; null where nobody may. */
export async function ownerOf(
  workbench: Workbench,
  grant: (scope: string, approver: Approver) => Promise<ScopedGrant>,
): Promise<ScopedGrant | null> {
  const { type, keeper } = workbench;
  const scope = keeper.granted.some((one) => one.endsWith('.*')) ? `user/${type}.*` : `user/${type}.cruds`;
  try {
    return await grant(workbench.with(scope), 'clinician');
  } catch (thrown) {
    if (isUnobtainable(thrown)) return null;
    throw thrown;
  }
}

export const writingTests = [...singleTests, readerWrites, userReaderWrites, readerCreates, v1Writes, otherPatient];

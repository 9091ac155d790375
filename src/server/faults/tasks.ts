/** Tasks that ask for a launch, and launches that begin there (guide, "Launching an App with Task"). */
import type { LaunchContext } from '../authorization/launch-context.ts';
import type { Override } from '../behaviour.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { fhirJson } from '../responses.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers } from './overrides.ts';

/** One Task as it is read, changed. */
function serving(id: string, change: (task: JsonObject) => JsonObject): Override {
  return changesAnswers('fhir', async (answer, { request }, _usual, { fhirVersion }) => {
    const usual = await answer();
    if (!new URL(request.url).pathname.endsWith(`/Task/${id}`) || usual.status !== 200) return usual;
    const task: unknown = await usual.json();
    return fhirJson(isJsonObject(task) ? change(task) : {}, fhirVersion, { headers: { etag: 'W/"1"' } });
  });
}

/** The inputs of one type, changed; `[]` takes them away. */
function inputs(type: string, change: (input: JsonObject) => readonly JsonObject[]): (task: JsonObject) => JsonObject {
  return (task) => ({
    ...task,
    input: (Array.isArray(task.input) ? task.input : []).flatMap((input) =>
      JSON.stringify(input.type).includes(`"${type}"`) ? change(input) : [input],
    ),
  });
}

/** The code, changed as text. */
function coded(from: string, to: string): (task: JsonObject) => JsonObject {
  return (task) => ({ ...task, code: JSON.parse(JSON.stringify(task.code).replace(from, to)) });
}

const application = 'smartonfhir-application';
const appContext = 'smartonfhir-appcontext';

const withContext = (task: JsonObject): JsonObject => {
  const [first] = Array.isArray(task.input) ? task.input : [];
  const type = JSON.parse(JSON.stringify(first?.type ?? {}).replaceAll(application, appContext));
  return { ...task, input: [first, { type, valueString: 'one' }, { type, valueString: 'two' }] };
};

const profiles: readonly FaultRow[] = [
  {
    id: 'app-launch/task-ehr-code~system',
    level: 'fail',
    summary: 'The code of a Task for an EHR launch is of another system',
    override: serving('t1', coded('CodeSystem/smart-codes', 'CodeSystem/launch-codes')),
  },
  {
    id: 'app-launch/task-ehr-code~other',
    level: 'fail',
    summary: 'A Task for an EHR launch has the code of a standalone launch',
    override: serving('t1', coded('launch-app-ehr', 'launch-app-standalone')),
  },
  {
    id: 'app-launch/task-ehr-application~uri',
    level: 'fail',
    summary: 'The application of a Task for an EHR launch is a uri',
    override: serving(
      't1',
      inputs(application, ({ valueUrl, ...input }) => [{ ...input, valueUri: valueUrl }]),
    ),
  },
  {
    id: 'app-launch/task-ehr-application~two',
    level: 'fail',
    summary: 'A Task for an EHR launch has two applications',
    override: serving(
      't1',
      inputs(application, (input) => [input, input]),
    ),
  },
  {
    id: 'app-launch/task-ehr-application~absent',
    level: 'fail',
    summary: 'A Task for an EHR launch has no application',
    override: serving(
      't1',
      inputs(application, () => []),
    ),
  },
  {
    id: 'app-launch/task-ehr-app-context~two',
    level: 'fail',
    summary: 'A Task for an EHR launch has app context twice',
    override: serving(
      't1',
      inputs(appContext, (input) => [input, input]),
    ),
  },
  {
    id: 'app-launch/task-ehr-app-context~code',
    level: 'fail',
    summary: 'The app context of a Task for an EHR launch is a code',
    override: serving(
      't1',
      inputs(appContext, ({ valueString: _, ...input }) => [{ ...input, valueCode: 'vital-signs' }]),
    ),
  },
  {
    id: 'app-launch/task-standalone-code~system',
    level: 'fail',
    summary: 'The code of a Task for a standalone launch is of another system',
    override: serving('t2', coded('CodeSystem/smart-codes', 'CodeSystem/launch-codes')),
  },
  {
    id: 'app-launch/task-standalone-application~string',
    level: 'fail',
    summary: 'The application of a Task for a standalone launch is a string',
    override: serving(
      't2',
      inputs(application, ({ valueUrl, ...input }) => [{ ...input, valueString: valueUrl }]),
    ),
  },
  {
    id: 'app-launch/task-standalone-application~two',
    level: 'fail',
    summary: 'A Task for a standalone launch has two applications',
    override: serving(
      't2',
      inputs(application, (input) => [input, input]),
    ),
  },
  {
    id: 'app-launch/task-standalone-app-context~two',
    level: 'fail',
    summary: 'A Task for a standalone launch has app context twice',
    override: serving('t2', withContext),
  },
  {
    id: 'app-launch/task-valid~no-intent',
    level: 'fail',
    summary: 'A launch Task has no intent',
    override: serving('t1', ({ intent: _, ...task }) => task),
  },
  {
    id: 'app-launch/task-valid~status',
    level: 'fail',
    summary: 'A launch Task has the status open, which Task does not know',
    override: serving('t2', (task) => ({ ...task, status: 'open' })),
  },
];

/** The context of launches that begin with a Task, changed. */
function launching(change: (context: LaunchContext) => LaunchContext): Override {
  return ({ taskContext }) => ({ taskContext: (context) => change(taskContext(context)) });
}

const launches: readonly FaultRow[] = [
  {
    id: 'app-launch/task-ehr-patient~ignored',
    level: 'fail',
    summary: 'A launch from a Task is about the patient last opened',
    also: ['app-launch/task-ehr-encounter'],
    override: launching((context) => ({ ...context, patient: 'pat-2' })),
  },
  {
    id: 'app-launch/task-ehr-encounter~ignored',
    level: 'fail',
    summary: 'A launch from a Task is about the latest encounter of the patient',
    override: launching((context) => ({ ...context, encounter: 'enc-3' })),
  },
  {
    id: 'app-launch/task-ehr-app-context-conveyed~absent',
    level: 'fail',
    summary: 'A launch from a Task comes without its app context',
    override: launching(({ appContext: _, ...context }) => context),
  },
  {
    id: 'app-launch/task-ehr-app-context-conveyed~trimmed',
    level: 'fail',
    summary: 'A launch from a Task comes with its app context in other words',
    override: launching((context) => ({ ...context, appContext: 'vital-signs' })),
  },
];

export const taskFaults = faultsOf([...profiles, ...launches]);

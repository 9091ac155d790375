import { answered } from '../../src/artifacts/document.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { fhirVersion } from '../../src/artifacts/fhir-version.ts';
import { launcher } from '../../src/artifacts/launcher.ts';
import { type LaunchClient, launchClients, launches, withoutRefreshToken } from '../../src/artifacts/launches.ts';
import { schemaErrors } from '../../src/artifacts/schema-errors.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { servedResources } from '../../src/fhir/served.ts';
import {
  artifact,
  configuration,
  describe,
  type Exchange,
  isRecord,
  optional,
  Skip,
  test,
} from '../../src/kit/index.ts';
import { launchScopes } from '../../src/smart/launch-scopes.ts';
import { patientInContext } from '../../src/smart/patient-in-context.ts';

type Kind = 'ehr' | 'standalone';

/** A Task that asks for a launch, as it was read. */
interface LaunchTask {
  readonly kind: Kind;
  readonly where: string;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly exchange: Exchange;
}

const codes = 'http://hl7.org/fhir/smart-app-launch/CodeSystem/smart-codes';

/** The Tasks the configuration names, each read with a token that may. */
const launchTasks = artifact({
  name: 'launchTasks',
  needs: [configuration, launches, fhirReader, optional(fhirVersion)],
  async obtain({ configuration: { data }, launches, fhirReader, fhirVersion }): Promise<readonly LaunchTask[]> {
    const named = [data.task, data.otherTask].filter((reference) => reference !== undefined);
    if (named.length === 0) throw new Skip('not-configured', 'needs data.task, a Task that asks for a launch');
    if (fhirVersion && !['R4', 'R4B'].includes(fhirVersion.release)) {
      throw new Skip(
        'not-advertised',
        `the profiles of Task are for FHIR R4, and the server speaks ${fhirVersion.version}`,
      );
    }
    const found = await Promise.all(
      named.map(async (where): Promise<LaunchTask | string> => {
        let instead = 'no launch brought a token to read it with';
        for (const { client, tokens } of launches) {
          const exchange = await fhirReader.read(where, { client, accessToken: tokens.accessToken });
          const [resource] = servedResources(exchange, 'Task');
          const kind = resource && kindOf(resource);
          if (kind) return { kind, where, resource, exchange };
          instead = resource ? 'neither its profile nor its code says that it asks for a launch' : answered(exchange);
        }
        return `${where}: ${instead}`;
      }),
    );
    const tasks = found.filter((one) => typeof one !== 'string');
    if (tasks.length > 0) return tasks;
    throw new Skip('undecided', found.filter((one) => typeof one === 'string').join('; '));
  },
});

/** By the profile it names, or else by its code. */
function kindOf(task: LaunchTask['resource']): Kind | null {
  const profiles = isRecord(task.meta) ? JSON.stringify(task.meta.profile ?? []) : '';
  const coded = JSON.stringify(task.code ?? {});
  for (const [text, ending] of [
    [profiles, (kind: Kind) => `/task-${kind}-launch`],
    [coded, (kind: Kind) => `"launch-app-${kind}"`],
  ] as const) {
    if (text.includes(ending('ehr'))) return 'ehr';
    if (text.includes(ending('standalone'))) return 'standalone';
  }
  return null;
}

function ofKind(tasks: readonly LaunchTask[], kind: Kind): readonly LaunchTask[] {
  const found = tasks.filter((task) => task.kind === kind);
  if (found.length > 0) return found;
  throw new Skip(
    'not-configured',
    `needs a Task for ${kind === 'ehr' ? 'an EHR' : 'a standalone'} launch in data.task or data.otherTask`,
  );
}

const inputsOf = ({ resource }: LaunchTask, code: string) =>
  (Array.isArray(resource.input) ? resource.input.filter(isRecord) : []).filter((input) => {
    const codings = isRecord(input.type) && Array.isArray(input.type.coding) ? input.type.coding.filter(isRecord) : [];
    return codings.some((coding) => coding.system === codes && coding.code === code);
  });

/** The rules of each profile: a part of its schema, and in words. */
const rules = {
  ehr: [
    ['app-launch/task-ehr-code', 'code', `the code launch-app-ehr of ${codes}`],
    ['app-launch/task-ehr-application', 'application', 'exactly one smartonfhir-application input, a valueUrl'],
    ['app-launch/task-ehr-app-context', 'appContext', 'one smartonfhir-appcontext input at most, a valueString'],
  ],
  standalone: [
    ['app-launch/task-standalone-code', 'code', `the code launch-app-standalone of ${codes}`],
    ['app-launch/task-standalone-application', 'application', 'exactly one smartonfhir-application input, a valueUrl'],
    ['app-launch/task-standalone-app-context', 'appContext', 'one smartonfhir-appcontext input at most, a valueString'],
  ],
} as const;

const ehrProfile = test({
  id: 'app-launch/task-ehr-profile',
  title: 'A Task for an EHR launch keeps to its profile',
  requirements: ['app-launch/task-ehr-code', 'app-launch/task-ehr-application', 'app-launch/task-ehr-app-context'],
  needs: [launchTasks],
  async run({ launchTasks, must }) {
    for (const { where, resource, exchange } of ofKind(launchTasks, 'ehr')) {
      for (const [requirement, part, expected] of rules.ehr) {
        const errors = await schemaErrors(`task-ehr-launch#${part}`, resource);
        must(requirement, errors.length === 0, {
          expected: `${where}: ${expected}`,
          actual: said(errors),
          because: exchange,
        });
      }
    }
  },
});

const standaloneProfile = test({
  id: 'app-launch/task-standalone-profile',
  title: 'A Task for a standalone launch keeps to its profile',
  requirements: [
    'app-launch/task-standalone-code',
    'app-launch/task-standalone-application',
    'app-launch/task-standalone-app-context',
    'app-launch/task-standalone-app-context-allowed',
  ],
  needs: [launchTasks],
  async run({ launchTasks, must, info }) {
    for (const task of ofKind(launchTasks, 'standalone')) {
      const { where, resource, exchange } = task;
      for (const [requirement, part, expected] of rules.standalone) {
        const errors = await schemaErrors(`task-standalone-launch#${part}`, resource);
        must(requirement, errors.length === 0, {
          expected: `${where}: ${expected}`,
          actual: said(errors),
          because: exchange,
        });
      }
      const count = inputsOf(task, 'smartonfhir-appcontext').length;
      const message = `${where} has ${count === 0 ? 'no app context' : 'app context, which only the profile speaks of'}`;
      info('app-launch/task-standalone-app-context-allowed', { message, because: exchange });
    }
  },
});

function said(errors: readonly string[]): string {
  return errors.length === 0 ? 'it is so' : errors.slice(0, 5).join('; ');
}

const valid = test({
  id: 'app-launch/task-valid',
  title: 'A launch Task is a Task, with status and intent',
  requirements: ['app-launch/task-valid'],
  needs: [launchTasks],
  async run({ launchTasks, must }) {
    for (const { kind, where, resource, exchange } of launchTasks) {
      const errors = await schemaErrors(`task-${kind}-launch#task`, resource);
      must('app-launch/task-valid', errors.length === 0, {
        expected: `${where}: a Task with status, intent, and a type and a value in each input`,
        actual: said(errors),
        because: exchange,
      });
    }
  },
});

const launched = test({
  id: 'app-launch/task-launched',
  title: 'A launch from a Task has its patient, encounter and app context',
  requirements: [
    'app-launch/task-ehr-patient',
    'app-launch/task-ehr-encounter',
    'app-launch/task-ehr-app-context-conveyed',
  ],
  needs: [configuration, capabilities, launchTasks, launchClients, launcher],
  async run({
    configuration: { ehrLaunch, specVersion },
    capabilities,
    launchTasks,
    launchClients,
    launcher,
    must,
    undecided,
  }) {
    const [task] = ofKind(launchTasks, 'ehr');
    const taskStartUrl = ehrLaunch?.taskStartUrl;
    if (!task || taskStartUrl === undefined) {
      throw new Skip('not-configured', 'needs ehrLaunch.taskStartUrl, where the user starts the app from data.task');
    }
    const { client } = clientOf(task, launchClients);
    const session = await launcher.openSession();
    const opening = await launcher.openFromEhr([{ ...client, ehrStartUrl: taskStartUrl }], session);
    const launch = opening.parameters.get('launch');
    const grant = await launcher.grant({
      client,
      signingIn: opening.signingIn,
      session,
      scope: withoutRefreshToken(launchScopes(client, capabilities, 'ehr', specVersion)),
      ...(launch !== null && { launch }),
    });
    const { members } = grant.tokens;
    const because = [task.exchange, ...opening.exchanges, grant.exchange];
    for (const [requirement, element, type, name] of [
      ['app-launch/task-ehr-patient', task.resource.for, 'Patient', 'patient'],
      ['app-launch/task-ehr-encounter', task.resource.encounter, 'Encounter', 'encounter'],
    ] as const) {
      const wanted = idIn(element, type);
      const given = name === 'patient' ? (patientInContext(members) ?? members.patient) : members[name];
      if (wanted === null || given === undefined) {
        const why = wanted === null ? `the Task names no ${type}` : `the launch gave no ${name}`;
        undecided(requirement, { message: why, because });
        continue;
      }
      must(requirement, given === wanted, {
        expected: `${name} ${wanted}, as ${task.where} has it`,
        actual: describe(given),
        because,
      });
    }
    const [context] = inputsOf(task, 'smartonfhir-appcontext');
    if (typeof context?.valueString !== 'string') {
      return undecided('app-launch/task-ehr-app-context-conveyed', { message: 'the Task has no app context', because });
    }
    must('app-launch/task-ehr-app-context-conveyed', members.appContext === context.valueString, {
      expected: `appContext ${describe(context.valueString)} with the token (CDS Hooks, "Link")`,
      actual: describe(members.appContext),
      because,
    });
  },
});

/** The client the Task is for, by its launch URL; whichever is launched where it names none of ours. */
function clientOf(task: LaunchTask, clients: readonly LaunchClient[]): LaunchClient {
  const [application] = inputsOf(task, 'smartonfhir-application');
  const client = clients.find(
    ({ client: { launchUrl } }) => launchUrl !== undefined && launchUrl === application?.valueUrl,
  );
  if (client) return client;
  throw new Skip(
    'not-configured',
    `needs a client whose launchUrl is ${describe(application?.valueUrl)}, the app of ${task.where}`,
  );
}

/** The id in a reference, relative or absolute. */
function idIn(element: unknown, type: string): string | null {
  const reference = isRecord(element) && typeof element.reference === 'string' ? element.reference : '';
  const [, id] = new RegExp(`(?:^|/)${type}/([A-Za-z0-9.-]+)(?:/_history/[^/]+)?$`).exec(reference) ?? [];
  return id ?? null;
}

export const taskTests = [ehrProfile, standaloneProfile, valid, launched];

import type { ResourceContent } from '../fhir/resource.ts';
import { isIn } from '../fhir/span.ts';
import type { FhirVersion } from '../options.ts';
import { concept, reference } from './elements.ts';

type Row = ResourceContent & { readonly id: string };

const profiles = 'http://hl7.org/fhir/smart-app-launch/StructureDefinition';

/** What a Task that asks for a launch says of it (guide, "Launching an App with Task"). */
export interface LaunchTask {
  readonly id: string;
  readonly patient: string;
  readonly encounter: string;
  /** The launch URL of the app. */
  readonly application: string;
  readonly appContext: string | null;
  readonly kind: 'ehr' | 'standalone';
}

const launchTasks: readonly LaunchTask[] = [
  {
    id: 't1',
    patient: 'pat-1',
    encounter: 'enc-1',
    application: 'https://app.smart-check.test/launch',
    appContext: '{"view":"vital-signs"}',
    kind: 'ehr',
  },
  {
    id: 't2',
    patient: 'pat-1',
    encounter: 'enc-3',
    application: 'https://web-app.smart-check.test/launch',
    appContext: null,
    kind: 'standalone',
  },
];

/** Those a server of this FHIR version has: DSTU2 has no Task, and the profiles are of R4. */
export function launchTasksIn(version: FhirVersion): readonly LaunchTask[] {
  return isIn(version, { since: '4.0.1' }) ? launchTasks : [];
}

export const tasks: readonly Row[] = launchTasks.map(({ id, patient, encounter, application, appContext, kind }) => ({
  resourceType: 'Task',
  id,
  meta: { profile: [`${profiles}/task-${kind}-launch`] },
  status: 'requested',
  intent: 'proposal',
  code: concept(
    'smart',
    `launch-app-${kind}`,
    kind === 'ehr'
      ? 'Launch application using the SMART EHR launch'
      : 'Launch application using the SMART standalone launch',
  ),
  for: reference(`Patient/${patient}`),
  encounter: reference(`Encounter/${encounter}`),
  owner: reference('Practitioner/dr-bob', 'Bob Builder'),
  input: [
    {
      type: concept('smart', 'smartonfhir-application', 'SMART on FHIR application URL.'),
      valueUrl: application,
    },
    ...(appContext === null
      ? []
      : [
          {
            type: concept('smart', 'smartonfhir-appcontext', 'Application context related to this launch.'),
            valueString: appContext,
          },
        ]),
  ],
}));

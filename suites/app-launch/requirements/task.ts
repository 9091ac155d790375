import { type Requirement, since } from '../../../src/kit/index.ts';
import { guide } from '../../guide.ts';

const ehrLaunchProfile = guide('StructureDefinition-task-ehr-launch');
const requestingEhrLaunch = guide('task-launch#requesting-an-ehr-launch');
const standaloneLaunchProfile = guide('StructureDefinition-task-standalone-launch');

const task = 'data.task names a Task';
const launchedTask = 'data.task names a Task, and an EHR launch starts from it';

/** Tasks that ask a user to launch an app. */
export const taskRequirements: readonly Requirement[] = [
  {
    id: 'app-launch/task-ehr-code',
    ref: 'task-01',
    verb: 'SHALL',
    guide: ehrLaunchProfile,
    versions: since('2.1'),
    condition: task,
    summary: 'A Task for an EHR launch has the code launch-app-ehr',
  },
  {
    id: 'app-launch/task-ehr-application',
    ref: 'task-02',
    verb: 'SHALL',
    guide: ehrLaunchProfile,
    versions: since('2.1'),
    condition: task,
    summary: 'A Task for an EHR launch has one smartonfhir-application input, a url',
  },
  {
    id: 'app-launch/task-ehr-app-context',
    ref: 'task-03',
    verb: 'SHALL',
    guide: ehrLaunchProfile,
    versions: since('2.1'),
    condition: task,
    summary: 'A Task for an EHR launch has one smartonfhir-appcontext input at most, a string',
  },
  {
    id: 'app-launch/task-ehr-patient',
    ref: 'task-04',
    verb: 'SHALL',
    guide: requestingEhrLaunch,
    versions: since('2.1'),
    condition: launchedTask,
    summary: 'The patient of Task.for is the one in the launch context',
  },
  {
    id: 'app-launch/task-ehr-encounter',
    ref: 'task-05',
    verb: 'SHALL',
    guide: requestingEhrLaunch,
    versions: since('2.1'),
    condition: launchedTask,
    summary: 'The encounter of Task.encounter is the one in the launch context',
  },
  {
    id: 'app-launch/task-ehr-app-context-conveyed',
    ref: 'task-06',
    verb: 'SHALL',
    guide: requestingEhrLaunch,
    versions: since('2.1'),
    condition: launchedTask,
    summary: 'The app context of the Task comes with the token as appContext',
  },
  {
    id: 'app-launch/task-standalone-code',
    ref: 'task-07',
    verb: 'SHALL',
    guide: standaloneLaunchProfile,
    versions: since('2.1'),
    condition: task,
    summary: 'A Task for a standalone launch has the code launch-app-standalone',
  },
  {
    id: 'app-launch/task-standalone-application',
    ref: 'task-08',
    verb: 'SHALL',
    guide: standaloneLaunchProfile,
    versions: since('2.1'),
    condition: task,
    summary: 'A Task for a standalone launch has one smartonfhir-application input, a url',
  },
  {
    id: 'app-launch/task-standalone-app-context-allowed',
    ref: 'task-09',
    verb: 'MAY',
    guide: standaloneLaunchProfile,
    versions: since('2.1'),
    condition: 'data.task names a Task; only the profile speaks of it',
    summary: 'A Task for a standalone launch may have app context',
  },
  {
    id: 'app-launch/task-standalone-app-context',
    ref: 'task-11',
    verb: 'SHALL',
    guide: standaloneLaunchProfile,
    versions: since('2.1'),
    condition: task,
    summary: 'A Task for a standalone launch has one smartonfhir-appcontext input at most, a string',
  },
  {
    id: 'app-launch/task-valid',
    ref: 'task-10',
    verb: 'SHALL',
    guide: 'https://hl7.org/fhir/R4/task.html',
    versions: since('2.1'),
    condition: task,
    summary: 'A launch Task meets the definition of Task, with status and intent',
  },
];

import { readResourceScope } from '../fhir/resource-scope.ts';
import { charts, encounters } from '../people.ts';
import type { Setup } from '../setup.ts';
import { describeScope } from './describe-scope.ts';
import { asksForCondition } from './launch-context.ts';
import { signInSteps } from './sign-in.ts';
import type { AuthorizationVisit, Step } from './step.ts';

/** All that users go through on the way to an app: who they are, whose record, which visit, and what the app may do. */
export function authorizationSteps(setup: Setup): readonly Step<AuthorizationVisit>[] {
  const signIn = signInSteps(setup);
  switch (setup.pageStyle) {
    case 'consent-first':
      return [consent, ...signIn, patient, encounter];
    case 'cookie-banner':
      return [...signIn, welcome, patient, encounter, consent];
    default:
      return [...signIn, patient, encounter, consent];
  }
}

const welcome: Step<AuthorizationVisit> = {
  name: 'welcome',
  isDue: ({ transaction }) => !transaction.welcomed,
  page: () => ({
    title: 'Welcome back',
    lead: 'You are about to leave the clinic\u2019s site.',
    buttons: [{ label: 'Continue' }],
  }),
  take({ transaction }) {
    transaction.welcomed = true;
    return null;
  },
};

const patient: Step<AuthorizationVisit> = {
  name: 'patient',
  isDue: ({ transaction: { context, offered } }) =>
    context.patient === undefined && (isAboutPatient(offered) || offered.includes('launch/encounter')),
  page: ({ session }) => ({
    title: 'Choose a patient',
    choice: {
      name: 'patient',
      label: 'Patient',
      options: charts
        .filter(({ id }) => session.person?.patients.includes(id))
        .map(({ id, name, born }) => ({ value: id, label: name, detail: `born ${born}` })),
    },
    buttons: [],
  }),
  take({ session, transaction }, answer) {
    const chosen = answer.get('patient') ?? '';
    if (!session.person?.patients.includes(chosen)) return 'Choose a patient';
    transaction.context = { ...transaction.context, patient: chosen };
    return null;
  },
};

const encounter: Step<AuthorizationVisit> = {
  name: 'encounter',
  isDue: ({ transaction: { context, offered, encounterSettled } }) =>
    offered.includes('launch/encounter') &&
    context.encounter === undefined &&
    !encounterSettled &&
    encountersOf(context.patient).length > 0,
  page: ({ transaction }) => ({
    title: 'Choose an encounter',
    choice: {
      name: 'encounter',
      label: 'Encounter',
      options: encountersOf(transaction.context.patient).map(({ id, label }) => ({ value: id, label, detail: id })),
    },
    buttons: [],
  }),
  take({ transaction }, answer) {
    const chosen = answer.get('encounter');
    if (!encountersOf(transaction.context.patient).some(({ id }) => id === chosen)) return 'Choose an encounter';
    transaction.encounterSettled = true;
    transaction.context = { ...transaction.context, encounter: chosen ?? '' };
    return null;
  },
};

const consent: Step<AuthorizationVisit> = {
  name: 'consent',
  isDue: ({ transaction }) => transaction.approved === null,
  page: ({ transaction: { request, offered } }) => ({
    title: 'Share your data?',
    lead: `${request.client.name} asks for access:`,
    checkboxes: offered.map((scope) => ({ name: 'scope', value: scope, label: describeScope(scope) })),
    buttons: [
      { name: 'decision', value: 'allow', label: 'Allow' },
      { name: 'decision', value: 'deny', label: 'Deny' },
    ],
  }),
  take({ transaction }, answer) {
    const checked = answer.getAll('scope');
    const allows = answer.get('decision') !== 'deny';
    transaction.approved = allows ? transaction.offered.filter((scope) => checked.includes(scope)) : [];
    return null;
  },
};

function encountersOf(patientId: string | undefined) {
  return encounters.filter((candidate) => candidate.patient === patientId);
}

/** Whether a patient must be known for the scopes to mean anything. */
export function isAboutPatient(scopes: readonly string[]): boolean {
  return scopes.some(
    (scope) => scope === 'launch/patient' || asksForCondition(scope) || readResourceScope(scope)?.level === 'patient',
  );
}

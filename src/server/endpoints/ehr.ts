import type { LaunchContext } from '../authorization/launch-context.ts';
import { keepSession, renewSession, sessionOf } from '../authorization/sessions.ts';
import { signInSteps } from '../authorization/sign-in.ts';
import { nextPage, takeAnswer } from '../authorization/step.ts';
import type { Behaviour } from '../behaviour.ts';
import type { RegisteredClient } from '../clients.ts';
import type { Endpoint, RequestContext } from '../endpoint.ts';
import { readPageForm } from '../form.ts';
import type { FormPage } from '../pages/form-page.ts';
import { renderPage } from '../pages/render-page.ts';
import { charts, conditionOf, encounters, type Person } from '../people.ts';
import { type LaunchTask, launchTasksIn } from '../record/tasks.ts';
import { refusalPage } from '../responses.ts';
import type { Setup } from '../setup.ts';
import type { Session } from '../vault.ts';

type LaunchableClient = RegisteredClient & { readonly launchUrl: string };

/** Where clinicians open charts and start apps from them (app-launch, "Launch App: EHR Launch"). */
export function ehrEndpoint(setup: Setup, behaviour: Behaviour): Endpoint {
  const { clients, site, pageStyle } = setup;
  const steps = signInSteps(setup);
  const apps = clients.filter((client): client is LaunchableClient => client.launchUrl !== undefined);

  const visit = async (context: RequestContext, answer: URLSearchParams | null): Promise<Response> => {
    const session = sessionOf(context, setup);
    const here = new URL(context.req.url);
    const before = session.person;
    const problem = answer && takeAnswer(steps, { session }, answer);
    if (session.person !== before) renewSession(session, setup);
    const signIn = nextPage(steps, { session }, `${site.ehr}${here.search}`, problem);
    const shown = signIn ? await renderPage(signIn, pageStyle) : await desk(session, here.searchParams);
    return keepSession(shown, session, setup);
  };

  const desk = async (session: Session, parameters: URLSearchParams): Promise<Response> => {
    const person = session.person;
    const task = launchTasksIn(setup.fhirVersion).find(({ id }) => id === parameters.get('task'));
    if (task) return todo(task, session, parameters);
    const patient = parameters.get('patient');
    if (person && patient !== null && !person.patients.includes(patient)) {
      return refusalPage(403, 'You may not open this chart.');
    }
    const app = apps.find(({ clientId }) => clientId === parameters.get('start'));
    if (patient !== null && app) return start(app, session, patient, parameters.get('encounter'));
    return renderPage(person && patient !== null ? chart(patient, parameters) : list(person, parameters), pageStyle);
  };

  /** A Task that asks for the launch of an app. */
  const todo = async (
    { id, patient, encounter, application, appContext }: LaunchTask,
    session: Session,
    parameters: URLSearchParams,
  ): Promise<Response> => {
    const app = apps.find(({ launchUrl }) => launchUrl === application);
    if (!app || !session.person?.patients.includes(patient)) return refusalPage(403, 'This task is not yours.');
    if (parameters.get('start') === app.clientId) {
      return start(app, session, patient, encounter, (context) =>
        behaviour.taskContext({ ...context, ...(appContext !== null && { appContext }) }),
      );
    }
    return renderPage(
      {
        title: 'Task',
        action: site.ehr,
        method: 'get',
        hidden: { task: id },
        buttons: [{ name: 'start', value: app.clientId, label: `Launch ${app.name}` }],
      },
      pageStyle,
    );
  };

  const list = (person: Person | null, parameters: URLSearchParams): FormPage => ({
    title: 'My patients',
    action: site.ehr,
    method: 'get',
    hidden: { app: parameters.get('app') ?? '' },
    choice: {
      name: 'patient',
      label: 'Patient',
      options: charts
        .filter(({ id }) => person?.patients.includes(id))
        .map(({ id, name, born }) => ({ value: id, label: name, detail: `born ${born}` })),
    },
    buttons: [],
  });

  /** An open chart: an encounter, and the apps that can be started with it. */
  const chart = (patient: string, parameters: URLSearchParams): FormPage => {
    const chosen = parameters.get('encounter');
    const app = parameters.get('app') ?? '';
    const inChart = encounters.filter((encounter) => encounter.patient === patient);
    const name = charts.find(({ id }) => id === patient)?.name ?? patient;
    const page = { action: site.ehr, method: 'get', title: `Chart of ${name}` } as const;
    if (chosen === null && inChart.length > 0) {
      const options = inChart.map(({ id, label }) => ({ value: id, label, detail: id }));
      const choice = { name: 'encounter', label: 'Encounter', options };
      return { ...page, hidden: { patient, app }, choice, buttons: [] };
    }
    return {
      ...page,
      lead: `Encounter: ${inChart.find(({ id }) => id === chosen)?.label ?? 'none'}`,
      hidden: { patient, ...(chosen !== null && { encounter: chosen }) },
      buttons: apps
        .filter(({ clientId }) => app === '' || app === clientId)
        .map(({ clientId, name: appName }) => ({ name: 'start', value: clientId, label: `Launch ${appName}` })),
    };
  };

  const start = (
    client: LaunchableClient,
    session: Session,
    patient: string,
    encounter: string | null,
    change = (context: LaunchContext): LaunchContext => context,
  ): Response => {
    const launch = behaviour.authorization.newLaunch();
    const isInChart = encounters.some(({ id, ...found }) => id === encounter && found.patient === patient);
    setup.vault.launches.set(launch, {
      client,
      session,
      context: change({
        patient,
        ...(encounter !== null && isInChart && { encounter }),
        fhirContext: [
          { reference: `Condition/${conditionOf(patient)}` },
          { reference: 'Organization/org-1', role: `${site.baseUrl}/roles/billing-office` },
        ],
        needPatientBanner: false,
        intent: 'review-problems',
        smartStyleUrl: site.style,
        tenant: 'sample-clinic',
      }),
      used: false,
    });
    const url = new URL(client.launchUrl);
    url.searchParams.set('iss', site.fhir);
    url.searchParams.set('launch', launch);
    return new Response(null, { status: 303, headers: { location: url.href, 'cache-control': 'no-store' } });
  };

  return {
    name: 'ehr',
    paths: ['/ehr'],
    methods: {
      GET: (context) => visit(context, null),
      POST: async (context) => visit(context, await readPageForm(context.req.raw)),
    },
    refuse: refusalPage,
  };
}

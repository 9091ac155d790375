import { concludeTransaction, sendBack } from '../authorization/answer.ts';
import { authorizationSteps, isAboutPatient } from '../authorization/approval.ts';
import { keepSession, renewSession, sessionOf } from '../authorization/sessions.ts';
import { nextPage, takeAnswer } from '../authorization/step.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Endpoint, RequestContext } from '../endpoint.ts';
import { readPageForm } from '../form.ts';
import { renderPage } from '../pages/render-page.ts';
import { page, refusalPage } from '../responses.ts';
import type { Setup } from '../setup.ts';
import type { Session, Transaction } from '../vault.ts';

/** The pages between an authorization request and its answer. */
export function interactionEndpoint(setup: Setup, behaviour: Behaviour): Endpoint {
  const steps = authorizationSteps(setup);

  const visit = async (context: RequestContext, answer: URLSearchParams | null): Promise<Response> => {
    const session = sessionOf(context, setup);
    const transaction = behaviour.authorization.transactionFor(context.req.param('id') ?? '', session);
    if (!transaction) {
      return refusalPage(400, 'This page is no longer in use. Start again from the app.');
    }
    const arrived = transaction.session === null ? arrive(transaction, session) : null;
    if (arrived) return arrived;
    const visitor = { session, transaction };
    const before = session.person;
    const problem = answer && takeAnswer(steps, visitor, answer);
    if (session.person !== before) renewSession(session, setup);
    settleWhatIsClear(transaction, session);
    return keepSession(await next(context, transaction, session, problem), session, setup);
  };

  /** The first time a browser comes for it. */
  const arrive = (transaction: Transaction, session: Session): Response | null => {
    const { request } = transaction;
    transaction.session = session;
    if (request.launch !== null) {
      const launch = behaviour.authorization.launchFor(request.launch, request.client, session);
      if (!launch) {
        const description = 'launch is unknown, another app\u2019s, or used before';
        return sendBack(request, { error: 'invalid_request', error_description: description }, behaviour);
      }
      transaction.launch = launch;
      transaction.context = launch.context;
    }
    transaction.offered = behaviour.authorization.offeredScopes(request.scopes, request.client, transaction.launch);
    return transaction.offered.length > 0
      ? null
      : sendBack(request, { error: 'invalid_scope', error_description: 'none of the scopes is known' }, behaviour);
  };

  const next = async (
    context: RequestContext,
    transaction: Transaction,
    session: Session,
    problem: string | null,
  ): Promise<Response> => {
    const action = `${setup.site.baseUrl}/oauth/interaction/${transaction.id}`;
    const page = transaction.approved?.length === 0 ? null : nextPage(steps, { session, transaction }, action, problem);
    if (!page) return concludeTransaction(transaction, session, setup, behaviour);
    if (transaction.request.parameters.get('prompt') === 'none') {
      return sendBack(transaction.request, mayNotAsk(session), behaviour);
    }
    if (setup.pageStyle !== 'consent-iframe' || page.hidden.step !== 'consent') {
      return renderPage(page, setup.pageStyle);
    }
    return context.req.query('framed') === undefined
      ? renderFrame(`${action}?framed`)
      : renderPage(page, setup.pageStyle, true);
  };

  return {
    name: 'interaction',
    paths: ['/oauth/interaction/:id'],
    methods: {
      GET: (context) => visit(context, null),
      POST: async (context) => visit(context, await readPageForm(context.req.raw)),
    },
    refuse: refusalPage,
  };
}

/** OpenID Connect Core section 3.1.2.6. */
function mayNotAsk({ person }: Session): Readonly<Record<string, string>> {
  return person
    ? { error: 'interaction_required', error_description: 'the user is to be asked' }
    : { error: 'login_required', error_description: 'nobody is signed in' };
}

/** Whoever may open one chart only is not asked which. */
function settleWhatIsClear(transaction: Transaction, { person }: Session): void {
  const { context, offered } = transaction;
  const [only, ...more] = person?.patients ?? [];
  const wanted = isAboutPatient(offered) || offered.includes('launch/encounter');
  if (wanted && context.patient === undefined && only !== undefined && more.length === 0) {
    transaction.context = { ...context, patient: only };
  }
}

function renderFrame(src: string): Response {
  return page('Sample Clinic', `<iframe src="${src}" title="Share your data?" width="640" height="640"></iframe>`, {
    headers: { 'cache-control': 'no-store' },
  });
}

import { described, outcomeOf } from '../../src/artifacts/authorization-outcome.ts';
import { type Authorization, type Grant, type Launcher, launcher } from '../../src/artifacts/launcher.ts';
import { type Prober, prober } from '../../src/artifacts/prober.ts';
import { type SigningIn, someoneElse } from '../../src/artifacts/users.ts';
import { usualWay } from '../../src/artifacts/usual-way.ts';
import type { BrowserSession, JourneyOutcome, Returned } from '../../src/browser/journey.ts';
import { artifact, configuration, Skip, test } from '../../src/kit/index.ts';
import { readAuthorizationResponse } from '../../src/oauth/authorization-response.ts';
import { readJwt } from '../../src/oauth/jwt.ts';

/** A consent form of one browser, which a page of another site had another browser post. */
interface ForgedConsent {
  readonly scope: string;
  /** Whose form it is, and the browser that it comes from. */
  readonly stranger: SigningIn;
  readonly strangersSession: BrowserSession;
  readonly strangers: Authorization;
  /** What the victim approved in the normal way, with a form like this one. */
  readonly control: Grant;
  /** A request of the victim's that waits for consent. */
  readonly waiting: Authorization;
  readonly form: Returned;
  readonly outcome: JourneyOutcome;
}

/**
 * The victim's browser is at the consent page, too: it is signed in, and is given no code unasked. When the form has been
 * posted the victim approves in the normal way.
 *
 * @throws Skip where consent cannot be told from the rest
 */
const forgedConsent = artifact({
  name: 'forgedConsent',
  needs: [configuration, prober, launcher, usualWay],
  async obtain({ configuration: { users, authorize }, prober, launcher, usualWay }): Promise<ForgedConsent> {
    if (authorize.drive !== 'auto')
      throw new Skip('undecided', 'consent is told from other pages by drive: auto alone');
    const stranger = someoneElse(prober.signingIn, users);
    if (!stranger) throw new Skip('not-configured', 'needs another user under users, whose consent form is posted');
    const scope = identifying(prober);
    const strangersSession = await launcher.openSession();
    const strangers = await prober.authorize({
      scope,
      signingIn: stranger,
      session: strangersSession,
      holdsConsent: true,
    });
    const form = formOf(strangers);
    if (new URL(form.url).origin === new URL(prober.client.redirectUri).origin) {
      throw new Skip(
        'undecided',
        'the app lives at the origin of the consent page: there is no other site to post from',
      );
    }
    const { client, signingIn } = prober;
    const session = await launcher.openSession();
    const waiting = await prober.authorize({ scope, session, holdsConsent: true });
    formOf(waiting);
    const { redirectUri } = client;
    const outcome = await launcher.post({ signingIn, session, url: form.url, form: form.parameters, redirectUri });
    // Only now: a server may remember what was approved, and not ask again.
    const control = await usualWay.grant({ client, scope, session });
    return { scope, stranger, strangersSession, strangers, control, waiting, form, outcome };
  },
});

const csrf = test({
  id: 'app-launch/consent-resists-csrf',
  title: 'A consent form posted from another site yields no code',
  requirements: ['app-launch/consent-resists-csrf'],
  needs: [forgedConsent, launcher],
  async run({ forgedConsent: forged, launcher, should, undecided }) {
    const id = 'app-launch/consent-resists-csrf';
    const { outcome, strangers, waiting, control } = forged;
    const because = [...control.authorization.exchanges.slice(-1), ...strangers.exchanges, ...outcome.exchanges];
    const why = whyInconclusive(forged);
    if (why !== null) return undecided(id, { message: why, because });
    const parameters = outcome.kind === 'returned' ? outcome.parameters : null;
    const response = parameters && readAuthorizationResponse(parameters);
    if (response?.kind === 'code' && parameters?.get('state') !== waiting.request.state) {
      const authorization = { request: strangers.request, outcome, response, exchanges: outcome.exchanges };
      const whose = await whoseCode(authorization, forged, launcher);
      if (whose !== null) return undecided(id, { message: whose, because });
    }
    should(id, response?.kind !== 'code', {
      expected: 'no code, where another site posts the consent form of another browser session',
      actual: described({ ...waiting, outcome, response }),
      because,
    });
  },
});

/** With what tells whose code it is, where the launch that succeeded asked for it. */
function identifying({ control, scope }: Prober): string {
  const asked = control.scope.split(' ');
  const identity = ['openid', 'fhirUser'].filter((name) => asked.includes(name));
  return [...new Set([...identity, ...scope.split(' ')])].join(' ');
}

/** The form by which consent is given. @throws Skip when there was none */
function formOf(authorization: Authorization): Returned {
  const { outcome } = authorization;
  if (outcome.kind === 'returned' && outcome.from === 'consent') return outcome;
  throw new Skip(
    'undecided',
    outcomeOf(authorization) === 'code'
      ? 'a code came without a consent form: consent is not asked for again, or is given by a script'
      : `there was no consent form: ${described(authorization)}`,
  );
}

function namesIn(form: URLSearchParams): string {
  return [...new Set(form.keys())].sort().join(' ');
}

/** Nothing is known of a server that was not asked, or that broke. */
function whyInconclusive({ outcome, form, control }: ForgedConsent): string | null {
  const sent = outcome.exchanges.find(({ request }) => request.method === 'POST' && isAt(request.url, form.url));
  const status = sent?.response?.status ?? null;
  if (status === null)
    return `the form came to no answer: ${'message' in outcome ? outcome.message : 'it was not sent'}`;
  if (status >= 500) return `the form was answered ${status}, which may be no refusal`;
  if (outcome.kind === 'returned' && outcome.parameters.has('code')) return null;
  const last = control.authorization.exchanges.filter(({ request }) => request.method === 'POST').at(-1);
  if (!last || namesIn(new URLSearchParams(last.request.body ?? '')) !== namesIn(form.parameters)) {
    return 'the form was not the last one before a code, where the user approved: no code need come of it';
  }
  const isClear = outcome.kind === 'returned' || ['error-page', 'stuck'].includes(outcome.cause);
  return isClear ? null : `it did not end clearly: ${outcome.message}`;
}

function isAt(address: string, url: string): boolean {
  return new URL(address).href.split('#')[0] === new URL(url).href.split('#')[0];
}

/**
 * A code for the account of whoever made the form gives nothing away that they could not have given themselves.
 *
 * @returns null when it is the victim's, else why that is not known
 */
async function whoseCode(
  authorization: Authorization,
  { control, scope, stranger, strangersSession }: ForgedConsent,
  launcher: Launcher,
): Promise<string | null> {
  const { client } = control;
  const answer = await launcher.redeem(authorization);
  const subject = answer.kind === 'granted' ? subjectOf(answer.tokens) : null;
  if (subject === null) return 'a code came, and no id_token for it says whose it is';
  const strangers = await launcher.grant({ client, signingIn: stranger, scope, session: strangersSession });
  if (subject === subjectOf(strangers.tokens))
    return 'a code came, for the account of whoever began and not the victim\u2019s';
  return subject === subjectOf(control.tokens) ? null : 'a code came, for neither of the two accounts';
}

function subjectOf({ idToken }: Grant['tokens']): string | null {
  const jwt = readJwt(idToken ?? '');
  return jwt.kind === 'jwt' && typeof jwt.claims.sub === 'string' ? jwt.claims.sub : null;
}

export const consentTests = [csrf];

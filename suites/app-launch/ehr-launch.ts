import { described, hasPickedPatient, outcomeOf, pickedInstead } from '../../src/artifacts/authorization-outcome.ts';
import {
  type Authorization,
  type EhrOpening,
  type LaunchableClient,
  type Launcher,
  launcher,
} from '../../src/artifacts/launcher.ts';
import { ehrLaunch, ehrLaunches, launchClients, redeemIfAny } from '../../src/artifacts/launches.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { artifact, configuration, Skip, test } from '../../src/kit/index.ts';
import type { TokenAnswer } from '../../src/oauth/token-request.ts';

/** Openings of the launched app by the EHR, none of them used yet beside the first. */
const openings = artifact({
  name: 'openings',
  needs: [ehrLaunch, launcher],
  async obtain({ ehrLaunch: { client, opening }, launcher }): Promise<readonly EhrOpening[]> {
    const again = await launcher.openFromEhr([client], await launcher.openSession());
    return opening ? [opening, again] : [again];
  },
});

const iss = test({
  id: 'app-launch/launch-names-iss',
  title: 'The EHR names the FHIR server it launches from',
  requirements: ['app-launch/launch-names-iss', 'app-launch/launch-url-as-registered'],
  needs: [ehrLaunches, fhirBaseUrl],
  run({ ehrLaunches, fhirBaseUrl, must }) {
    for (const { opening, client } of ehrLaunches) {
      if (!opening) continue;
      const { parameters, outcome, exchanges } = opening;
      const named = parameters.getAll('iss');
      must('app-launch/launch-names-iss', named.length === 1 && isSameBase(named[0] ?? '', fhirBaseUrl), {
        expected: `iss=${fhirBaseUrl}, once`,
        actual: named.length > 0 ? named.map((value) => `iss=${value}`).join(' and ') : 'no iss',
        because: exchanges,
      });
      const registered = new URL(client.launchUrl ?? '');
      const kept = [...registered.searchParams].every(([name, value]) => parameters.getAll(name).includes(value));
      must('app-launch/launch-url-as-registered', kept && outcome.method === 'GET', {
        expected: `a GET of ${registered.href}, its own query kept`,
        actual: `${outcome.method} ${outcome.url.split('?')[0]}${kept ? '' : ', without its own query'}`,
        because: exchanges,
      });
    }
  },
});

/** Whether two URLs are one: in whatever case the host is written, with a default port or a final slash. */
export function isSameBase(one: string, other: string): boolean {
  const [bare, otherBare] = [one, other].map((url) =>
    (URL.canParse(url) ? new URL(url).href : url).replace(/\/+$/, ''),
  );
  return bare === otherBare;
}

const launchValue = test({
  id: 'app-launch/launch-value-opaque-and-fresh',
  title: 'Each EHR launch has a launch value of its own',
  requirements: ['app-launch/launch-value-opaque-and-fresh'],
  needs: [openings, ehrLaunch, configuration],
  run({ openings, ehrLaunch, configuration: { data }, must, should }) {
    const id = 'app-launch/launch-value-opaque-and-fresh';
    const because = openings.flatMap(({ exchanges }) => exchanges);
    const values = openings.map(launchOf);
    must(id, values.every((value) => value !== '') && new Set(values).size === values.length, {
      expected: 'launch present, and another value at each launch',
      actual: values.some((value) => value === '')
        ? 'no launch'
        : `${new Set(values).size} value at ${values.length} launches`,
      because,
    });
    const patients = [ehrLaunch.tokens.members.patient, data.patient].filter((patient) => typeof patient === 'string');
    const shown = values.find((value) => patients.some((patient) => isReadable(patient, value)));
    should(id, shown === undefined, {
      expected: 'a launch value that tells nothing by itself',
      actual: shown === undefined ? 'none is readable in it' : 'the id of the patient can be read in it',
      because,
    });
  },
});

/**
 * Whether an id stands in a value, as it is or decoded from base64url, with no letter or digit beside it: as a mere run of
 * characters short ids are found in random values, too.
 */
export function isReadable(id: string, value: string): boolean {
  const readings = [value, ...value.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))];
  const literally = id.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const alone = new RegExp(`(?<![A-Za-z0-9])${literally}(?![A-Za-z0-9])`);
  return readings.some((text) => text === id || (id.length > 2 && alone.test(text)));
}

/** Who signs in, and in which browser. */
type Surroundings = Pick<EhrOpening, 'session' | 'signingIn'>;

const bound = test({
  id: 'app-launch/launch-bound-to-client-and-session',
  title: 'A launch value that is not the app\u2019s own yields no context',
  requirements: ['app-launch/launch-bound-to-client-and-session'],
  needs: [configuration, ehrLaunch, launchClients, launcher],
  async run({ configuration: { users }, ehrLaunch, launchClients, launcher, must, should, undecided }) {
    const id = 'app-launch/launch-bound-to-client-and-session';
    const { client, opening, scope, tokens } = ehrLaunch;
    if (!opening) throw new Skip('undecided', 'the launch came from no EHR');
    const own = launchOf(opening);
    const attempt = async (what: string, launch: string, { session, signingIn }: Surroundings = opening) => {
      const authorization = await launcher.authorize({ client, signingIn, scope, launch, session });
      return { what, authorization, ...(await contextOf(authorization, launcher)) };
    };
    /** Whose record is given without any launch and without a choice: that of whoever is signed in, as a rule. */
    const withoutLaunch = async (there: Surroundings & { readonly client?: typeof client } = opening) => {
      const standalone = scope.split(' ').filter((one) => one !== 'launch');
      const { signingIn, session } = there;
      const request = { client: there.client ?? client, signingIn, scope: standalone.join(' '), session };
      return contextOf(await launcher.authorize(request), launcher);
    };
    const middle = Math.floor(own.length / 2);
    const altered = own.slice(0, middle) + (own[middle] === 'A' ? 'B' : 'A') + own.slice(middle + 1);
    const other = launchClients.find((one) => one.client !== client && one.client.ehrStartUrl !== undefined);
    const foreign = other && (await launcher.openFromEhr([other.client], await launcher.openSession()));
    const attempts = [
      await attempt('a launch value made up', 'smart-check-no-such-launch'),
      await attempt('a launch value with one character changed', altered),
      ...(foreign ? [await attempt('the launch value of another client', launchOf(foreign), foreign)] : []),
    ];
    for (const { what, authorization, patient, because } of attempts) {
      if (outcomeOf(authorization) === 'stuck') {
        undecided(id, { message: `${what}: ${described(authorization)}`, because: authorization.exchanges });
        continue;
      }
      if (isPickedAnyway(ehrLaunch.authorization, authorization)) {
        const message = `${what} is let through, and a patient picked, as with one of the app\u2019s own; a client whose scope lacks launch/patient may decide`;
        undecided(id, { message, because });
        continue;
      }
      const unasked = patient === undefined ? null : await withoutLaunch();
      if (unasked?.patient === patient && unasked !== null) {
        const message = `${what}: patient ${String(patient)} came, as without any launch value`;
        undecided(id, { message, because: [...because, ...unasked.because] });
        continue;
      }
      must(id, patient === undefined, {
        expected: `${what} to yield no context`,
        actual: patient === undefined ? described(authorization) : `patient ${String(patient)}`,
        because,
      });
    }
    // Where the EHR is not known to start another app, that one brings what is this one's.
    const bringer = foreign ? undefined : launchClients.find((one) => one.client !== client);
    if (bringer) {
      const brought = await launcher.openFromEhr([client], await launcher.openSession());
      const there = { signingIn: brought.signingIn, session: brought.session, client: bringer.client };
      const authorization = await launcher.authorize({ ...there, scope, launch: launchOf(brought) });
      const { patient, because } = await contextOf(authorization, launcher);
      const unasked = patient === undefined ? null : await withoutLaunch(there);
      // What is refused may be refused for another reason: it shows nothing.
      if (unasked && unasked.patient !== patient && !isPickedAnyway(ehrLaunch.authorization, authorization)) {
        must(id, false, {
          expected: `the launch value of another client to yield no context to ${bringer.client.clientId}`,
          actual: `patient ${String(patient)}`,
          because: [...brought.exchanges, ...because],
        });
      }
    }
    for (const [name, user] of Object.entries(users)) {
      if (user.username === opening.signingIn.user?.username || user.totpSecret !== undefined) continue;
      const elsewhere = { signingIn: { name, user }, session: await launcher.openSession() };
      const theirs = await withoutLaunch(elsewhere);
      const fresh = await launcher.openFromEhr([client], await launcher.openSession());
      const what = `the launch value of another user\u2019s session, as ${name},`;
      const { authorization, patient, because } = await attempt(what, launchOf(fresh), elsewhere);
      // Whose own record it may be: that of a patient, or one that the EHR did not have open.
      const isNamed = patient === user.patient && (name === 'patient' || patient !== tokens.members.patient);
      const isTheirOwn = patient !== undefined && (patient === theirs.patient || isNamed);
      if (outcomeOf(authorization) === 'stuck' || isTheirOwn) continue;
      if (isPickedAnyway(ehrLaunch.authorization, authorization)) continue;
      // The guide says that it belongs to the session, and not how closely.
      should(id, patient === undefined, {
        expected: `${what} to yield no context`,
        actual: patient === undefined ? described(authorization) : `patient ${String(patient)}`,
        because: [...fresh.exchanges, ...because],
      });
      break;
    }
    const { authorization, patient: context, because } = await attempt('the launch value once more', own);
    if (outcomeOf(authorization) === 'stuck' || isPickedAnyway(ehrLaunch.authorization, authorization)) return;
    const isReused = context !== undefined && context === tokens.members.patient;
    if (isReused && (await withoutLaunch()).patient === context) return;
    should(id, !isReused, {
      expected: 'a launch value to serve once',
      actual: context === undefined ? described(authorization) : 'its context came a second time',
      because,
    });
  },
});

/**
 * Whether users pick a patient in spite of a good launch value, too: that they do so with another, and come back with a code,
 * shows nothing of what it gives.
 */
export function isPickedAnyway(withOwn: Attempted, withAnother: Attempted): boolean {
  return hasPickedPatient(withOwn.outcome) && outcomeOf(withAnother) === 'code';
}

type Attempted = Pick<Authorization, 'outcome' | 'response'>;

/** The patient that a launch gives; one whom the user picked on the way is no context of that launch. */
async function contextOf(authorization: Authorization, launcher: Launcher) {
  const answer = await redeemIfAny(authorization, launcher);
  const isGiven = answer?.kind === 'granted' && !hasPickedPatient(authorization.outcome);
  return { patient: isGiven ? answer.tokens.members.patient : undefined, because: evidence(authorization, answer) };
}

function evidence(authorization: Authorization, answer: TokenAnswer | null) {
  return [...authorization.exchanges, ...(answer ? [answer.exchange] : [])];
}

const interleaved = test({
  id: 'app-launch/interleaved-launches-kept-apart',
  title: 'Two launches under way at once keep their own context',
  requirements: ['app-launch/interleaved-launches-kept-apart'],
  needs: [configuration, ehrLaunch, launcher],
  async run({ configuration: { data }, ehrLaunch: { client, scope }, launcher, must }) {
    const { patient, otherPatient } = data;
    if (patient === undefined || otherPatient === undefined) {
      throw new Skip('not-configured', 'needs data.patient and data.otherPatient, whose charts the user may open');
    }
    const session = await launcher.openSession();
    const first = await launcher.openFromEhr([client], session, { patient });
    const second = await launcher.openFromEhr([client], session, { patient: otherPatient });
    const [one, two] = [
      await authorize(launcher, client, scope, first),
      await authorize(launcher, client, scope, second),
    ];
    // The second is redeemed first.
    const answers = [await launcher.redeem(two), await launcher.redeem(one)].reverse();
    const got = answers.map((answer) => (answer.kind === 'granted' ? answer.tokens.members.patient : undefined));
    if (got[0] === got[1] && (got[0] === undefined || (got[0] !== patient && got[0] !== otherPatient))) {
      throw new Skip('undecided', 'the launches named no patient, or the EHR opens one chart only');
    }
    const journeys = [first.outcome, second.outcome];
    const instead = pickedInstead('patient', patient, journeys) ?? pickedInstead('patient', otherPatient, journeys);
    if (instead !== null) {
      throw new Skip('undecided', `the EHR does not offer both data.patient and data.otherPatient (${instead})`);
    }
    const [firstPatient, secondPatient] = got;
    if (firstPatient === secondPatient && firstPatient === patient && !isChosen(first, second)) {
      throw new Skip('undecided', 'the EHR opens the same chart whichever patient is picked');
    }
    must('app-launch/interleaved-launches-kept-apart', firstPatient === patient && secondPatient === otherPatient, {
      expected: `patient ${patient} for the first launch and ${otherPatient} for the second`,
      actual: `patient ${String(firstPatient)} and ${String(secondPatient)}`,
      because: [...first.exchanges, ...second.exchanges, ...answers.map(({ exchange }) => exchange)],
    });
  },
});

/** Whether a patient was picked on the way of both. */
function isChosen(...all: readonly EhrOpening[]): boolean {
  return all.every(({ outcome }) => hasPickedPatient(outcome));
}

async function authorize(
  launcher: Launcher,
  client: LaunchableClient,
  scope: string,
  opening: EhrOpening,
): Promise<Authorization> {
  const { signingIn, session } = opening;
  return launcher.authorize({ client, signingIn, scope, launch: launchOf(opening), session });
}

function launchOf({ parameters }: EhrOpening): string {
  return parameters.get('launch') ?? '';
}

export const ehrLaunchTests = [iss, launchValue, bound, interleaved];

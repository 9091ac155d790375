/** Who may do what with state (guide, "Security and Access controls"). */
import type { AccessGrant } from '../access.ts';
import type { StateAction } from '../app-state/rules.ts';
import type { StateIdentity } from '../app-state/state.ts';
import type { Behaviour, Override } from '../behaviour.ts';
import { type BearerOutcome, bearerOutcome } from '../fhir/bearer-outcome.ts';
import type { JsonObject } from '../json.ts';
import { fhirJson } from '../responses.ts';
import { together } from '../together.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers, changesAppState } from './overrides.ts';

type More = (grant: AccessGrant, action: StateAction, identity: StateIdentity) => boolean;

/** Whom nobody knows. */
const nobody: AccessGrant = {
  clientId: '',
  scopes: [],
  patient: null,
  encounter: null,
  fhirUser: null,
  userMayNotSee: [],
  expiresAt: Number.POSITIVE_INFINITY,
};

/** More is permitted than should be. */
function permitting(also: More): Override {
  return changesAppState(({ permits }) => ({
    permits: (grant, action, identity) => permits(grant, action, identity) || also(grant, action, identity),
  }));
}

/** Requests without a good token are served. */
function admitting(kinds: readonly BearerOutcome['kind'][], ...methods: readonly string[]): Override {
  return together(
    changesAppState(({ admits }) => ({
      admits: (outcome, request) =>
        kinds.includes(outcome.kind) && methods.includes(request.method)
          ? { kind: 'granted', grant: nobody }
          : admits(outcome, request),
    })),
    permitting((grant) => grant === nobody),
  );
}

const refusedToken = ['no-token', 'invalid-token'] as const;

const tokens: readonly FaultRow[] = [
  {
    id: 'app-state/token-required~search',
    level: 'fail',
    summary: 'Searches are answered without a token',
    override: admitting(['no-token'], 'GET'),
  },
  {
    id: 'app-state/token-required~any-token',
    level: 'fail',
    summary: 'Any token will do',
    override: admitting(['invalid-token'], 'GET', 'POST', 'PUT', 'DELETE'),
  },
  {
    id: 'app-state/token-required~update',
    level: 'fail',
    summary: 'Whoever knows the ETag may update without a token',
    override: admitting(refusedToken, 'PUT'),
  },
  {
    id: 'app-state/token-required~delete',
    level: 'fail',
    summary: 'Whoever knows the ETag may delete without a token',
    override: admitting(refusedToken, 'DELETE'),
  },
  {
    id: 'app-state/token-required~create',
    level: 'fail',
    summary: 'State is stored without a token',
    override: admitting(refusedToken, 'POST'),
  },
  {
    id: 'app-state/token-required~by-id',
    level: 'fail',
    summary: 'State can be read by its id without a token',
    override: leaking('by its id', (grant) => grant === null),
  },
  {
    id: 'app-state/token-required~unaimed',
    level: 'fail',
    summary: 'A search that names no subject is answered without a token',
    override: leaking('without subject', (grant) => grant === null),
  },
  {
    id: 'app-state/token-required~post-search',
    level: 'fail',
    summary: 'A search by POST is answered without a token',
    override: leaking('by POST', (grant) => grant === null),
  },
  {
    id: 'app-state/token-required~told',
    level: 'fail',
    summary: 'Changes without a token are refused, with the state in words',
    override: tellingRefused((grant) => grant === null),
  },
  {
    id: 'app-state/token-required~403',
    level: 'warn',
    summary: 'Requests without a token are answered 403',
    override: changesAppState(({ admits }) => ({
      admits: (outcome, request) => {
        const admitted = admits(outcome, request);
        return admitted.kind === 'no-token'
          ? { kind: 'insufficient-scope', description: 'no', scope: 'patient/Basic.s' }
          : admitted;
      },
    })),
  },
];

/** Apps that keep no state of their own. */
const isStranger = ({ clientId }: AccessGrant) => !/state-app|companion/.test(clientId);

const isNarrow = ({ scopes }: AccessGrant) => scopes.some((scope) => scope.includes('?code='));
const isReader = ({ scopes }: AccessGrant) => scopes.some((scope) => scope.includes('.s?code='));
const isForPatient = ({ scopes }: AccessGrant) =>
  scopes.includes('patient/Basic.cuds') && !scopes.includes('user/Basic.cuds');

const apps: readonly FaultRow[] = [
  ...(
    [
      ['read', 's', 'Another app\u2019s token finds the state'],
      ['update', 'u', 'Any token with the current ETag may update state'],
      ['delete', 'd', 'Any token with the current ETag may delete state'],
      ['create', 'c', 'Any app may store state under any code'],
    ] as const
  ).map(
    ([variant, letter, summary]): FaultRow => ({
      id: `app-state/authorized-apps-only~${variant}`,
      level: 'fail',
      summary,
      override: permitting((grant, action) => isStranger(grant) && grant !== nobody && action === letter),
    }),
  ),
  {
    id: 'app-state/authorized-apps-only~by-id',
    level: 'fail',
    summary: 'Another app reads the state by its id',
    override: leaking('by its id', (grant) => grant !== null && isStranger(grant)),
  },
  {
    id: 'app-state/authorized-apps-only~unaimed',
    level: 'fail',
    summary: 'Another app finds the state when it names no subject',
    override: leaking('without subject', (grant) => grant !== null && isStranger(grant)),
  },
  {
    id: 'app-state/authorized-apps-only~told',
    level: 'fail',
    summary: 'Another app is refused what it changes, and told what it is',
    override: tellingRefused((grant) => grant !== null && isStranger(grant)),
  },
  {
    id: 'app-state/authorized-apps-only~deleted-though-refused',
    level: 'fail',
    summary: 'Another app is refused what it deletes, and the state is gone',
    override: together(
      permitting((grant, action) => isStranger(grant) && grant !== nobody && action === 'd'),
      changesAnswers('app-state', async (answer, { request }, usual) => {
        const grant = grantOf(request, usual);
        const done = await answer();
        return request.method === 'DELETE' && grant !== null && isStranger(grant)
          ? new Response(null, { status: 403 })
          : done;
      }),
    ),
  },
  {
    id: 'app-state/global-state-for-administrators~update',
    level: 'warn',
    summary: 'An app without rights to global state may change it',
    override: permitting(
      ({ clientId }, action, { subject }) => clientId.includes('companion') && action === 'u' && subject === null,
    ),
  },
  {
    id: 'app-state/global-state-for-administrators~delete',
    level: 'warn',
    summary: 'An app without rights to global state may delete it',
    override: permitting(
      ({ clientId }, action, { subject }) => clientId.includes('companion') && action === 'd' && subject === null,
    ),
  },
  {
    id: 'app-state/codes-of-trusted-apps~any',
    level: 'warn',
    summary: 'An app may store state under a code of another origin',
    override: permitting(
      (grant, action, { code }) => !isStranger(grant) && action === 'c' && !code.startsWith('https://state-app'),
    ),
  },
  {
    id: 'app-state/global-state-for-administrators~anyone',
    level: 'warn',
    summary: 'An app without rights to global state may store it',
    override: permitting(
      ({ clientId }, action, { subject }) => clientId.includes('companion') && action === 'c' && subject === null,
    ),
  },
];

const scopes: readonly FaultRow[] = [
  ...(
    [
      ['update', 'u'],
      ['delete', 'd'],
      ['create', 'c'],
    ] as const
  ).map(
    ([variant, letter]): FaultRow => ({
      id: `app-state/rights-tracked-separately~${variant}`,
      level: 'fail',
      summary: `Whoever may search state may ${variant} it`,
      override: permitting((grant, action) => isReader(grant) && action === letter),
    }),
  ),
  {
    id: 'app-state/rights-tracked-separately~global',
    level: 'fail',
    summary: 'Whoever may search the patient\u2019s state finds global state, too',
    override: permitting((grant, action, { subject }) => isReader(grant) && action === 's' && subject === null),
  },
  {
    id: 'app-state/rights-tracked-separately~not-even-search',
    level: 'fail',
    summary: 'A scope to search state under one code gives nothing',
    override: changesAppState(({ permits }) => ({
      permits: (grant, action, identity) => permits(grant, action, identity) && !isReader(grant),
    })),
  },
  {
    id: 'app-state/rights-as-scopes~code-ignored',
    level: 'fail',
    summary: 'A scope for one code is good for every code of the app',
    override: permitting((grant, _action, { code }) => isNarrow(grant) && !isReader(grant) && code.endsWith('|keys')),
  },
  {
    id: 'app-state/rights-as-scopes~search-only',
    level: 'fail',
    summary: 'A scope for one code finds state under every code of the app',
    override: permitting(
      (grant, action, { code }) => isNarrow(grant) && !isReader(grant) && action === 's' && code.endsWith('|keys'),
    ),
  },
];

const isAbout = (type: string, { subject }: StateIdentity) => subject?.includes(`/${type}/`) === true;

/** With a patient's token, of the state of patients. */
const ofPatients =
  (letter: StateAction): More =>
  (grant, action, identity) =>
    isForPatient(grant) && action === letter && isAbout('Patient', identity);

/** Patients, of the state of practitioners. */
const ofPractitioners =
  (letter: StateAction): More =>
  ({ clientId, fhirUser }, action, identity) =>
    clientId.includes('state-app') &&
    fhirUser?.startsWith('Patient/') === true &&
    action === letter &&
    isAbout('Practitioner', identity);

const subjects: readonly FaultRow[] = [
  {
    id: 'app-state/subject-bound~patient-read',
    level: 'fail',
    summary: 'Another patient\u2019s state is found by its subject',
    override: permitting(ofPatients('s')),
  },
  {
    id: 'app-state/subject-bound~patient-update',
    level: 'fail',
    summary: 'Another patient\u2019s state may be updated by who knows its ETag',
    override: permitting(ofPatients('u')),
  },
  {
    id: 'app-state/subject-bound~patient-create',
    level: 'fail',
    summary: 'State may be stored about another patient',
    override: permitting(
      (grant, action, identity) => ofPatients('c')(grant, action, identity) && identity.code.includes('state-app'),
    ),
  },
  {
    id: 'app-state/subject-bound~by-id',
    level: 'fail',
    summary: 'With a patient\u2019s token any state of the app can be read by its id',
    override: leaking('by its id', (grant) => grant !== null && isForPatient(grant)),
  },
  {
    id: 'app-state/subject-bound~unaimed',
    level: 'fail',
    summary: 'With a patient\u2019s token a search that names no subject finds all state of the app',
    override: leaking('without subject', (grant) => grant !== null && isForPatient(grant)),
  },
  {
    id: 'app-state/subject-bound~user-read',
    level: 'fail',
    summary: 'A patient finds the state of a practitioner',
    override: permitting(ofPractitioners('s')),
  },
  {
    id: 'app-state/subject-bound~user-delete',
    level: 'fail',
    summary: 'A patient may delete the state of a practitioner',
    override: permitting(ofPractitioners('d')),
  },
];

export const appStateAccessFaults = faultsOf([...tokens, ...apps, ...scopes, ...subjects]);

type Way = 'by its id' | 'without subject' | 'by POST';

/** What is asked for: null where it is something else. */
const asks: Readonly<Record<Way, (url: URL, method: string) => ((state: JsonObject) => boolean) | null>> = {
  'by its id': ({ pathname }, method) =>
    method === 'GET' && /\/Basic\/[^/]+$/.test(pathname) ? ({ id }) => pathname.endsWith(`/${String(id)}`) : null,
  'without subject': ({ pathname, searchParams }, method) =>
    method === 'GET' &&
    pathname.endsWith('/Basic') &&
    ![...searchParams.keys()].some((key) => key.startsWith('subject'))
      ? () => true
      : null,
  'by POST': ({ pathname }, method) => (method === 'POST' && pathname.endsWith('/_search') ? () => true : null),
};

/** State goes out to some, asked for in that way. Null stands for nobody. */
function leaking(way: Way, isSuch: (grant: AccessGrant | null) => boolean): Override {
  return (behaviour, setup) => {
    const stored = new Map<string, JsonObject>();
    const override = changesAnswers('app-state', async (answer, { request }, usual) => {
      const url = new URL(request.url);
      const isAsked = asks[way](url, request.method);
      if (isAsked && isSuch(grantOf(request, usual))) {
        const found = [...stored.values()].filter(isAsked);
        const [first] = found;
        if (way === 'by its id' && first) return fhirJson(first, setup.fhirVersion);
        if (way !== 'by its id') {
          const entry = found.map((resource) => ({ resource }));
          return fhirJson({ resourceType: 'Bundle', type: 'searchset', entry }, setup.fhirVersion);
        }
      }
      const done = await answer();
      const id = url.pathname.split('/').at(-1) ?? '';
      if (done.ok && request.method === 'DELETE') stored.delete(id);
      if (done.ok && ['POST', 'PUT'].includes(request.method)) {
        const state: JsonObject = JSON.parse(await done.clone().text());
        stored.set(String(state.id), state);
      }
      return done;
    });
    return override(behaviour, setup);
  };
}

/** Refusals of changes say what there is. */
function tellingRefused(isSuch: (grant: AccessGrant | null) => boolean): Override {
  return (behaviour, setup) => {
    const stored = new Map<string, string>();
    const override = changesAnswers('app-state', async (answer, { request }, usual) => {
      const id = new URL(request.url).pathname.split('/').at(-1) ?? '';
      const isTold = ['PUT', 'DELETE'].includes(request.method) && isSuch(grantOf(request, usual));
      const done = await answer();
      if (done.ok && ['POST', 'PUT'].includes(request.method)) {
        const text = await done.clone().text();
        stored.set(String(JSON.parse(text).id), text);
      }
      if (done.ok || !isTold || !stored.has(id)) return done;
      const issue = [{ severity: 'error', code: 'forbidden', diagnostics: `not yours: ${stored.get(id)}` }];
      return new Response(JSON.stringify({ resourceType: 'OperationOutcome', issue }), done);
    });
    return override(behaviour, setup);
  };
}

/** Whose token a request has; null where it has none that is good. */
function grantOf(request: Request, usual: Behaviour): AccessGrant | null {
  const outcome = bearerOutcome(request, usual);
  return outcome.kind === 'granted' ? outcome.grant : null;
}

import { answeredWith, described, outcomeOf } from '../../src/artifacts/authorization-outcome.ts';
import { demandMode, launchModes } from '../../src/artifacts/launch-modes.ts';
import { type Authorization, launcher } from '../../src/artifacts/launcher.ts';
import { launches, redeemIfAny } from '../../src/artifacts/launches.ts';
import { prober } from '../../src/artifacts/prober.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { usualWay } from '../../src/artifacts/usual-way.ts';
import { artifact, configuration, Skip, test } from '../../src/kit/index.ts';
import type { TokenAnswer } from '../../src/oauth/token-request.ts';
import { readSuffix } from '../../src/smart/read-suffix.ts';

const isPatientScope = (scope: string) => scope.startsWith('patient/');

/** The least of an app that reads a patient: one scope, as the server writes them. */
const patientScope = artifact({
  name: 'patientScope',
  needs: [capabilities, configuration],
  obtain: ({ capabilities, configuration }) => `patient/Patient.${readSuffix(capabilities, configuration.specVersion)}`,
});

const granted = test({
  id: 'app-launch/patient-scope-has-patient',
  title: 'Whoever is granted a patient/ scope gets a patient in context',
  requirements: ['app-launch/standalone-patient-scope-has-patient', 'app-launch/ehr-patient-scope-has-patient'],
  needs: [launches],
  run({ launches, must }) {
    const concerned = launches.filter(({ tokens }) => tokens.scopes?.some(isPatientScope));
    if (concerned.length === 0) throw new Skip('not-advertised', 'no launch was granted a patient/ scope');
    for (const { kind, tokens, exchange: because } of concerned) {
      must(`app-launch/${kind}-patient-scope-has-patient`, tokens.members.patient !== undefined, {
        expected: `patient in the token response, as ${tokens.scopes?.find(isPatientScope)} was granted`,
        actual: shown(tokens.members.patient),
        because,
      });
    }
  },
});

const standalone = test({
  id: 'app-launch/standalone-patient-scope-asked',
  title: 'An app that asks for a patient/ scope alone gets no such scope, or a patient with it',
  requirements: ['app-launch/standalone-patient-scope-has-patient', 'app-launch/standalone-patient-scope-alone'],
  needs: [prober, patientScope],
  async run({ prober, patientScope, must, info, undecided }) {
    for (const scope of [`launch/patient ${patientScope}`, patientScope]) {
      const authorization = await prober.authorize({ scope });
      if (outcomeOf(authorization) === 'stuck') {
        const message = `${scope}: ${described(authorization)}`;
        undecided('app-launch/standalone-patient-scope-alone', { message, because: authorization.exchanges });
        continue;
      }
      const came = whatCame(authorization, await redeemIfAny(authorization, prober));
      if (scope === patientScope) {
        const what = came.patient === undefined ? came.inWords : 'a patient is inferred';
        const message = `${scope} without launch/patient: ${what}`;
        info('app-launch/standalone-patient-scope-alone', { message, because: came.because });
      }
      if (!came.isGranted) continue;
      must('app-launch/standalone-patient-scope-has-patient', came.patient !== undefined, {
        expected: `patient in the token response, as a patient/ scope was granted for ${scope}`,
        actual: shown(came.patient),
        because: came.because,
      });
    }
  },
});

const fromEhr = test({
  id: 'app-launch/ehr-patient-scope-asked',
  title: 'An EHR launch that grants a patient/ scope yields a patient, with a launch value or without',
  requirements: ['app-launch/ehr-patient-scope-has-patient', 'app-launch/ehr-patient-scope-without-launch'],
  needs: [launchModes, prober, patientScope, launcher, usualWay],
  async run({ launchModes, prober: { client }, patientScope, launcher, usualWay, must, info, undecided }) {
    demandMode(launchModes, 'ehr');
    const { parameters, signingIn, session } = await launcher.openFromEhr([client], await launcher.openSession());
    const scope = usualWay.withSignOn(`launch ${patientScope}`, client);
    for (const launch of [parameters.get('launch') ?? '', undefined]) {
      const how = launch === undefined ? { client, signingIn, scope } : { client, signingIn, scope, session, launch };
      const authorization = await launcher.authorize(how);
      const came = whatCame(authorization, await redeemIfAny(authorization, launcher));
      if (outcomeOf(authorization) === 'stuck') {
        const message = `${scope}: ${described(authorization)}`;
        undecided('app-launch/ehr-patient-scope-has-patient', { message, because: came.because });
        continue;
      }
      if (launch === undefined) {
        const message = `${patientScope} with scope launch and no launch value: ${came.inWords}`;
        info('app-launch/ehr-patient-scope-without-launch', { message, because: came.because });
      }
      if (!came.isGranted) continue;
      must('app-launch/ehr-patient-scope-has-patient', came.patient !== undefined, {
        expected: `patient in the token response, as ${patientScope} was granted ${launch === undefined ? 'without a launch value' : 'in an EHR launch'}`,
        actual: shown(came.patient),
        because: came.because,
      });
    }
  },
});

/** Of an authorization for a patient/ scope: whether one was granted, the patient that came, and both in words. */
function whatCame(authorization: Authorization, answer: TokenAnswer | null) {
  const tokens = answer?.kind === 'granted' ? answer.tokens : null;
  return {
    isGranted: tokens?.scopes?.some(isPatientScope) ?? false,
    patient: tokens?.members.patient,
    inWords: answer ? answeredWith(answer) : described(authorization),
    because: [...authorization.exchanges, ...(answer ? [answer.exchange] : [])],
  };
}

function shown(patient: unknown): string {
  return patient === undefined ? 'no patient' : JSON.stringify(patient).slice(0, 200);
}

export const patientScopeTests = [granted, standalone, fromEhr];

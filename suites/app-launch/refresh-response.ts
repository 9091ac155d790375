import { isDeepStrictEqual } from 'node:util';
import { isSuccess } from '../../src/artifacts/document.ts';
import { type FhirReader, fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { usualLaunches } from '../../src/artifacts/launches.ts';
import { type Refreshed, refreshed, refreshes, refreshOutcome } from '../../src/artifacts/refreshes.ts';
import { configuration, describe, test } from '../../src/kit/index.ts';
import { patientInContext } from '../../src/smart/patient-in-context.ts';

const accessToken = test({
  id: 'app-launch/refresh-access-token',
  title: 'A refresh yields another access token',
  requirements: ['app-launch/refresh-access-token'],
  needs: [refreshes],
  run({ refreshes, must, should }) {
    for (const { client, launch, answer } of refreshes) {
      const because = [launch.exchange, answer.exchange];
      must('app-launch/refresh-access-token', answer.kind === 'granted', {
        expected: `200 and an access_token for the refresh token of ${client.clientId}`,
        actual: refreshOutcome(answer),
        because,
      });
      if (answer.kind !== 'granted') continue;
      const isNew = answer.tokens.accessToken !== launch.tokens.accessToken;
      should('app-launch/refresh-access-token', isNew, {
        expected: 'an access token other than the first',
        actual: isNew ? 'another one' : 'the same again',
        because,
      });
    }
  },
});

const accessTokenWorks = test({
  id: 'app-launch/refreshed-token-works',
  title: 'A refreshed access token works at the FHIR API',
  requirements: ['app-launch/refresh-access-token'],
  needs: [refreshed, usualLaunches, fhirReader, configuration],
  async run({ refreshed, usualLaunches, fhirReader, configuration: { data }, must, undecided }) {
    const requirement = 'app-launch/refresh-access-token';
    for (const { client, launch, tokens, exchange } of refreshed) {
      const patient = patientInContext(launch.tokens.members) ?? data.patient;
      if (patient === undefined) {
        undecided(requirement, { message: 'the launch gave no patient to read; data.patient names one' });
        continue;
      }
      const read = await readPatient(fhirReader, patient, { client, accessToken: tokens.accessToken });
      // Whether such a token may read the patient at all, another launch of the client shows.
      const like = usualLaunches.find((one) => one.client.clientId === client.clientId);
      const control = isSuccess(read) || !like ? null : await readPatient(fhirReader, patient, tokenOf(like));
      const because = [exchange, read, ...(control ? [control] : [])];
      if (control && !isSuccess(control)) {
        const message = `no token of ${client.clientId} reads ${read.request.url}, be it refreshed or not`;
        undecided(requirement, { message, because });
        continue;
      }
      must(requirement, isSuccess(read), {
        expected: `the refreshed token of ${client.clientId} to read the patient, as others of it do`,
        actual: `${read.response?.status ?? 'no answer'}`,
        because,
      });
    }
  },
});

function readPatient(reader: FhirReader, patient: string, of: Parameters<FhirReader['read']>[1]) {
  return reader.read(`Patient/${encodeURIComponent(patient)}`, of);
}

function tokenOf({ client, tokens }: Pick<Refreshed, 'client' | 'tokens'>) {
  return { client, accessToken: tokens.accessToken };
}

/** What a refresh response has beside the access token (app-launch, "Response" of step 7). */
const members = [
  {
    requirement: 'app-launch/refresh-token-type-bearer',
    member: 'token_type',
    expected: 'Bearer, in any case',
    isRight: (value: unknown) => typeof value === 'string' && value.toLowerCase() === 'bearer',
  },
  {
    requirement: 'app-launch/refresh-expires-in',
    member: 'expires_in',
    expected: 'a positive number of seconds',
    isRight: (value: unknown) => typeof value === 'number' && value > 0,
  },
  {
    requirement: 'app-launch/refresh-scope-present',
    member: 'scope',
    expected: 'a string',
    isRight: (value: unknown) => typeof value === 'string',
  },
] as const;

const memberTests = members.map(({ requirement, member, expected, isRight }) =>
  test({
    id: requirement,
    title: `Refresh responses have ${member}`,
    requirements: [requirement],
    needs: [refreshed],
    run({ refreshed, must }) {
      for (const { client, tokens, exchange } of refreshed) {
        must(requirement, isRight(tokens.members[member]), {
          expected: `${member}, ${expected}, for ${client.clientId}`,
          actual: describe(tokens.members[member]),
          because: exchange,
        });
      }
    },
  }),
);

const rotation = test({
  id: 'app-launch/refresh-token-rotation',
  title: 'A refresh may come with another refresh token',
  requirements: ['app-launch/refresh-token-rotation', 'app-launch/refresh-authorization-details'],
  needs: [refreshed],
  informs: true,
  run({ refreshed, info }) {
    for (const { client, launch, tokens, exchange } of refreshed) {
      const again =
        tokens.refreshToken === launch.refreshToken ? 'the same refresh_token again' : 'another refresh_token';
      const came = tokens.refreshToken === null ? 'no refresh_token: the first goes on' : again;
      info('app-launch/refresh-token-rotation', { message: `${client.clientId} got ${came}`, because: exchange });
      const details = describe(tokens.members.authorization_details);
      const message = `${client.clientId}: authorization_details is ${details}`;
      info('app-launch/refresh-authorization-details', { message, because: exchange });
    }
  },
});

/** Launch context that stays as it is, and that which may change with the app's surroundings. */
const lastingContext = ['patient', 'encounter', 'fhirContext', 'tenant'];
const passingContext = ['smart_style_url', 'need_patient_banner', 'intent'];

const context = test({
  id: 'app-launch/refresh-context-kept',
  title: 'Launch context that is repeated on refresh is the same as before',
  requirements: ['app-launch/refresh-not-wider', 'app-launch/refresh-context-repeated'],
  needs: [refreshed],
  run({ refreshed, must, info }) {
    for (const { client, launch, tokens, exchange } of refreshed) {
      const [before, now] = [launch.tokens.members, tokens.members];
      const because = [launch.exchange, exchange];
      const repeated = [...lastingContext, ...passingContext].filter((name) => now[name] !== undefined);
      const differing = repeated.filter((name) => !isSame(now[name], before[name]));
      const wrong = differing.filter((name) => lastingContext.includes(name));
      must('app-launch/refresh-not-wider', wrong.length === 0, {
        expected: 'patient, encounter, fhirContext and tenant, where they are repeated, as they were',
        actual:
          wrong.map((name) => `${name} is ${describe(now[name])}, and was ${describe(before[name])}`).join('; ') ||
          'as they were',
        because,
      });
      const changed = differing.filter((name) => passingContext.includes(name));
      const told = `${repeated.join(', ') || 'no launch context'} again on refresh`;
      const message = `${client.clientId}: ${told}${changed.length > 0 ? `; changed: ${changed.join(', ')}` : ''}`;
      info('app-launch/refresh-context-repeated', { message, because });
    }
  },
});

/** Entries of fhirContext come in any order, and so do their members. */
function isSame(now: unknown, before: unknown): boolean {
  if (!Array.isArray(now) || !Array.isArray(before)) return isDeepStrictEqual(now, before);
  const within = (some: readonly unknown[], others: readonly unknown[]) =>
    some.every((entry) => others.some((other) => isDeepStrictEqual(other, entry)));
  return now.length === before.length && within(now, before) && within(before, now);
}

export const refreshResponseTests = [accessToken, accessTokenWorks, ...memberTests, rotation, context];

import { answered } from '../../src/artifacts/document.ts';
import type { Grant } from '../../src/artifacts/launcher.ts';
import { launches } from '../../src/artifacts/launches.ts';
import { prober } from '../../src/artifacts/prober.ts';
import { grantedScopes } from '../../src/artifacts/refreshes.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { anyFhirJson, jsonOfVersion } from '../../src/fhir/json-media-type.ts';
import { isSameRelease, statedVersion } from '../../src/fhir/release.ts';
import { servedResources } from '../../src/fhir/served.ts';
import { jsonObjectIn } from '../../src/http/json-object-in.ts';
import {
  artifact,
  configuration,
  type Exchange,
  type HttpClient,
  http,
  isRecord,
  Skip,
  test,
} from '../../src/kit/index.ts';
import { patientInContext } from '../../src/smart/patient-in-context.ts';
import { scopesBeyond } from '../../src/smart/scope.ts';
import { belowBase } from '../../src/smart/well-known.ts';

type Entry = Readonly<Record<string, unknown>>;

/** A FHIR server at which a token is said to work, and what counts there. */
interface Place {
  readonly grant: Grant;
  readonly location: string;
  readonly versions: readonly string[];
  readonly scopes: readonly string[];
  readonly patient: string | null;
}

const mostPlaces = 3;

/** The first launch whose token response has authorization_details. */
const detailedLaunch = artifact({
  name: 'detailedLaunch',
  needs: [launches],
  obtain({ launches }): Grant {
    const launch = launches.find(({ tokens }) => tokens.members.authorization_details !== undefined);
    if (launch) return launch;
    throw new Skip('not-advertised', 'no token response has authorization_details');
  },
});

function entriesOf({ tokens }: Grant): readonly Entry[] {
  const given = tokens.members.authorization_details;
  return Array.isArray(given) ? given.filter(isRecord) : [];
}

/** An entry of another type is none of the guide's business, unless it looks like one of its own. */
function isOfGuide({ type, locations, fhirVersions }: Entry): boolean {
  return type === 'smart_on_fhir' || Array.isArray(locations) || Array.isArray(fhirVersions);
}

/** What is absent in an entry is taken from the token response. */
function placesOf(grant: Grant): readonly Place[] {
  const { tokens } = grant;
  return entriesOf(grant)
    .filter(isOfGuide)
    .flatMap((entry) => {
      const locations = strings(entry.locations).filter((url) => URL.canParse(url));
      const scopes = typeof entry.scope === 'string' ? entry.scope.split(' ') : grantedScopes(grant);
      return locations.map((location) => ({
        grant,
        location,
        versions: strings(entry.fhirVersions),
        scopes,
        patient: patientInContext(entry.patient === undefined ? tokens.members : entry),
      }));
    })
    .slice(0, mostPlaces);
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

const members = test({
  id: 'app-launch/authorization-details',
  title: 'authorization_details lists where the token works, and with which versions of FHIR',
  requirements: [
    'app-launch/authorization-details-array',
    'app-launch/authorization-details-type',
    'app-launch/authorization-details-locations',
    'app-launch/authorization-details-fhir-versions',
  ],
  needs: [detailedLaunch],
  run({ detailedLaunch, must, info }) {
    const { exchange: because, tokens } = detailedLaunch;
    const given = tokens.members.authorization_details;
    must('app-launch/authorization-details-array', Array.isArray(given) && given.every(isRecord), {
      expected: 'an array of objects',
      actual: shown(given),
      because,
    });
    for (const entry of entriesOf(detailedLaunch)) {
      const { type, locations, fhirVersions } = entry;
      if (!isOfGuide(entry)) {
        info('app-launch/authorization-details-type', { message: `an entry of type ${shown(type)}`, because });
        continue;
      }
      must('app-launch/authorization-details-type', type === 'smart_on_fhir', {
        expected: 'type smart_on_fhir',
        actual: shown(type),
        because,
      });
      must(
        'app-launch/authorization-details-locations',
        isListOf(locations, (text) => URL.canParse(text)),
        {
          expected: 'locations, FHIR base URLs',
          actual: shown(locations),
          because,
        },
      );
      must(
        'app-launch/authorization-details-fhir-versions',
        isListOf(fhirVersions, (text) => /^\d+\.\d+/.test(text)),
        {
          expected: 'fhirVersions, codes such as 4.0.1',
          actual: shown(fhirVersions),
          because,
        },
      );
    }
  },
});

function isListOf(value: unknown, isGood: (text: string) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && isGood(item));
}

const versions = test({
  id: 'app-launch/authorization-details-versions',
  title: 'Each location of authorization_details speaks the FHIR versions it is listed with',
  requirements: ['app-launch/authorization-details-fhir-versions'],
  needs: [detailedLaunch, http],
  async run({ detailedLaunch, http, must, undecided }) {
    const id = 'app-launch/authorization-details-fhir-versions';
    const listed = placesOf(detailedLaunch).flatMap(({ location, versions }) =>
      versions.map((version) => ({ location, version })),
    );
    if (listed.length === 0) throw new Skip('undecided', 'no entry lists locations with versions');
    for (const { location, version } of listed) {
      const url = belowBase(location, 'metadata');
      const spoken = async (accept: string) => {
        const exchange = await http.send({ url, headers: { accept } });
        return { exchange, version: versionIn(exchange) };
      };
      // A server of several versions is told by a parameter of the media type which one is meant.
      const asked = await spoken(jsonOfVersion(version));
      const usual = asked.version === version ? asked : await spoken(anyFhirJson);
      const because = [detailedLaunch.exchange, asked.exchange, usual.exchange];
      if (asked.version === null && usual.version === null) {
        undecided(id, { message: `${url} does not say which version it speaks: ${answered(usual.exchange)}`, because });
        continue;
      }
      must(
        id,
        [asked.version, usual.version].some((one) => one !== null && isSameRelease(one, version)),
        {
          expected: `${location} to speak FHIR ${version}`,
          actual: `FHIR ${asked.version ?? usual.version}`,
          because,
        },
      );
    }
  },
});

function versionIn(exchange: Exchange): string | null {
  const statement = jsonObjectIn(exchange);
  return statement && statedVersion(statement);
}

/** Reads at the places where a token is said to work. */
interface PlaceReader {
  read(place: Place, path: string): Promise<Exchange>;
}

const placeReader = artifact({
  name: 'placeReader',
  needs: [fhirBaseUrl, http],
  obtain({ fhirBaseUrl, http }): PlaceReader {
    return { read: (place, path) => readAt(place, path, new URL(fhirBaseUrl).origin, http) };
  },
});

function readAt({ grant, location }: Place, path: string, home: string, http: HttpClient): Promise<Exchange> {
  const { client, tokens } = grant;
  // What the client sends beside its token is for the server it is registered with.
  const own = new URL(location).origin === home ? client.headers : {};
  return http.send({
    url: belowBase(location, path),
    redirect: 'manual',
    headers: { accept: anyFhirJson, ...own, authorization: `Bearer ${tokens.accessToken}` },
  });
}

const context = test({
  id: 'app-launch/authorization-details-context',
  title: 'The token works at each location, for the patient that counts there and no other',
  requirements: ['app-launch/authorization-details-locations', 'app-launch/authorization-details-context'],
  needs: [detailedLaunch, placeReader, configuration],
  async run({ detailedLaunch, placeReader, configuration: { data }, must }) {
    const readable = placesOf(detailedLaunch).filter(({ scopes, patient }) => patient !== null && readsPatient(scopes));
    if (readable.length === 0) throw new Skip('undecided', 'no entry comes with a patient and a scope to read it');
    for (const place of readable) {
      const { location, patient, scopes } = place;
      const own = await placeReader.read(place, `Patient/${encodeURIComponent(patient ?? '')}`);
      const because = [detailedLaunch.exchange, own];
      must('app-launch/authorization-details-locations', own.response?.status !== 401, {
        expected: `the token to work at ${location}`,
        actual: answered(own),
        because,
      });
      const isRead = servedResources(own, 'Patient').length > 0;
      must('app-launch/authorization-details-context', isRead, {
        expected: `Patient/${patient} to be readable at ${location}`,
        actual: answered(own),
        because,
      });
      const isAlone = !scopes.some((scope) => /^(user|system)\//.test(scope));
      const { otherPatient } = data;
      if (!isAlone || !isRead || otherPatient === undefined || otherPatient === patient) continue;
      const other = await placeReader.read(place, `Patient/${encodeURIComponent(otherPatient)}`);
      must('app-launch/authorization-details-context', servedResources(other, 'Patient').length === 0, {
        expected: `Patient/${otherPatient}, who is not in context, not to be readable at ${location}`,
        actual: answered(other),
        because: [...because, other],
      });
    }
  },
});

function readsPatient(scopes: readonly string[]): boolean {
  return ['patient', 'user'].some((level) => scopesBeyond(scopes, [`${level}/Patient.r`]).length === 0);
}

const scope = test({
  id: 'app-launch/authorization-details-scope',
  title: 'At each location the scope of its entry counts, or else that of the token',
  requirements: ['app-launch/authorization-details-scope'],
  needs: [detailedLaunch, prober, placeReader, capabilities, configuration],
  async run({ detailedLaunch, prober, placeReader, capabilities, configuration: { data }, must, undecided }) {
    const id = 'app-launch/authorization-details-scope';
    const type = data.resourceType ?? 'Observation';
    const letters = capabilities.includes('permission-v2') ? 'rs' : 'read';
    const search = ({ patient }: Place) => `${type}?patient=${encodeURIComponent(patient ?? '')}`;
    const withheld = ({ scopes }: Place) =>
      ['patient', 'user'].every((level) => scopesBeyond(scopes, [`${level}/${type}.s`]).length > 0);

    const authorization = await prober.code({ scope: `launch/patient patient/Patient.${letters}` });
    const answer = await prober.redeem(authorization);
    if (answer.kind !== 'granted') throw new Skip('undecided', 'a launch for Patient alone brought no token');
    const narrow: Grant = { client: prober.client, authorization, exchange: answer.exchange, tokens: answer.tokens };
    const places = placesOf(detailedLaunch);
    const narrowed = [...placesOf(narrow), ...places].filter((place) => place.patient !== null && withheld(place));
    if (narrowed.length === 0) {
      throw new Skip('undecided', `at every location the scopes cover ${type}: there is nothing to withhold`);
    }
    for (const place of narrowed) {
      const { location, grant, patient, scopes } = place;
      const full = places.find((one) => one.location === location && !withheld(one)) ?? place;
      const control = await placeReader.read(full, search(full));
      const own = await placeReader.read(place, `Patient/${encodeURIComponent(patient ?? '')}`);
      const out = await placeReader.read(place, search(place));
      const because = [grant.exchange, own, out, ...(full === place ? [] : [control])];
      if (readsPatient(scopes)) {
        must(id, servedResources(own, 'Patient').length > 0, {
          expected: `${location} to let read Patient/${patient}, with scope ${scopes.join(' ')}`,
          actual: answered(own),
          because,
        });
      }
      const isGiven = servedResources(out, type).length > 0;
      if (!isGiven && (full === place || servedResources(control, type).length === 0)) {
        undecided(id, { message: `${location} has shown no ${type} to a token whose scope covers it`, because });
        continue;
      }
      must(id, !isGiven, {
        expected: `${location} not to give away ${type}, with scope ${scopes.join(' ')}`,
        actual: isGiven ? `${answered(out)}, with ${type} resources` : answered(out),
        because,
      });
    }
  },
});

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 200);
}

export const authorizationDetailsTests = [members, versions, context, scope];

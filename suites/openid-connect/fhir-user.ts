import { outcomeOf } from '../../src/artifacts/authorization-outcome.ts';
import { prober } from '../../src/artifacts/prober.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { readJson } from '../../src/http/read-json.ts';
import { configuration, type Exchange, http, isRecord, isSince, Skip, test } from '../../src/kit/index.ts';
import { type Identity, identities } from './identities.ts';

/** What fhirUser may be; PractitionerRole since 2.1. */
const types = ['Patient', 'Practitioner', 'RelatedPerson', 'Person'];

/** The claim, absolute; null when it is no string. */
function fhirUserOf({ jwt }: Identity, fhirBaseUrl: string): URL | null {
  const { fhirUser } = jwt.claims;
  const base = fhirBaseUrl.replace(/\/?$/, '/');
  return typeof fhirUser === 'string' && URL.canParse(fhirUser, base) ? new URL(fhirUser, base) : null;
}

function typeIn(url: URL): string | undefined {
  return url.pathname.split('/').at(-2);
}

const claim = test({
  id: 'openid-connect/fhir-user-claim',
  title: 'The id_token says which resource the user is',
  requirements: [
    'openid-connect/fhir-user-claim',
    'openid-connect/fhir-user-type',
    'openid-connect/fhir-user-url',
    'openid-connect/fhir-user-person-last',
  ],
  needs: [identities, fhirBaseUrl, configuration],
  run({ identities, fhirBaseUrl, configuration: { specVersion }, must, should, info }) {
    for (const identity of identities) {
      const { launch, jwt, because } = identity;
      const { fhirUser, profile } = jwt.claims;
      const granted = launch.tokens.scopes ?? [];
      const isOld = !isSince(specVersion, '2.0');
      if (granted.includes('openid') && granted.includes('fhirUser')) {
        const named = fhirUser ?? (isOld ? profile : undefined);
        must('openid-connect/fhir-user-claim', typeof named === 'string' && named !== '', {
          expected: 'fhirUser, a string, as openid and fhirUser were granted',
          actual: fhirUser === undefined ? 'absent' : JSON.stringify(fhirUser),
          because,
        });
      }
      const url = fhirUserOf(identity, fhirBaseUrl);
      if (!url) continue;
      const allowed = isSince(specVersion, '2.1') ? [...types, 'PractitionerRole'] : types;
      const type = typeIn(url);
      must('openid-connect/fhir-user-type', type !== undefined && allowed.includes(type), {
        expected: `fhirUser to be a ${allowed.join(', ')}`,
        actual: String(fhirUser),
        because,
      });
      const isHere = url.href.startsWith(fhirBaseUrl.replace(/\/?$/, '/'));
      info('openid-connect/fhir-user-url', {
        message: `fhirUser is ${isHere ? 'below the FHIR base URL' : `on another server: ${url.origin}`}`,
        because,
      });
      // Our users are known to be patients or practitioners by the names the configuration gives them.
      if (type === 'Person') {
        should(
          'openid-connect/fhir-user-person-last',
          !['patient', 'practitioner', 'restricted'].includes(signerOf(launch.kind)),
          {
            expected: 'Person only where no other type fits',
            actual: String(fhirUser),
            because,
          },
        );
      }
    }

    function signerOf(kind: string): string {
      return kind === 'ehr' ? 'practitioner' : 'patient';
    }
  },
});

const resolves = test({
  id: 'openid-connect/fhir-user-resolves',
  title: 'fhirUser leads to a resource',
  requirements: ['openid-connect/fhir-user-resolves'],
  needs: [identities, fhirBaseUrl, http],
  async run({ identities, fhirBaseUrl, http, must, undecided }) {
    const id = 'openid-connect/fhir-user-resolves';
    for (const identity of identities) {
      const { launch, because } = identity;
      if (!launch.tokens.scopes?.includes('fhirUser')) continue;
      const url = fhirUserOf(identity, fhirBaseUrl);
      if (!url) {
        must(id, false, { expected: 'fhirUser, as the scope was granted', actual: 'none', because });
        continue;
      }
      if (!url.href.startsWith(fhirBaseUrl.replace(/\/?$/, '/'))) {
        undecided(id, { message: `fhirUser is on ${url.origin}, to which the token is not sent`, because });
        continue;
      }
      const read = await http.send({
        url,
        redirect: 'manual',
        headers: {
          accept: 'application/fhir+json',
          ...launch.client.headers,
          authorization: `Bearer ${launch.tokens.accessToken}`,
        },
      });
      const status = read.response?.status;
      if (status === 401 || status === 403 || status === undefined) {
        undecided(id, {
          message: `${url.pathname} could not be read with that token: ${status ?? 'no answer'}`,
          because: [...because, read],
        });
        continue;
      }
      must(id, status === 200 && resourceTypeIn(read) === typeIn(url), {
        expected: `GET ${url.href} to give that ${typeIn(url)}`,
        actual: `${status}${resourceTypeIn(read) === undefined ? '' : `, a ${resourceTypeIn(read)}`}`,
        because: [...because, read],
      });
    }
  },
});

function resourceTypeIn({ response }: Exchange): string | undefined {
  const json = readJson(response?.body ?? '');
  const type = json.kind === 'value' && isRecord(json.value) ? json.value.resourceType : undefined;
  return typeof type === 'string' ? type : undefined;
}

const readable = test({
  id: 'openid-connect/fhir-user-readable',
  title: 'The scopes openid and fhirUser suffice to read the user’s own resource',
  requirements: ['openid-connect/fhir-user-readable'],
  needs: [prober, identities, fhirBaseUrl, http],
  async run({ prober, identities: [identity], fhirBaseUrl, http, should }) {
    const authorization = await prober.authorize({ scope: 'openid fhirUser' });
    const answer = outcomeOf(authorization) === 'code' ? await prober.redeem(authorization) : null;
    const url = identity && answer?.kind === 'granted' ? fhirUserOf(identity, fhirBaseUrl) : null;
    if (!url || answer?.kind !== 'granted') throw new Skip('undecided', 'openid and fhirUser alone were not granted');
    if (!url.href.startsWith(fhirBaseUrl.replace(/\/?$/, '/')))
      throw new Skip('undecided', 'fhirUser is on another server');
    const read = await http.send({
      url,
      redirect: 'manual',
      headers: {
        accept: 'application/fhir+json',
        ...prober.client.headers,
        authorization: `Bearer ${answer.tokens.accessToken}`,
      },
    });
    should('openid-connect/fhir-user-readable', read.response?.status === 200, {
      expected: `${url.href} to be readable with openid and fhirUser alone`,
      actual: `${read.response?.status ?? 'no answer'}`,
      because: [answer.exchange, read],
    });
  },
});

export const fhirUserTests = [claim, resolves, readable];

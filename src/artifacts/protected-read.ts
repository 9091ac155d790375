import { resourcesServed } from '../fhir/served.ts';
import { artifact, Block, configuration, type Exchange, type HttpClient, http, Skip } from '../kit/index.ts';
import type { TokenResponse } from '../oauth/token-request.ts';
import { patientInContext } from '../smart/patient-in-context.ts';
import { lacksData } from '../smart/scope.ts';
import { belowBase } from '../smart/well-known.ts';
import { isSuccess } from './document.ts';
import { fhirFormat } from './fhir-version.ts';
import { type Launch, usualLaunch } from './launches.ts';
import { fhirBaseUrl, patientType } from './target.ts';

/** A FHIR read that the token of a launch allows, and that needs one: the measure for all that is refused. */
export interface ProtectedRead {
  readonly url: string;
  /** The same below the FHIR base URL. */
  readonly path: string;
  readonly launch: Launch;
  /** The read with the token as it was granted. */
  readonly control: Exchange;
  /** The same read with other headers in place of that token's, or at another URL. */
  send(headers: Readonly<Record<string, string>>, url?: string): Promise<Exchange>;
}

/** The patient in the launch's context, read with the token; where its scopes do not reach that, data of the patient. */
export const protectedRead = artifact({
  name: 'protectedRead',
  needs: [configuration, usualLaunch, fhirBaseUrl, fhirFormat, http],
  async obtain({ configuration, usualLaunch: launch, fhirBaseUrl, fhirFormat, http }): Promise<ProtectedRead> {
    const patient = patientInContext(launch.tokens.members) ?? configuration.data.patient;
    if (patient === undefined) {
      throw new Skip('undecided', 'the launch gave no patient in context to read; data.patient names one');
    }
    const id = encodeURIComponent(patient);
    const send = readerOf(launch, fhirFormat.accept, http);
    const refused: Exchange[] = [];
    for (const path of [`Patient/${id}`, `${patientType(configuration.data)}?patient=${id}&_count=5`]) {
      const url = belowBase(fhirBaseUrl, path);
      const control = await send({ authorization: `Bearer ${launch.tokens.accessToken}` }, url);
      if (isSuccess(control) && (!path.includes('?') || resourcesServed(control).length > 0)) {
        return { url, path, launch, control, send: (headers, at = url) => send(headers, at) };
      }
      refused.push(control);
    }
    const reason = `the token of the launch reads neither Patient/${patient} nor ${patientType(configuration.data)} of it, so nothing can be said of others`;
    throw new Block(reason, refused);
  },
});

/** Whether a token was given less than the one that reads: what it is refused may be refused for that. */
export function mayReadLess({ launch }: ProtectedRead, { scopes }: Pick<TokenResponse, 'scopes'>): boolean {
  return scopes !== null && lacksData((launch.tokens.scopes ?? launch.scope.split(' ')).join(' '), scopes);
}

/** Sends FHIR reads with what the launch's client always sends. */
function readerOf({ client }: Launch, accept: string, http: HttpClient) {
  return (headers: Readonly<Record<string, string>>, url: string): Promise<Exchange> =>
    http.send({ url, redirect: 'manual', headers: { accept, ...client.headers, ...headers } });
}

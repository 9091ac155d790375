import { servedResources } from '../fhir/served.ts';
import { artifact, Block, configuration, type Exchange, Skip } from '../kit/index.ts';
import { patientInContext } from '../smart/patient-in-context.ts';
import { readSuffix } from '../smart/read-suffix.ts';
import { isPermission } from '../smart/scope.ts';
import { fhirReader } from './fhir-reader.ts';
import type { Grant } from './launcher.ts';
import { type Refreshed, type Refresher, refresher } from './refreshes.ts';
import { capabilities } from './smart-configuration.ts';
import { patientType } from './target.ts';

/**
 * Two scopes, and data of which it is known that the one allows it and the other does not: shows what a refreshed token
 * is really good for.
 */
export interface ScopeProbe {
  readonly of: Refreshed;
  /** Reaches patients, and none of the data below. */
  readonly narrow: string;
  /** The same of another client. */
  narrowOf(other: Pick<Refreshed, 'launch'>): string;
  /** The scope that makes the difference. */
  readonly further: string;
  /** Narrow and further, and what came of asking for both. */
  readonly wide: string;
  readonly wideGrant: Grant;
  /** Asks for the data. */
  read(grant: Pick<Grant, 'client' | 'tokens'>): Promise<{ readonly served: boolean; readonly exchange: Exchange }>;
  /** What shows that the probe works. */
  readonly control: readonly Exchange[];
}

export const scopeProbe = artifact({
  name: 'scopeProbe',
  needs: [configuration, capabilities, refresher, fhirReader],
  async obtain({ configuration: { data, specVersion }, capabilities, refresher, fhirReader }): Promise<ScopeProbe> {
    const [of] = refresher.refreshed;
    if (!of) throw new Block('there is no refresh token to try with');
    const forUser = capabilities.includes('permission-user') && !capabilities.includes('permission-patient');
    const level = forUser ? 'user' : 'patient';
    const suffix = readSuffix(capabilities, specVersion);
    const type = patientType(data);
    const narrowOf: ScopeProbe['narrowOf'] = ({ launch }) => {
      const formalities = launch.scope.split(' ').filter((scope) => !isPermission(scope) && !spared.includes(scope));
      return [...formalities, `${level}/Patient.${suffix}`].join(' ');
    };
    const narrow = narrowOf(of);
    const further = `${level}/${type}.${suffix}`;
    const wide = `${narrow} ${further}`;

    const [wideGrant, narrowGrant] = await grantBoth(refresher, of, wide, narrow);
    const patient = patientInContext(wideGrant.tokens.members) ?? data.patient;
    if (patient === undefined) {
      throw new Skip('undecided', 'the launch gave no patient whose data could be asked for; data.patient names one');
    }
    const read: ScopeProbe['read'] = async ({ client, tokens: { accessToken } }) => {
      const path = `${type}?patient=${encodeURIComponent(patient)}&_count=1`;
      const exchange = await fhirReader.read(path, { client, accessToken });
      return { served: servedResources(exchange, type).length > 0, exchange };
    };
    const [allowed, withheld] = await Promise.all([read(wideGrant), read(narrowGrant)]);
    const control = [allowed.exchange, withheld.exchange];
    if (!allowed.served) throw new Skip('undecided', `a token with ${further} was given no ${type} of ${patient}`);
    if (withheld.served)
      throw new Skip('undecided', `a token without ${further} was given ${type} resources all the same`);
    return { of, narrow, narrowOf, further, wide, wideGrant, read, control };
  },
});

/** Scopes that take further pages, or concern the user alone; some servers refuse whoever does not ask for `openid`. */
const spared = ['launch/encounter', 'fhirUser', 'profile'];

function grantBoth(refresher: Refresher, of: Refreshed, wide: string, narrow: string) {
  return Promise.all([refresher.grantAnew(of, wide), refresher.grantAnew(of, narrow)]);
}

import { backendToken } from '../../src/artifacts/backend.ts';
import { launches } from '../../src/artifacts/launches.ts';
import { grantedScopes, refreshed } from '../../src/artifacts/refreshes.ts';
import {
  artifact,
  attempted,
  Block,
  type Client,
  configuration,
  type Exchange,
  isUnobtainable,
  type TargetData,
} from '../../src/kit/index.ts';
import type { TokenResponse } from '../../src/oauth/token-request.ts';
import { patientInContext } from '../../src/smart/patient-in-context.ts';

/** An access token that the server has issued, and what it said when it did. */
export interface TokenAtHand {
  /** For findings: `the token of the ehr launch of my-app`. */
  readonly name: string;
  readonly client: Client;
  readonly tokens: TokenResponse;
  readonly scopes: readonly string[];
  /** The token response. */
  readonly exchange: Exchange;
  /** What the token should be able to read, below the FHIR base URL; null when nothing is known of that kind. */
  readonly readable: string | null;
}

/** The token of every launch and refresh, and of the backend service; at least one. */
export const tokensAtHand = artifact({
  name: 'tokensAtHand',
  needs: [configuration, attempted(launches), attempted(backendToken), attempted(refreshed)],
  obtain({ configuration: { data }, launches, backendToken, refreshed }): readonly TokenAtHand[] {
    const reasons = [launches, backendToken].filter((one) => isUnobtainable(one));
    const launched = isUnobtainable(launches) ? [] : launches;
    const tokens = launched.map((launch): TokenAtHand => {
      const { kind, client, exchange, tokens } = launch;
      const name = `the token of the ${kind} launch of ${client.clientId}`;
      return { name, client, tokens, scopes: grantedScopes(launch), exchange, readable: patientIn(tokens, data) };
    });
    for (const { client, launch, tokens: given, exchange } of isUnobtainable(refreshed) ? [] : refreshed) {
      const name = `the refreshed token of ${client.clientId}`;
      const readable = patientIn(given, {}) ?? patientIn(launch.tokens, data);
      const scopes = given.scopes ?? grantedScopes(launch);
      tokens.push({ name, client, tokens: given, scopes, exchange, readable });
    }
    if (!isUnobtainable(backendToken)) {
      const { client, exchange, tokens: given, scope } = backendToken;
      const name = `the token of the backend service ${client.clientId}`;
      const scopes = given.scopes ?? scope.split(' ');
      tokens.push({ name, client, tokens: given, scopes, exchange, readable: 'Patient?_count=1' });
    }
    if (tokens.length > 0) return tokens;
    throw (
      reasons.find((reason) => reason instanceof Block) ?? reasons[0] ?? new Block('there is no token to ask about')
    );
  },
});

/** The patient in context, or else one whom the user may see, as a path. */
export function patientIn({ members }: TokenResponse, data: Pick<TargetData, 'patient'>): string | null {
  const patient = patientInContext(members) ?? data.patient ?? null;
  return patient === null ? null : `Patient/${encodeURIComponent(patient)}`;
}

import type { Client } from '../kit/index.ts';
import { type AssertionChanges, signClientAssertion } from './client-assertion.ts';
import { assertionCredentials, type Credentials } from './client-authentication.ts';

/** How a request departs from one that is known to be accepted. */
export interface AssertionDeparture extends AssertionChanges {
  /** Changes the signed assertion. */
  readonly rewrite?: (assertion: string) => string;
  /** Other values of the parameters beside it; `undefined` leaves one out. */
  readonly parameters?: Readonly<Record<string, string | undefined>>;
}

/**
 * What a client authenticates with, but for what the departure changes.
 *
 * @param audience - the token endpoint's URL, as published
 */
export function departed(client: Client, audience: string, departure: AssertionDeparture): Credentials {
  const { rewrite = (assertion) => assertion, parameters, ...changes } = departure;
  const usual = assertionCredentials(rewrite(signClientAssertion(client, audience, changes)));
  const members = Object.entries({ ...usual.parameters, ...parameters });
  const given = members.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return { headers: {}, parameters: Object.fromEntries(given) };
}

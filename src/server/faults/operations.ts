/** FHIR's operations that read: `$lastn` of Observation, which stands for all of them. */
import type { Override } from '../behaviour.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import type { Setup } from '../setup.ts';
import { together } from '../together.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { almighty, isIssued } from './formats.ts';
import { changesAnswers, replaceRequest } from './overrides.ts';

const lastn = { name: 'lastn', definition: 'http://hl7.org/fhir/OperationDefinition/Observation-lastn' };

/** The FHIR API with `Observation/$lastn`; `change` alters the headers of the requests for it. */
export function offersLastn(change: (headers: Headers, setup: Setup) => void = () => {}): Override {
  return together(
    (usual) => ({ capabilityStatement: () => listingOperation(usual.capabilityStatement(), 'Observation', lastn) }),
    changesAnswers('fhir', (answer, asked, _usual, setup) => {
      const { request } = asked;
      const url = new URL(request.url);
      if (request.method !== 'GET' || !url.pathname.endsWith('/Observation/$lastn')) return answer();
      // A search finds the same.
      url.pathname = url.pathname.replace(/\/\$lastn$/, '');
      url.searchParams.delete('max');
      const headers = new Headers(request.headers);
      change(headers, setup);
      replaceRequest(asked, url, { headers });
      return answer();
    }),
  );
}

/** A CapabilityStatement with one more operation of a type. */
export function listingOperation(statement: JsonObject, type: string, operation: JsonObject): JsonObject {
  return changingTypes(statement, (one) => (one.type === type ? { ...one, operation: [operation] } : one));
}

/** It offers that interaction with no type, whatever the server does. */
export function offeringNo(interaction: string): Override {
  const isOther = (offered: unknown) => !isJsonObject(offered) || offered.code !== interaction;
  return (usual) => ({
    capabilityStatement: () =>
      changingTypes(usual.capabilityStatement(), (type) => ({
        ...type,
        interaction: Array.isArray(type.interaction) ? type.interaction.filter(isOther) : [],
      })),
  });
}

/** The types that it lists, changed. */
export function changingTypes(statement: JsonObject, change: (type: JsonObject) => JsonObject): JsonObject {
  const { rest } = statement;
  const [server] = Array.isArray(rest) ? rest.filter(isJsonObject) : [];
  const types = Array.isArray(server?.resource) ? server.resource.filter(isJsonObject) : [];
  return { ...statement, rest: [{ ...server, resource: types.map(change) }] };
}

/** It is run without a look at tokens such as these. */
function unwatched(isSuch: (authorization: string | null, setup: Setup) => boolean): Override {
  return offersLastn((headers, setup) => {
    if (!isSuch(headers.get('authorization'), setup)) return;
    headers.set('authorization', `Bearer ${almighty(setup) ?? ''}`);
  });
}

/** /metadata does not list it. */
const unlisted: Override = (usual) => ({
  capabilityStatement: () => changingTypes(usual.capabilityStatement(), ({ operation: _, ...type }) => type),
});

const rows: readonly FaultRow[] = [
  {
    id: 'scopes/token-validated~operation',
    level: 'fail',
    summary: 'An operation needs no token',
    override: unwatched((authorization, setup) => !isIssued(authorization, setup)),
  },
  {
    id: 'scopes/token-validated~operation-unlisted',
    level: 'fail',
    summary: 'An operation that /metadata does not list needs no token',
    override: together(
      unwatched((authorization, setup) => !isIssued(authorization, setup)),
      unlisted,
    ),
  },
  {
    id: 'scopes/scope-covers-request~operation',
    level: 'fail',
    summary: 'An operation does not look at scopes',
    also: ['scopes/one-patient-only'],
    override: unwatched(isIssued),
  },
  {
    id: 'scopes/one-patient-only~operation',
    level: 'fail',
    summary: 'An operation brings the data of any patient',
    also: ['scopes/scope-covers-request'],
    override: unwatched(isIssued),
  },
];

export const operationFaults = faultsOf(rows);

/** Writes on a condition, which the server does not know otherwise: where they are overlooked in the access rules. */
import type { Override } from '../behaviour.ts';
import { together } from '../together.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { almighty } from './formats.ts';
import { changingTypes } from './operations.ts';
import { changesAnswers, replaceRequest } from './overrides.ts';

type Conditional = 'conditionalCreate' | 'conditionalUpdate' | 'conditionalDelete';

/** It is offered for Observation, by `_id`, to whoever has a token. */
function unwatched(member: Conditional, value: unknown): Override {
  return together(
    (usual) => ({
      capabilityStatement: () =>
        changingTypes(usual.capabilityStatement(), (one) =>
          one.type === 'Observation' ? { ...one, [member]: value } : one,
        ),
    }),
    changesAnswers('fhir', async (answer, asked, _usual, setup) => {
      const { request } = asked;
      const url = new URL(request.url);
      const condition =
        member === 'conditionalCreate' ? (request.headers.get('if-none-exist') ?? '') : url.searchParams.toString();
      const id = /^_id=([A-Za-z0-9.-]+)$/.exec(condition)?.[1];
      const method = { conditionalCreate: 'POST', conditionalUpdate: 'PUT', conditionalDelete: 'DELETE' }[member];
      const token = almighty(setup);
      if (request.method !== method || id === undefined || !url.pathname.endsWith('/Observation') || token === null) {
        return answer();
      }
      url.pathname = `${url.pathname}/${id}`;
      url.search = '';
      const headers = new Headers(request.headers);
      headers.set('authorization', `Bearer ${token}`);
      const change = { method, ...(method === 'PUT' && { body: await request.text() }) };
      replaceRequest(asked, url, { headers, ...(method !== 'POST' && change) });
      return answer();
    }),
  );
}

const rows: readonly FaultRow[] = [
  {
    id: 'scopes/update-scope~conditional',
    level: 'fail',
    summary: 'Conditional updates need no scope',
    override: unwatched('conditionalUpdate', true),
  },
  {
    id: 'scopes/scope-covers-request~conditional-delete',
    level: 'fail',
    summary: 'Conditional deletes need no scope',
    override: unwatched('conditionalDelete', 'single'),
  },
  {
    id: 'scopes/one-patient-only~conditional-create',
    level: 'fail',
    summary: 'A conditional create answers with what is there already, whose ever it is',
    override: unwatched('conditionalCreate', true),
  },
];

export const conditionalFaults = faultsOf(rows);

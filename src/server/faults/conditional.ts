/** Writes on a condition, which the server does not know otherwise: where they are overlooked in the access rules. */
import type { Override } from '../behaviour.ts';
import { isJsonObject } from '../json.ts';
import { together } from '../together.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { almighty } from './formats.ts';
import { changesAnswers, changesTokenResponse, changesTokenScopes } from './overrides.ts';

type Conditional = 'conditionalCreate' | 'conditionalUpdate' | 'conditionalDelete';

/** It is offered for Observation, by `_id`, to whoever has a token. */
function unwatched(member: Conditional, value: unknown): Override {
  return together(
    (usual) => ({
      capabilityStatement: () => {
        const { rest, ...statement } = usual.capabilityStatement();
        const [server] = Array.isArray(rest) ? rest.filter(isJsonObject) : [];
        const resources = Array.isArray(server?.resource) ? server.resource.filter(isJsonObject) : [];
        const resource = resources.map((one) => (one.type === 'Observation' ? { ...one, [member]: value } : one));
        return { ...statement, rest: [{ ...server, resource }] };
      },
    }),
    changesAnswers('fhir', async (answer, { request, context }, _usual, setup) => {
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
      context.req.raw = new Request(
        url,
        method === 'POST' ? { headers } : { method, headers, ...(method === 'PUT' && { body: await request.text() }) },
      );
      Object.defineProperty(context.req, 'path', { value: url.pathname });
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
  {
    id: 'scopes/scope-covers-request~v1-read-writes',
    level: 'fail',
    summary: 'read, the scope of version 1, is good for writing, too',
    override: changesTokenScopes((scopes) =>
      scopes.map((scope) => (scope.endsWith('.read') ? scope.replace(/read$/, '*') : scope)),
    ),
  },
  {
    id: 'scopes/scope-covers-request~deselected',
    level: 'fail',
    summary: 'Tokens are good for what was asked for, whatever the user has deselected',
    also: ['scopes/one-patient-only'],
    override: changesTokenResponse((members, grant, _grantType, { vault }) => {
      const token = String(members.access_token);
      const issued = vault.accessTokens.get(token);
      const code = [...vault.codes.values()].find((one) => one.grant === grant);
      const asked = code?.request.parameters
        .get('scope')
        ?.split(' ')
        .filter((scope) => scope.startsWith('patient/'));
      if (issued && asked)
        vault.accessTokens.set(token, { ...issued, scopes: [...new Set([...issued.scopes, ...asked])] });
      return members;
    }),
  },
];

export const conditionalFaults = faultsOf(rows);

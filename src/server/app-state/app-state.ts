import type { AccessGrant } from '../access.ts';
import { versionHeaders } from '../fhir/call.ts';
import { FhirProblem } from '../fhir/fhir-problem.ts';
import type { Resource, ResourceContent } from '../fhir/resource.ts';
import type { Setup } from '../setup.ts';
import type { AppStateRules, Change, Done, StateAction, StateAnswer } from './rules.ts';
import { identityOf, type StateIdentity, type StoredState } from './state.ts';

/** One store of state, in memory. Each interaction throws a FhirProblem when it is not done. */
export interface AppState {
  /** @param size - of the body, in bytes */
  create(grant: AccessGrant, content: ResourceContent, size: number): StateAnswer;
  update(grant: AccessGrant, id: string, ifMatch: string | null, content: ResourceContent, size: number): StateAnswer;
  remove(grant: AccessGrant, id: string, ifMatch: string | null): StateAnswer;
  search(grant: AccessGrant, url: URL): StateAnswer;
}

export function createAppState({ site }: Setup, rules: AppStateRules): AppState {
  const states = new Map<string, StoredState>();

  const demandPermission = (grant: AccessGrant, action: StateAction, identity: StateIdentity) => {
    if (rules.permits(grant, action, identity)) return;
    const about = identity.subject === null ? 'global state' : 'state of this subject';
    throw new FhirProblem(403, 'forbidden', `the app may not do this with ${about} under the code ${identity.code}`);
  };

  const demandStorable = (content: ResourceContent, size: number) => {
    throwFirst(Object.values(rules.contentChecks), content, size);
  };

  const store = (content: ResourceContent, id: string, before: Resource | null): Resource => {
    const { meta, ...elements } = content;
    const versionId = rules.newVersion(before?.meta.versionId ?? null);
    const given = typeof meta === 'object' ? meta : {};
    const resource = { ...elements, id, meta: { ...given, versionId, lastUpdated: new Date().toISOString() } };
    states.set(id, { resource, deleted: false });
    return resource;
  };

  const changeable = (grant: AccessGrant, change: Omit<Change, 'stored'>): StoredState => {
    const stored = states.get(change.id);
    if (!stored) throw new FhirProblem(404, 'not-found', `there is no Basic/${change.id}`);
    demandPermission(grant, change.action, identityOf(stored.resource));
    throwFirst(Object.values(rules.changeChecks), { ...change, stored });
    return stored;
  };

  const answered = (status: number, resource: Resource, done: Done, location: boolean): StateAnswer => {
    const headers = {
      ...versionHeaders(resource),
      ...(location && { location: `${site.appState}/Basic/${resource.id}` }),
    };
    return rules.answer({ status, headers, resource }, done);
  };

  return {
    create(grant, content, size) {
      const identity = identityOf(content);
      if (identity.code !== '') demandPermission(grant, 'c', identity);
      demandStorable(content, size);
      if (!rules.roomFor(identity, [...states.values()])) {
        throw new FhirProblem(409, 'duplicate', 'there is state of this code and subject already');
      }
      const resource = store(rules.kept(content, 'c'), rules.newId(content), null);
      return answered(201, resource, { action: 'c', before: null }, true);
    },

    update(grant, id, ifMatch, content, size) {
      const { resource: before } = changeable(grant, { action: 'u', id, ifMatch, content });
      demandStorable(content, size);
      const resource = store(rules.kept(content, 'u'), id, before);
      return answered(200, resource, { action: 'u', before }, false);
    },

    remove(grant, id, ifMatch) {
      const { resource } = changeable(grant, { action: 'd', id, ifMatch, content: null });
      states.set(id, { resource, deleted: true });
      return rules.answer({ status: 204, headers: {}, resource: null }, { action: 'd', before: resource });
    },

    search(grant, url) {
      const code = url.searchParams.get('code') ?? '';
      const subject = url.searchParams.get('subject');
      const onlyGlobal = url.searchParams.get('subject:missing') === 'true';
      if (!code.includes('|')) throw new FhirProblem(400, 'required', 'code is system|code');
      const isPlain = subject === null && !onlyGlobal;
      if (!isPlain && !rules.answersAnyway({ code, subject })) demandPermission(grant, 's', { code, subject });
      const found = [...states.values()]
        .filter((state) => rules.finds(state))
        .map(({ resource }) => resource)
        .filter((resource) => rules.matches.code(code, resource))
        .filter((resource) => subject === null || rules.matches.subject(subject, resource))
        .filter((resource) => !onlyGlobal || rules.matches.noSubject(resource))
        .filter((resource) => rules.permits(grant, 's', identityOf(resource)));
      const self = `${site.appState}/Basic${url.search}`;
      return rules.answer(
        { status: 200, headers: {}, resource: rules.searchset(found, self) },
        { action: 's', before: null },
      );
    },
  };
}

/** @throws the first problem that one of the checks has with it */
function throwFirst<Checked extends readonly unknown[]>(
  checks: readonly ((...checked: Checked) => FhirProblem | null)[],
  ...checked: Checked
): void {
  for (const check of checks) {
    const problem = check(...checked);
    if (problem) throw problem;
  }
}

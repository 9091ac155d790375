import { answerBundle } from './batch.ts';
import type { Call, FhirAnswer } from './call.ts';
import { history, instanceHistory } from './history.ts';
import { read, vread } from './read.ts';
import { interactionsWith } from './resource-types.ts';
import { route } from './route.ts';
import { searchSystem, searchType } from './search.ts';
import { create, patch, remove, update } from './write.ts';

/**
 * Does what one request asks for.
 *
 * @throws FhirProblem when it is not done
 */
export function dispatch(call: Call): FhirAnswer {
  const { types, setup } = call.service;
  const found = route(call.method, call.path, types, (name) => {
    const type = types.get(name);
    return type ? interactionsWith(type, setup.fhirVersion) : [];
  });
  switch (found.interaction) {
    case 'read':
      return read(call, found.type, found.id);
    case 'vread':
      return vread(call, found.type, found.id, found.versionId);
    case 'history-instance':
      return instanceHistory(call, found.type, found.id);
    case 'history-type':
      return history(call, found.type);
    case 'history-system':
      return history(call, null);
    case 'search-type':
      return searchType(call, found.type, found.patient);
    case 'search-system':
      return searchSystem(call);
    case 'create':
      return create(call, found.type);
    case 'update':
      return update(call, found.type, found.id);
    case 'patch':
      return patch(call, found.type, found.id);
    case 'delete':
      return remove(call, found.type, found.id);
    case 'bundle':
      return answerBundle(call, dispatch);
  }
}

import { attempt, type Call, demandScope } from './call.ts';
import { type Attempt, allowsAny } from './fhir-access.ts';
import { FhirProblem } from './fhir-problem.ts';

/**
 * The types a search or history of the whole system is about: those of `_type`, else all that the client has a scope for.
 *
 * @throws InsufficientScope when it has none for a type it named, or none at all
 */
export function typesOfSystem(call: Call, interaction: Attempt['interaction']): readonly string[] {
  const { types, access } = call.service;
  const named = call.parameters.get('_type')?.split(',') ?? [];
  const unknown = named.find((type) => !types.has(type));
  if (unknown !== undefined) throw new FhirProblem(400, 'invalid', '_type names a type this server does not have');
  for (const type of named) demandScope(call, attempt(call, interaction, type));
  if (named.length > 0) return named;
  const allowed = [...types.keys()].filter((type) => allowsAny(access, call.grant, attempt(call, interaction, type)));
  if (allowed.length === 0) demandScope(call, attempt(call, interaction, '*'));
  return allowed;
}

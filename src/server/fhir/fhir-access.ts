import type { AccessGrant } from '../access.ts';
import { visiblePatients } from '../record/visible-patients.ts';
import type { Setup } from '../setup.ts';
import { FhirProblem } from './fhir-problem.ts';
import { localReference } from './local-reference.ts';
import { patientsOf } from './patient-compartment.ts';
import type { ResourceContent } from './resource.ts';
import { type Permission, type ResourceScope, readResourceScope } from './resource-scope.ts';
import { type Interaction, resourceTypes, type SystemInteraction, searchParameters } from './resource-types.ts';
import { criterion } from './search-criteria.ts';

/** What a client is about to do with resources of one type. */
export interface Attempt {
  readonly interaction: Interaction | SystemInteraction;
  readonly type: string;
  /** How the resources come into play: asked for, or by _include or _revinclude of a search for others. */
  readonly by: 'request' | '_include' | '_revinclude';
  readonly entryOf: 'batch' | 'transaction' | null;
  readonly method: string;
  /** Below the base URL. */
  readonly path: readonly string[];
  readonly parameters: URLSearchParams;
}

/** The rules by which scopes become access. A request is allowed when one scope of the grant keeps all of them. */
export interface FhirAccess {
  /** What a scope means; null when it grants nothing here. */
  readScope(scope: string): ResourceScope | null;
  /** The letters of which a scope must have one. */
  permissionsFor(attempt: Attempt): readonly Permission[];
  /** Whether a scope names the type. */
  coversType(scope: ResourceScope, attempt: Attempt): boolean;
  /** Whether a resource, as it is or as it would become, matches the conditions of a granular scope. */
  meetsConditions(scope: ResourceScope, attempt: Attempt, resource: ResourceContent): boolean;
  /** Whether a resource belongs to the patient in context, or to nobody; for `patient/` scopes. */
  inContextPatient(grant: AccessGrant, attempt: Attempt, resource: ResourceContent): boolean;
  /** Whether the user could do it without the app; for `patient/` and `user/` scopes. */
  withinUserRights(grant: AccessGrant, attempt: Attempt, resource: ResourceContent): boolean;
}

const permissions: Readonly<Record<Attempt['interaction'], Permission>> = {
  create: 'c',
  read: 'r',
  vread: 'r',
  'history-instance': 'r',
  update: 'u',
  patch: 'u',
  delete: 'd',
  'search-type': 's',
  'search-system': 's',
  'history-type': 's',
  'history-system': 's',
};

/** The rules as the guide has them ("Scopes for requesting FHIR Resources"). */
export function conformantFhirAccess({ site, fhirVersion }: Setup): FhirAccess {
  const types = new Map(resourceTypes(fhirVersion).map((type) => [type.type, type]));
  const patientsIn = (resource: ResourceContent) => {
    const type = types.get(resource.resourceType);
    return type ? patientsOf(resource, type, site.fhir) : new Set<string>();
  };

  return {
    readScope: readResourceScope,
    permissionsFor: ({ interaction }) => [permissions[interaction]],
    coversType: (scope, { type }) => scope.type === '*' || scope.type === type,

    meetsConditions({ conditions }, _attempt, resource) {
      const type = types.get(resource.resourceType);
      return conditions.every(([name, value]) => {
        const parameter = type && searchParameters(type).get(name);
        return parameter !== undefined && matches(() => criterion(parameter, null, value, site.fhir)(resource));
      });
    },

    inContextPatient({ patient }, attempt, resource) {
      if (patient === null) return false;
      const patients = patientsIn(resource);
      if (patients === 'shared') return !writes(attempt);
      // What is about two patients may be read by either, and changed in the context of neither.
      return patients.has(patient) && (patients.size === 1 || !writes(attempt));
    },

    withinUserRights({ fhirUser, userMayNotSee }, attempt, resource) {
      const user = localReference(fhirUser, site.fhir);
      if (!user || userMayNotSee.includes(`${resource.resourceType}/${String(resource.id)}`)) return false;
      const visible = visiblePatients(`${user.type}/${user.id}`);
      if (visible === 'all') return true;
      const patients = patientsIn(resource);
      if (patients === 'shared') return !writes(attempt);
      const seen = [...patients].filter((patient) => visible.includes(patient));
      return seen.length > 0 && (seen.length === patients.size || !writes(attempt));
    },
  };
}

/** Whether any scope of the grant is for such a request, whatever the resource. */
export function allowsAny(access: FhirAccess, grant: AccessGrant, attempt: Attempt): boolean {
  return scopesFor(access, grant, attempt).length > 0;
}

/** Whether a request may have this resource, or leave it behind. */
export function allows(access: FhirAccess, grant: AccessGrant, attempt: Attempt, resource: ResourceContent): boolean {
  return scopesFor(access, grant, attempt).some(
    (scope) => reaches(access, scope, grant, attempt, resource) && access.meetsConditions(scope, attempt, resource),
  );
}

/** What would have to be in the grant, for `scope` of the challenge (RFC 6750 section 3). */
export function missingScope(access: FhirAccess, grant: AccessGrant, attempt: Attempt): string {
  const levels = grant.scopes.flatMap((scope) => access.readScope(scope)?.level ?? []);
  return `${levels[0] ?? 'patient'}/${attempt.type}.${permissions[attempt.interaction]}`;
}

function scopesFor(access: FhirAccess, grant: AccessGrant, attempt: Attempt): readonly ResourceScope[] {
  const letters = access.permissionsFor(attempt);
  return grant.scopes.flatMap((text) => {
    const scope = access.readScope(text);
    const covers =
      scope && access.coversType(scope, attempt) && letters.some((letter) => scope.permissions.has(letter));
    return covers ? scope : [];
  });
}

function reaches(
  access: FhirAccess,
  { level }: ResourceScope,
  grant: AccessGrant,
  attempt: Attempt,
  resource: ResourceContent,
): boolean {
  switch (level) {
    case 'system':
      return true;
    case 'user':
      return access.withinUserRights(grant, attempt, resource);
    case 'patient':
      // Without a user there are no rights of one to exceed.
      return (
        access.inContextPatient(grant, attempt, resource) &&
        (grant.fhirUser === null || access.withinUserRights(grant, attempt, resource))
      );
  }
}

function writes({ interaction }: Attempt): boolean {
  return 'cud'.includes(permissions[interaction]);
}

/** A condition that cannot be evaluated holds for nothing. */
function matches(evaluate: () => boolean): boolean {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof FhirProblem) return false;
    throw error;
  }
}

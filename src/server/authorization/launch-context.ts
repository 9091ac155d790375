import type { JsonObject } from '../json.ts';
import { conditionOf } from '../people.ts';

/** What a launch tells the app about where it was launched (scopes-and-launch-context, "Launch context arrives"). */
export interface LaunchContext {
  readonly patient?: string;
  readonly encounter?: string;
  readonly fhirContext?: readonly JsonObject[];
  readonly needPatientBanner?: boolean;
  readonly intent?: string;
  readonly smartStyleUrl?: string;
  readonly tenant?: string;
  /** As CDS Hooks has it in links; of launches that begin with a Task. */
  readonly appContext?: string;
}

/** As members of the token response. */
export function contextMembers(context: LaunchContext): JsonObject {
  const { patient, encounter, fhirContext, needPatientBanner, intent, smartStyleUrl, tenant, appContext } = context;
  return {
    ...(patient !== undefined && { patient }),
    ...(encounter !== undefined && { encounter }),
    ...(fhirContext !== undefined && { fhirContext }),
    ...(needPatientBanner !== undefined && { need_patient_banner: needPatientBanner }),
    ...(intent !== undefined && { intent }),
    ...(smartStyleUrl !== undefined && { smart_style_url: smartStyleUrl }),
    ...(tenant !== undefined && { tenant }),
    ...(appContext !== undefined && { appContext }),
  };
}

const conditionScope = /^launch\/condition(?:\?role=(.+))?$/;

/** Whether a launch/ scope asks for the condition that is looked at, in whatever role. */
export function asksForCondition(scope: string): boolean {
  return conditionScope.test(scope);
}

/** The role that a condition may have here, beside none. */
export function reasonRole(baseUrl: string): string {
  return `${baseUrl}/roles/reason-for-visit`;
}

/**
 * The condition of a patient for each launch/ scope that asks for it ("Scopes for requesting context data"): in the role
 * asked for, and without one when this server does not know that role.
 */
export function conditionsAskedFor(
  scopes: readonly string[],
  patient: string,
  baseUrl: string,
): readonly { readonly reference: string; readonly role?: string }[] {
  const reference = `Condition/${conditionOf(patient)}`;
  const roles = scopes.filter(asksForCondition).map((scope) => conditionScope.exec(scope)?.[1]);
  const known = roles.map((role) => (role === reasonRole(baseUrl) ? role : undefined));
  return [...new Set(known)].map((role) => ({ reference, ...(role !== undefined && { role }) }));
}

import type { JsonObject } from '../json.ts';

/** What a launch tells the app about where it was launched (scopes-and-launch-context, "Launch context arrives"). */
export interface LaunchContext {
  readonly patient?: string;
  readonly encounter?: string;
  readonly fhirContext?: readonly JsonObject[];
  readonly needPatientBanner?: boolean;
  readonly intent?: string;
  readonly smartStyleUrl?: string;
  readonly tenant?: string;
}

/** As members of the token response. */
export function contextMembers(context: LaunchContext): JsonObject {
  const { patient, encounter, fhirContext, needPatientBanner, intent, smartStyleUrl, tenant } = context;
  return {
    ...(patient !== undefined && { patient }),
    ...(encounter !== undefined && { encounter }),
    ...(fhirContext !== undefined && { fhirContext }),
    ...(needPatientBanner !== undefined && { need_patient_banner: needPatientBanner }),
    ...(intent !== undefined && { intent }),
    ...(smartStyleUrl !== undefined && { smart_style_url: smartStyleUrl }),
    ...(tenant !== undefined && { tenant }),
  };
}

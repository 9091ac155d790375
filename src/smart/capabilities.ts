import type { SpecVersion } from '../kit/index.ts';

/** Every capability the guide defines, with the version that first did (conformance, "Capabilities"). */
export const definedCapabilities: Readonly<Record<string, SpecVersion>> = {
  'launch-ehr': '1.0',
  'launch-standalone': '1.0',
  'authorize-post': '2.0',
  'client-public': '1.0',
  'client-confidential-symmetric': '1.0',
  'client-confidential-asymmetric': '2.0',
  'sso-openid-connect': '1.0',
  'context-banner': '1.0',
  'context-style': '1.0',
  'context-ehr-patient': '1.0',
  'context-ehr-encounter': '1.0',
  'context-standalone-patient': '1.0',
  'context-standalone-encounter': '1.0',
  'permission-offline': '1.0',
  'permission-online': '2.0',
  'permission-patient': '1.0',
  'permission-user': '1.0',
  'permission-v1': '2.0',
  'permission-v2': '2.0',
  'smart-app-state': '2.1',
};

export interface CapabilitySet {
  readonly id: string;
  readonly title: string;
  /** Beside one of the client types. */
  readonly capabilities: readonly string[];
}

/** Every set needs at least one of these; an asymmetric client comes on top (conformance, "Capability Sets"). */
export const clientTypesOfSets = ['client-public', 'client-confidential-symmetric'] as const;

export const capabilitySets = [
  {
    id: 'patient-access-standalone',
    title: 'Patient Access for Standalone Apps',
    capabilities: ['launch-standalone', 'context-standalone-patient', 'permission-patient'],
  },
  {
    id: 'patient-access-ehr',
    title: 'Patient Access for EHR Launch',
    capabilities: ['launch-ehr', 'context-ehr-patient', 'permission-patient'],
  },
  {
    id: 'clinician-access-standalone',
    title: 'Clinician Access for Standalone',
    capabilities: ['launch-standalone', 'permission-user', 'permission-patient'],
  },
  {
    id: 'clinician-access-ehr',
    title: 'Clinician Access for EHR Launch',
    capabilities: [
      'launch-ehr',
      'context-ehr-patient',
      'context-ehr-encounter',
      'permission-user',
      'permission-patient',
    ],
  },
] as const satisfies readonly CapabilitySet[];

/** What of a set is not advertised, in words; empty when the set is complete. */
export function missingFromSet(set: CapabilitySet, advertised: readonly string[]): readonly string[] {
  const missing = set.capabilities.filter((capability) => !advertised.includes(capability));
  return clientTypesOfSets.some((type) => advertised.includes(type))
    ? missing
    : [...missing, clientTypesOfSets.join(' or ')];
}

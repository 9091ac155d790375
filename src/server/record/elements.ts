/** Builders of the elements that records are made of, in the shape of R4. */
import type { JsonObject } from '../json.ts';

const hl7 = 'http://terminology.hl7.org/CodeSystem';

export const systems = {
  loinc: 'http://loinc.org',
  snomed: 'http://snomed.info/sct',
  rxnorm: 'http://www.nlm.nih.gov/research/umls/rxnorm',
  cvx: 'http://hl7.org/fhir/sid/cvx',
  ucum: 'http://unitsofmeasure.org',
  smart: 'http://hl7.org/fhir/smart-app-launch/CodeSystem/smart-codes',
  usCoreCategory: 'http://hl7.org/fhir/us/core/CodeSystem/us-core-category',
  usCoreConditionCategory: 'http://hl7.org/fhir/us/core/CodeSystem/condition-category',
  observationCategory: `${hl7}/observation-category`,
  conditionCategory: `${hl7}/condition-category`,
  conditionClinical: `${hl7}/condition-clinical`,
  conditionVerification: `${hl7}/condition-ver-status`,
  allergyClinical: `${hl7}/allergyintolerance-clinical`,
  allergyVerification: `${hl7}/allergyintolerance-verification`,
  actCode: `${hl7}/v3-ActCode`,
  role: `${hl7}/v3-RoleCode`,
  provenanceAgent: `${hl7}/provenance-participant-type`,
  diagnosticService: `${hl7}/v2-0074`,
} as const;

export type System = keyof typeof systems;

export function coding(system: System, code: string, display?: string): JsonObject {
  return { system: systems[system], code, ...(display !== undefined && { display }) };
}

export function concept(system: System, code: string, display?: string): JsonObject {
  return { coding: [coding(system, code, display)], ...(display !== undefined && { text: display }) };
}

export function reference(to: string, display?: string): JsonObject {
  return { reference: to, ...(display !== undefined && { display }) };
}

/** An identifier of this server's own kind. */
export function identifier(kind: string, value: string): readonly JsonObject[] {
  return [{ system: `https://smart-check.test/ids/${kind}`, value }];
}

/** `given` is space-separated. */
export function humanName(given: string, family: string, prefix?: string): readonly JsonObject[] {
  return [{ use: 'official', family, given: given.split(' '), ...(prefix !== undefined && { prefix: [prefix] }) }];
}

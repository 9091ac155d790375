/**
 * What each release of FHIR defines, as far as a check of SMART servers needs it. Made by a program on 2026-11-25 from the
 * published definitions: the packages hl7.fhir.r4b.core 4.3.0 (2022-05-28) and hl7.fhir.r5.core 5.0.0 (2023-03-26); for
 * 1.0.2, 3.0.2 and 4.0.1 the type models of the package fhirpath 5.2.2 and the search parameters and compartments in
 * HL7's own Java models (org.hl7.fhir.core, 2026-08-15); and, for the compartment of 1.0.2, compartments.xml of FHIR's
 * source (2016-02-02). To make it anew, list per release the concrete resource types, the parameters of the compartment
 * "Patient" with the elements in their expressions, and the types with a search parameter "category"; then say of each
 * release only what differs from the one before. R6 is not published yet: until then it is taken for R5.
 */

import type { SinceRelease } from './release.ts';

/** Which words came with a release and which went; all else stays as in the release before. */
export type Changes = SinceRelease<{ readonly added: readonly string[]; readonly removed?: readonly string[] }>;

/** The resource types, in lines of several. */
export const resourceTypeChanges: Changes = {
  DSTU2: {
    added: [
      'Account AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic Binary BodySite Bundle',
      'CarePlan Claim ClaimResponse ClinicalImpression Communication CommunicationRequest Composition',
      'ConceptMap Condition Conformance Contract Coverage DataElement DetectedIssue Device DeviceComponent',
      'DeviceMetric DeviceUseRequest DeviceUseStatement DiagnosticOrder DiagnosticReport DocumentManifest',
      'DocumentReference EligibilityRequest EligibilityResponse Encounter EnrollmentRequest EnrollmentResponse',
      'EpisodeOfCare ExplanationOfBenefit FamilyMemberHistory Flag Goal Group HealthcareService',
      'ImagingObjectSelection ImagingStudy Immunization ImmunizationRecommendation ImplementationGuide List',
      'Location Media Medication MedicationAdministration MedicationDispense MedicationOrder',
      'MedicationStatement MessageHeader NamingSystem NutritionOrder Observation OperationDefinition',
      'OperationOutcome Order OrderResponse Organization Parameters Patient PaymentNotice PaymentReconciliation',
      'Person Practitioner Procedure ProcedureRequest ProcessRequest ProcessResponse Provenance Questionnaire',
      'QuestionnaireResponse ReferralRequest RelatedPerson RiskAssessment Schedule SearchParameter Slot',
      'Specimen StructureDefinition Subscription Substance SupplyDelivery SupplyRequest TestScript ValueSet',
      'VisionPrescription',
    ],
  },
  STU3: {
    added: [
      'ActivityDefinition AdverseEvent CapabilityStatement CareTeam ChargeItem CodeSystem CompartmentDefinition',
      'Consent DeviceRequest Endpoint ExpansionProfile GraphDefinition GuidanceResponse ImagingManifest Library',
      'Linkage Measure MeasureReport MedicationRequest MessageDefinition PlanDefinition PractitionerRole',
      'RequestGroup ResearchStudy ResearchSubject Sequence ServiceDefinition StructureMap Task TestReport',
    ],
    removed: [
      'Conformance DeviceUseRequest DiagnosticOrder ImagingObjectSelection MedicationOrder Order OrderResponse',
    ],
  },
  R4: {
    added: [
      'BiologicallyDerivedProduct BodyStructure CatalogEntry ChargeItemDefinition CoverageEligibilityRequest',
      'CoverageEligibilityResponse DeviceDefinition EffectEvidenceSynthesis EventDefinition Evidence',
      'EvidenceVariable ExampleScenario ImmunizationEvaluation InsurancePlan Invoice MedicationKnowledge',
      'MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication',
      'MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction',
      'MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical',
      'MedicinalProductUndesirableEffect MolecularSequence ObservationDefinition OrganizationAffiliation',
      'ResearchDefinition ResearchElementDefinition RiskEvidenceSynthesis ServiceRequest SpecimenDefinition',
      'SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation',
      'SubstanceSourceMaterial SubstanceSpecification TerminologyCapabilities VerificationResult',
    ],
    removed: [
      'BodySite DataElement DeviceComponent EligibilityRequest EligibilityResponse ExpansionProfile',
      'ImagingManifest ProcedureRequest ProcessRequest ProcessResponse ReferralRequest Sequence',
      'ServiceDefinition',
    ],
  },
  R4B: {
    added: [
      'AdministrableProductDefinition Citation ClinicalUseDefinition EvidenceReport Ingredient',
      'ManufacturedItemDefinition MedicinalProductDefinition NutritionProduct PackagedProductDefinition',
      'RegulatedAuthorization SubscriptionStatus SubscriptionTopic SubstanceDefinition',
    ],
    removed: [
      'EffectEvidenceSynthesis MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication',
      'MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction',
      'MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical',
      'MedicinalProductUndesirableEffect RiskEvidenceSynthesis SubstanceNucleicAcid SubstancePolymer',
      'SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification',
    ],
  },
  R5: {
    added: [
      'ActorDefinition ArtifactAssessment BiologicallyDerivedProductDispense ConditionDefinition',
      'DeviceAssociation DeviceDispense DeviceUsage EncounterHistory FormularyItem GenomicStudy',
      'ImagingSelection InventoryItem InventoryReport NutritionIntake Permission RequestOrchestration',
      'Requirements SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation',
      'SubstanceSourceMaterial TestPlan Transport',
    ],
    removed: [
      'CatalogEntry DeviceUseStatement DocumentManifest Media RequestGroup ResearchDefinition',
      'ResearchElementDefinition',
    ],
  },
};

/** The resource types with a search parameter `category`: those that a scope can be narrowed by. */
export const categoryChanges: Changes = {
  DSTU2: {
    added: [
      'AllergyIntolerance Communication CommunicationRequest Condition DetectedIssue DeviceMetric',
      'DiagnosticReport Goal Observation Substance',
    ],
  },
  STU3: {
    added: [
      'AdverseEvent CarePlan CareTeam Consent HealthcareService MedicationRequest MedicationStatement',
      'MessageDefinition Procedure ResearchStudy SupplyRequest',
    ],
  },
  R4: {
    added: ['Composition DocumentReference ServiceRequest'],
    removed: ['DetectedIssue HealthcareService'],
  },
  R5: {
    added: ['AuditEvent DetectedIssue Flag ObservationDefinition'],
    removed: ['ResearchStudy'],
  },
};

/**
 * What is in the compartment of a patient, from a release on, by which elements; null where the type ended.
 * Left out are Patient itself, and Group and Person, which may be of many.
 */
export const compartmentElements: Readonly<Record<string, SinceRelease<string | null>>> = {
  Account: { DSTU2: 'subject' },
  AdverseEvent: { STU3: 'subject' },
  AllergyIntolerance: {
    DSTU2: 'patient recorder reporter',
    STU3: 'asserter patient recorder',
    R5: 'participant.actor patient',
  },
  Appointment: { DSTU2: 'participant.actor' },
  AppointmentResponse: { DSTU2: 'actor' },
  AuditEvent: {
    DSTU2: 'object.reference participant.reference',
    STU3: 'agent.reference entity.reference',
    R4: 'agent.who entity.what',
    R5: 'patient',
  },
  Basic: { DSTU2: 'author subject' },
  BiologicallyDerivedProductDispense: { R5: 'patient' },
  BodySite: { DSTU2: 'patient', R4: null },
  BodyStructure: { R4: 'patient' },
  CarePlan: {
    DSTU2: 'activity.detail.performer participant.member subject',
    STU3: 'activity.detail.performer subject',
    R5: 'subject',
  },
  CareTeam: { STU3: 'participant.member subject' },
  ChargeItem: { STU3: 'subject' },
  Claim: { DSTU2: 'patient', STU3: 'patient payee.party' },
  ClaimResponse: { STU3: 'patient' },
  ClinicalImpression: { DSTU2: 'patient', STU3: 'subject' },
  Communication: { DSTU2: 'recipient sender subject' },
  CommunicationRequest: {
    DSTU2: 'recipient requester sender subject',
    STU3: 'recipient requester.agent sender subject',
    R4: 'recipient requester sender subject',
    R5: 'informationProvider recipient requester subject',
  },
  Composition: { DSTU2: 'attester.party author subject' },
  Condition: { DSTU2: 'patient', STU3: 'asserter subject', R5: 'participant.actor subject' },
  Consent: { STU3: 'patient', R5: 'subject' },
  Contract: { R5: 'subject' },
  Coverage: {
    STU3: 'beneficiary payor policyHolder subscriber',
    R5: 'beneficiary paymentBy.party policyHolder subscriber',
  },
  CoverageEligibilityRequest: { R4: 'patient' },
  CoverageEligibilityResponse: { R4: 'patient' },
  DetectedIssue: { DSTU2: 'patient', R5: 'subject' },
  DeviceAssociation: { R5: 'operation.operator subject' },
  DeviceRequest: {
    STU3: 'performer requester.agent subject',
    R4: 'performer subject',
    R5: 'performer.reference subject',
  },
  DeviceUsage: { R5: 'patient' },
  DeviceUseRequest: { DSTU2: 'subject', STU3: null },
  DeviceUseStatement: { DSTU2: 'subject', R5: null },
  DiagnosticOrder: { DSTU2: 'subject', STU3: null },
  DiagnosticReport: { DSTU2: 'subject' },
  DocumentManifest: { DSTU2: 'author recipient subject', R5: null },
  DocumentReference: { DSTU2: 'author subject' },
  EligibilityRequest: { STU3: 'patient', R4: null },
  Encounter: { DSTU2: 'patient', STU3: 'subject' },
  EncounterHistory: { R5: 'subject' },
  EnrollmentRequest: { DSTU2: 'subject', R4: 'candidate' },
  EpisodeOfCare: { DSTU2: 'patient' },
  ExplanationOfBenefit: { STU3: 'patient payee.party' },
  FamilyMemberHistory: { DSTU2: 'patient' },
  Flag: { DSTU2: 'subject' },
  GenomicStudy: { R5: 'subject' },
  Goal: { DSTU2: 'subject' },
  GuidanceResponse: { R5: 'subject' },
  ImagingManifest: { STU3: 'author patient', R4: null },
  ImagingObjectSelection: { DSTU2: 'author patient', STU3: null },
  ImagingSelection: { R5: 'subject' },
  ImagingStudy: { DSTU2: 'patient', R4: 'subject' },
  Immunization: { DSTU2: 'patient' },
  ImmunizationEvaluation: { R4: 'patient' },
  ImmunizationRecommendation: { DSTU2: 'patient' },
  Invoice: { R4: 'recipient subject' },
  List: { DSTU2: 'source subject' },
  MeasureReport: { STU3: 'patient', R4: 'subject' },
  Media: { DSTU2: 'subject', R5: null },
  MedicationAdministration: { DSTU2: 'patient', STU3: 'performer.actor subject', R5: 'subject' },
  MedicationDispense: { DSTU2: 'patient', STU3: 'receiver subject' },
  MedicationOrder: { DSTU2: 'patient', STU3: null },
  MedicationRequest: { STU3: 'subject' },
  MedicationStatement: { DSTU2: 'informationSource patient', STU3: 'subject' },
  MolecularSequence: { R4: 'patient', R5: 'subject' },
  NutritionIntake: { R5: 'reportedReference subject' },
  NutritionOrder: { DSTU2: 'patient', R5: 'subject' },
  Observation: { DSTU2: 'performer subject' },
  Order: { DSTU2: 'subject', STU3: null },
  Procedure: { DSTU2: 'performer.actor subject' },
  ProcedureRequest: { DSTU2: 'orderer performer subject', STU3: 'performer subject', R4: null },
  Provenance: { DSTU2: 'target', R5: 'patient' },
  QuestionnaireResponse: { DSTU2: 'author subject' },
  ReferralRequest: { DSTU2: 'patient requester', STU3: 'requester.agent subject', R4: null },
  RelatedPerson: { DSTU2: 'patient' },
  RequestGroup: { STU3: 'action.participant subject', R5: null },
  RequestOrchestration: { R5: 'action.participant.actorReference subject' },
  ResearchSubject: { STU3: 'individual', R5: 'subject' },
  RiskAssessment: { DSTU2: 'subject' },
  Schedule: { DSTU2: 'actor' },
  ServiceRequest: { R4: 'performer subject' },
  Specimen: { DSTU2: 'subject' },
  SupplyDelivery: { DSTU2: 'patient' },
  SupplyRequest: { DSTU2: 'patient', STU3: 'requester.agent', R4: 'deliverTo' },
  Task: { R5: 'focus for' },
  VisionPrescription: { DSTU2: 'patient' },
};

/** The search parameter for a patient where it is not `patient`, from a release on. */
export const patientParameters: Readonly<Record<string, SinceRelease<string>>> = {
  AdverseEvent: { STU3: 'subject', R5: 'patient' },
  Coverage: { STU3: 'beneficiary', R4: 'patient' },
  Schedule: { DSTU2: 'actor' },
  SupplyRequest: { DSTU2: 'patient', STU3: 'requester', R4: 'subject', R5: 'patient' },
};

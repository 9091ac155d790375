/**
 * Resource types that every version of FHIR from DSTU2 to R5 has and few servers serve: what a server that does not
 * serve one of them says when it is asked for it.
 */
export const rareTypes = [
  'EnrollmentRequest',
  'EnrollmentResponse',
  'PaymentReconciliation',
  'PaymentNotice',
  'SupplyRequest',
  'SupplyDelivery',
  'ImplementationGuide',
  'NamingSystem',
  'Schedule',
  'Basic',
] as const;

/** Why the FHIR API does not do what it was asked for; it becomes an OperationOutcome. */
export class FhirProblem extends Error {
  override readonly name = 'FhirProblem';
  readonly status: number;
  /** One of FHIR's issue types. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, diagnostics: string, headers: Readonly<Record<string, string>> = {}) {
    super(diagnostics);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

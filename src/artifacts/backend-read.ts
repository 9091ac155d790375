import { artifact, configuration, type Exchange, Skip, type TargetData } from '../kit/index.ts';
import { covers, readAll } from '../smart/scope.ts';
import { type BackendGrant, backendToken } from './backend.ts';
import { fhirReader } from './fhir-reader.ts';
import { patientType } from './target.ts';

/** A FHIR read that the backend service's token allows. */
export interface BackendRead {
  /** Below the FHIR base URL. */
  readonly path: string;
  /** The read with the token; it may have been refused. */
  readonly exchange: Exchange;
}

export const backendRead = artifact({
  name: 'backendRead',
  needs: [configuration, backendToken, fhirReader],
  async obtain({ configuration: { data }, backendToken, fhirReader }): Promise<BackendRead> {
    const { client, tokens } = backendToken;
    const scopes = scopesOf(backendToken);
    const path = readablePath(scopes, data);
    if (path === null) {
      const granted = scopes.join(' ') || 'nothing';
      throw new Skip('undecided', `the token allows no search that could be tried (granted: ${granted})`);
    }
    return { path, exchange: await fhirReader.read(path, { client, accessToken: tokens.accessToken }) };
  },
});

/** The scopes of a grant: those asked for when the answer names none (RFC 6749 section 5.1). */
export function scopesOf({ tokens, scope }: BackendGrant): readonly string[] {
  return tokens.scopes ?? scope.split(' ');
}

/** The patient that is configured, else a search. Servers that want a patient in searches are given one. */
export function readablePath(scopes: readonly string[], data: TargetData): string | null {
  const { patient } = data;
  if (patient !== undefined && covers(scopes, 'system/Patient.r')) return `Patient/${encodeURIComponent(patient)}`;
  const named = readAll(scopes).map(({ type }) => type);
  const types = ['Patient', patientType(data), ...named.filter((type) => type !== '*')];
  const type = types.find((candidate) => covers(scopes, `system/${candidate}.s`));
  return type === undefined ? null : searchOf(type, data);
}

/** A search for a few resources of a type, those of the configured patient where they have one. */
export function searchOf(type: string, data: TargetData): string {
  const ofPatient = type === patientType(data) && data.patient !== undefined;
  return `${type}?${ofPatient ? `patient=${encodeURIComponent(data.patient ?? '')}&` : ''}_count=5`;
}

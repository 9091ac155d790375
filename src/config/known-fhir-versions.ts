import { nearest } from '../kit/nearest.ts';

/** Published FHIR releases, to suggest one where another word stands. */
const knownFhirVersions: readonly string[] = ['1.0.2', '3.0.2', '4.0.1', '4.3.0', '5.0.0'];

const names: Readonly<Record<string, string>> = {
  DSTU2: '1.0.2',
  STU3: '3.0.2',
  R4: '4.0.1',
  R4B: '4.3.0',
  R5: '5.0.0',
};

/** The version that another word most likely means: that of the release of this name, or the nearest number. */
export function meantFhirVersion(word: string): string | undefined {
  return (
    names[word.toUpperCase()] ??
    nearest(word, knownFhirVersions) ??
    knownFhirVersions.find((one) => one.startsWith(`${word}.`))
  );
}

/** The pages' texts in German; what has no translation stays as it is. */
export function inGerman(text: string): string {
  return texts[text] ?? text;
}

const texts: Readonly<Record<string, string>> = {
  'Sample Clinic': 'Musterklinik',
  'Sign in': 'Anmelden',
  'User name': 'Benutzername',
  Password: 'Kennwort',
  'The user name or the password is wrong.': 'Benutzername oder Kennwort ist falsch.',
  'This account is locked.': 'Dieses Konto ist gesperrt.',
  'One more step': 'Noch ein Schritt',
  'Code from your authenticator app': 'Code aus Ihrer Authenticator-App',
  'The code is wrong.': 'Der Code ist falsch.',
  Verify: 'Bestätigen',
  'Choose a patient': 'Patient auswählen',
  Patient: 'Patient',
  'Choose an encounter': 'Fall auswählen',
  Encounter: 'Fall',
  Select: 'Auswählen',
  Search: 'Suchen',
  Continue: 'Weiter',
  'Share your data?': 'Daten freigeben?',
  Allow: 'Zulassen',
  Deny: 'Ablehnen',
  'An app asks for access:': 'Eine App bittet um Zugriff:',
};

import type { Exchange, Step, User } from '../kit/index.ts';

/** Where a browser is to go, and what it is to do on the pages that it meets. */
export interface Journey {
  readonly start: { readonly url: string /** Sent as a form POST. */; readonly form?: URLSearchParams };
  /** The journey ends, caught and never sent, at a navigation to the origin and path of one of these. */
  readonly until: readonly string[];
  /** It ends, too, at the form that is posted when consent is given: caught and never sent. `auto` alone knows which. */
  readonly holdsConsent?: boolean;
  /** Nothing is done on the pages that come: `auto` looks at them until nothing more happens. */
  readonly looksOnly?: boolean;
  readonly user?: User;
  /** By which door they come in, where a page has one for patients and another for those who treat them. */
  readonly userKind?: UserKind;
  readonly pick: { readonly patient?: string; readonly patientName?: string; readonly encounter?: string };
  /** The client_id of the one app that the EHR is to start. */
  readonly app?: string;
  readonly consent: Consent;
  readonly drive: 'auto' | 'steps' | 'manual';
  readonly steps: readonly Step[];
  /** For `{{user.…}}` and `{{data.…}}` in steps. */
  readonly values: Readonly<Record<string, unknown>>;
}

export type UserKind = 'patient' | 'clinician';

/** What to do on the consent page; `withhold` names scopes to leave out. */
export type Consent = 'approve' | 'deny' | { readonly withhold: readonly string[] };

export type JourneyOutcome = Returned | Stopped;

/** Why a journey stops whose user was to keep something back, and was not asked, or not about that. */
export const noWayToWithhold = 'the consent page offers no way to withhold';

/** Why a journey stops whose user was to refuse, and was given no way to. */
export const noWayToDeny = 'the consent page has no button to deny with';

/** How the title of a picture begins that shows one of a patient's visits being picked; other picks are of people. */
export const pickingVisit = 'pick the visit ';

/** How what a driver did begins in words, where it refused. */
export const denying = 'deny: ';

/** In the title of a picture: something was picked because whoever or whatever is wished for was not there. */
export const forWantOf = ', for want of ';

export interface Travelled {
  readonly exchanges: readonly Exchange[];
  /** What was done on the way, and how the page looked then; the last one is the end. */
  readonly strip: readonly Picture[];
}

export interface Picture {
  readonly title: string;
  /** Null where none was taken. */
  readonly jpeg: Uint8Array | null;
}

/** It came back to the app, or to the form at which it was to be held. */
export interface Returned extends Travelled {
  readonly kind: 'returned';
  readonly url: string;
  readonly method: string;
  /** Of the query, the fragment or the form, as `from` says. */
  readonly parameters: URLSearchParams;
  /** `consent`: of the form that gives consent, on its way to the server. */
  readonly from: 'query' | 'fragment' | 'form' | 'consent';
  /** In a frame of another page, as an EHR embeds apps; absent where that was not looked at. */
  readonly embedded?: boolean;
}

/** It ended elsewhere. */
export interface Stopped extends Travelled {
  readonly kind: 'stopped';
  readonly cause: StopCause;
  readonly message: string;
  readonly lastStatus: number | null;
}

export type StopCause =
  | 'wrong-credentials'
  | 'locked'
  | 'needs-otp'
  | 'needs-person'
  | 'error-page'
  | 'stuck'
  | 'timeout'
  | 'network'
  | 'tls'
  | 'crashed'
  | 'download'
  | 'redirect-loop'
  | 'no-such-step'
  | 'interrupted';

/** A browser context of its own: the cookies of one sign-in. */
export interface BrowserSession {
  drive(journey: Journey): Promise<JourneyOutcome>;
  close(): Promise<void>;
}

export interface AuthorizeBrowser {
  openSession(): Promise<BrowserSession>;
  close(): Promise<void>;
}

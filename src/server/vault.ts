import { randomBytes } from 'node:crypto';
import type { LaunchContext } from './authorization/launch-context.ts';
import type { AuthorizationRequest } from './authorization/request.ts';
import type { RegisteredClient } from './clients.ts';
import type { JsonObject } from './json.ts';
import type { Person } from './people.ts';

/** A browser that has been here; the value of its cookie is the key. */
export interface Session {
  id: string;
  person: Person | null;
  /** Seconds since the epoch. */
  authenticatedAt: number;
  /** The user name given before the password is asked for. */
  claimed: string | null;
  /** Whose password was right, and the one-time password is still to come. */
  awaitingCode: Person | null;
}

/** An authorization request that waits for its user. */
export interface Transaction {
  readonly id: string;
  readonly request: AuthorizationRequest;
  /** The browser that came for it first, and none other may go on. */
  session: Session | null;
  /** The launch from the EHR that it continues. */
  launch: EhrLaunch | null;
  context: LaunchContext;
  /** What the user is asked to approve. */
  offered: readonly string[];
  /** What they approved; null before they decided. */
  approved: readonly string[] | null;
  /** Whether they have passed the page that merely says where they are. */
  welcomed: boolean;
  /** Whether an encounter was chosen, or there is none to choose. */
  encounterSettled: boolean;
}

/** What a user allowed an app, or an administrator a service. */
export interface Grant {
  readonly id: string;
  readonly client: RegisteredClient;
  readonly person: Person | null;
  readonly session: Session | null;
  readonly scopes: readonly string[];
  readonly context: LaunchContext;
  readonly nonce: string | null;
  readonly authenticatedAt: number;
  revoked: boolean;
}

export interface IssuedCode {
  readonly grant: Grant;
  readonly request: AuthorizationRequest;
  readonly expiresAt: number;
  redeemed: boolean;
}

export interface IssuedToken {
  readonly grant: Grant;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The token response in which it was given. */
  response: JsonObject;
  /** Ended by itself, its grant may go on. */
  revoked: boolean;
}

export interface IssuedRefreshToken {
  readonly grant: Grant;
  /** Already exchanged for a newer one. */
  used: boolean;
}

/** A chart that is open in the EHR, handed to an app by a launch value. */
export interface EhrLaunch {
  readonly client: RegisteredClient;
  readonly session: Session;
  readonly context: LaunchContext;
  used: boolean;
}

/** All that a running server remembers, in memory. */
export interface Vault {
  readonly sessions: Map<string, Session>;
  readonly transactions: Map<string, Transaction>;
  readonly codes: Map<string, IssuedCode>;
  readonly accessTokens: Map<string, IssuedToken>;
  readonly refreshTokens: Map<string, IssuedRefreshToken>;
  readonly launches: Map<string, EhrLaunch>;
  /** Failed sign-ins by user name. */
  readonly failures: Map<string, number>;
  /** Client assertions seen, by issuer and jti, with the time at which they expire. */
  readonly assertions: Map<string, number>;
}

export function createVault(): Vault {
  return {
    sessions: new Map(),
    transactions: new Map(),
    codes: new Map(),
    accessTokens: new Map(),
    refreshTokens: new Map(),
    launches: new Map(),
    failures: new Map(),
    assertions: new Map(),
  };
}

/** 256 random bits, for whatever nobody may guess. */
export function unguessable(): string {
  return randomBytes(32).toString('base64url');
}

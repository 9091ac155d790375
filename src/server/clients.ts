import { randomBytes } from 'node:crypto';
import type { KeyPair, Keys } from './keys.ts';

/** A client the server knows. None of their hosts exists: `.test` is reserved (RFC 6761). */
export interface RegisteredClient {
  /** What the configuration calls it; `others` holds several. */
  readonly role: 'public' | 'symmetric' | 'asymmetric' | 'backend' | 'appState' | 'shortLived' | 'others';
  readonly clientId: string;
  /** As users see it. */
  readonly name: string;
  readonly clientSecret?: string;
  readonly keys?: readonly KeyPair[];
  /** Where the client serves its JWK Set, when its keys are not registered by value. */
  readonly jwksUrl?: string;
  readonly redirectUri?: string;
  readonly launchUrl?: string;
  /** The web origin of an app that runs purely in a browser. */
  readonly origin?: string;
  /** Space-separated. */
  readonly scope?: string;
  /** Seconds for which its access tokens are good, when it is not the usual time. */
  readonly tokenLifetime?: number;
  /** The codes of App State, `system|code`, that it may use. */
  readonly stateCodes?: readonly string[];
  /** Whether it may change state without a subject. */
  readonly globalState?: boolean;
}

/**
 * The clients of one server. Their secrets are made anew at each start.
 *
 * @param jwksOrigin - where those that are registered by URL serve their JWK Sets
 */
export function registerClients(keys: Keys, jwksOrigin: string): readonly RegisteredClient[] {
  return [
    {
      role: 'public',
      clientId: 'smart-check-browser-app',
      name: 'Growth Chart',
      redirectUri: 'https://app.smart-check.test/callback',
      launchUrl: 'https://app.smart-check.test/launch',
      origin: 'https://app.smart-check.test',
    },
    {
      role: 'symmetric',
      clientId: 'smart-check-web-app',
      name: 'Medication List',
      // What has a meaning in forms and in HTTP Basic.
      clientSecret: `${newSecret()}%2B+/=&:?`,
      redirectUri: 'https://web-app.smart-check.test/callback',
      launchUrl: 'https://web-app.smart-check.test/launch',
    },
    {
      role: 'asymmetric',
      clientId: 'smart-check-jwt-app',
      name: 'Risk Score',
      keys: keys.asymmetricClient,
      redirectUri: 'https://jwt-app.smart-check.test/callback',
      launchUrl: 'https://jwt-app.smart-check.test/launch?site=north',
    },
    {
      role: 'backend',
      clientId: 'smart-check-service',
      name: 'Nightly Export',
      keys: keys.backendClient,
      scope: 'system/Patient.rs system/Observation.rs',
    },
    {
      role: 'appState',
      clientId: 'smart-check-state-app',
      name: 'Display Settings',
      redirectUri: 'https://state-app.smart-check.test/callback',
      launchUrl: 'https://state-app.smart-check.test/launch',
      origin: 'https://state-app.smart-check.test',
      stateCodes: ['https://state-app.smart-check.test|preferences', 'https://state-app.smart-check.test|keys'],
      globalState: true,
    },
    {
      role: 'shortLived',
      clientId: 'smart-check-brief-app',
      name: 'Quick Look',
      clientSecret: newSecret(),
      redirectUri: 'https://brief-app.smart-check.test/callback',
      launchUrl: 'https://brief-app.smart-check.test/launch',
      tokenLifetime: 1,
    },
    {
      role: 'others',
      clientId: 'smart-check-other-web-app',
      name: 'Visit Planner',
      clientSecret: newSecret(),
      redirectUri: 'https://other-web-app.smart-check.test/callback',
      launchUrl: 'https://other-web-app.smart-check.test/launch',
    },
    {
      role: 'others',
      clientId: 'smart-check-other-browser-app',
      name: 'Allergy Card',
      redirectUri: 'https://other-app.smart-check.test/callback',
      origin: 'https://other-app.smart-check.test',
    },
    {
      role: 'others',
      clientId: 'smart-check-hosted-service',
      name: 'Registry Upload',
      keys: keys.hostedClient,
      jwksUrl: `${jwksOrigin}/smart-check-hosted-service.jwks.json`,
      scope: 'system/Patient.rs',
    },
    {
      role: 'others',
      clientId: 'smart-check-brief-service',
      name: 'Hourly Count',
      keys: keys.briefClient,
      scope: 'system/Patient.rs',
      tokenLifetime: 1,
    },
    {
      role: 'others',
      clientId: 'smart-check-companion-app',
      name: 'Settings Viewer',
      redirectUri: 'https://companion-app.smart-check.test/callback',
      launchUrl: 'https://companion-app.smart-check.test/launch',
      stateCodes: ['https://state-app.smart-check.test|preferences'],
    },
  ];
}

/** Whether a client acts for itself, without a user (backend-services). */
export function isService({ keys, redirectUri }: RegisteredClient): boolean {
  return keys !== undefined && redirectUri === undefined;
}

function newSecret(): string {
  return randomBytes(24).toString('base64url');
}

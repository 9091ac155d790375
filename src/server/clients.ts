import { randomBytes } from 'node:crypto';
import type { KeyPair, Keys } from './keys.ts';

/** A client the server knows. None of their hosts exists: `.test` is reserved (RFC 6761). */
export interface RegisteredClient {
  /** What the configuration calls it. */
  readonly role: 'public' | 'symmetric' | 'asymmetric' | 'backend';
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly keys?: readonly KeyPair[];
  readonly redirectUri?: string;
  readonly launchUrl?: string;
  /** The web origin of an app that runs purely in a browser. */
  readonly origin?: string;
  /** Space-separated. */
  readonly scope?: string;
}

/** The clients of one server. Their secrets are made anew at each start. */
export function registerClients(keys: Keys): readonly RegisteredClient[] {
  return [
    {
      role: 'public',
      clientId: 'smart-check-browser-app',
      redirectUri: 'https://app.smart-check.test/callback',
      launchUrl: 'https://app.smart-check.test/launch',
      origin: 'https://app.smart-check.test',
    },
    {
      role: 'symmetric',
      clientId: 'smart-check-web-app',
      clientSecret: randomBytes(24).toString('base64url'),
      redirectUri: 'https://web-app.smart-check.test/callback',
      launchUrl: 'https://web-app.smart-check.test/launch',
    },
    {
      role: 'asymmetric',
      clientId: 'smart-check-jwt-app',
      keys: keys.asymmetricClient,
      redirectUri: 'https://jwt-app.smart-check.test/callback',
      launchUrl: 'https://jwt-app.smart-check.test/launch',
    },
    {
      role: 'backend',
      clientId: 'smart-check-service',
      keys: keys.backendClient,
      scope: 'system/Patient.rs system/Observation.rs',
    },
  ];
}

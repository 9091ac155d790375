import { artifact, configuration, Skip } from '../kit/index.ts';
import { capabilities, smartConfiguration } from './smart-configuration.ts';

/** How apps can be launched. */
export interface LaunchModes {
  readonly standalone: boolean;
  readonly ehr: boolean;
}

/**
 * The launch modes that are advertised. A server that advertises none and has an authorization endpoint has forgotten to,
 * where the configuration has an app to launch: what it lets in is not to go unseen for that.
 */
export const launchModes = artifact({
  name: 'launchModes',
  needs: [configuration, capabilities, smartConfiguration],
  obtain({ configuration: { clients, ehrLaunch }, capabilities, smartConfiguration: { document } }): LaunchModes {
    if (capabilities.launchesApps) {
      return { standalone: capabilities.includes('launch-standalone'), ehr: capabilities.includes('launch-ehr') };
    }
    const apps = [clients.public, clients.symmetric, clients.asymmetric, clients.appState];
    const isConfigured = apps.some((client) => client?.redirectUri !== undefined);
    const standalone = isConfigured && typeof document.authorization_endpoint === 'string';
    return { standalone, ehr: standalone && ehrLaunch !== undefined };
  },
});

/** @throws Skip when apps cannot be launched in that way */
export function demandMode(modes: LaunchModes, mode: keyof LaunchModes): void {
  if (!modes[mode]) throw new Skip('not-advertised', `launch-${mode} is not advertised`);
}

import { artifact, type Client, type Configuration, configuration, Skip } from '../../kit/index.ts';
import type { LaunchableClient } from '../launcher.ts';
import { appStateBase } from './app-state-base.ts';

/** One of the codes under which an app keeps state; both halves as they stand in a Coding. */
export interface StateCode {
  readonly system: string;
  readonly code: string;
}

/** An app that keeps state. */
export interface StateApp {
  readonly client: LaunchableClient;
  /** At least one. */
  readonly codes: readonly [StateCode, ...StateCode[]];
  readonly mayChangeGlobalState: boolean;
}

/** The app of `clients.appState`, when the run may write. */
export const stateApp = artifact({
  name: 'stateApp',
  // What is not advertised needs no app: that is said first.
  needs: [configuration, appStateBase],
  obtain({ configuration: { clients, allowWrites } }): StateApp {
    if (!clients.appState) throw new Skip('not-configured', 'needs clients.appState');
    const app = stateAppOf(clients.appState);
    if (!app) {
      throw new Skip(
        'not-configured',
        'needs clients.appState with a redirectUri, and stateCodes such as "system|code"',
      );
    }
    if (!allowWrites) throw new Skip('not-allowed', 'stores state, and deletes it again: allowWrites is not set');
    return app;
  },
});

/** An app with state codes that may not change global state: that of `clients.appState`, or one of the others; or null. */
export function ordinaryApp({ clients: { appState, others = [] } }: Configuration): StateApp | null {
  const apps = [appState, ...others].flatMap((client) => (client ? (stateAppOf(client) ?? []) : []));
  return apps.find(({ mayChangeGlobalState }) => !mayChangeGlobalState) ?? null;
}

function stateAppOf({ redirectUri, ...client }: Client): StateApp | null {
  const [first, ...more] = (client.stateCodes ?? []).map(stateCode);
  if (redirectUri === undefined || !first) return null;
  return {
    client: { ...client, redirectUri },
    codes: [first, ...more],
    mayChangeGlobalState: client.globalState === true,
  };
}

function stateCode(text: string): StateCode {
  const separator = text.lastIndexOf('|');
  return { system: separator < 0 ? '' : text.slice(0, separator), code: text.slice(separator + 1) };
}

/** `system|code`, as searches have it. */
export function tokenOf({ system, code }: StateCode): string {
  return system === '' ? code : `${system}|${code}`;
}

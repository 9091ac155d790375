import { ehrAttempts } from '../artifacts/launches.ts';
import type { Artifact, Client, Configuration, Test } from '../kit/index.ts';
import type { Fault } from '../server/index.ts';

type AppRole = 'public' | 'symmetric' | 'asymmetric';
const appRoles: readonly AppRole[] = ['public', 'symmetric', 'asymmetric'];

/** What an app asks for whose users are not to choose an encounter, which takes a page of its own. */
const fewPages = 'openid fhirUser launch/patient offline_access patient/*.rs';

/**
 * The configuration of a user who has registered one app: its launches are all there are, and the EHR starts it only
 * where the tests cannot do without. The other clients are known, and are not launched.
 */
export function withOneApp(
  configuration: Configuration,
  { requirement }: Pick<Fault, 'requirement'>,
  deciding: readonly Test[],
): Configuration {
  const app = appRoles.find((role) => requirement.startsWith(`client-${role}/`)) ?? 'public';
  const { ehrLaunch, clients, ...others } = configuration;
  const rest = appRoles.flatMap((role) => {
    const client = clients[role];
    return client && role !== app ? [[role, withoutLaunches(client)] as const] : [];
  });
  const launched = clients[app];
  const isAboutEncounters = requirement.includes('encounter') || requirement.includes('context');
  const isStartedByEhr = deciding.some((test) => cannotDoWithout(ehrAttempts, test));
  return {
    ...others,
    clients: {
      ...clients,
      ...Object.fromEntries(rest),
      ...(launched && !isAboutEncounters && { [app]: { scope: fewPages, ...launched } }),
    },
    ...(isStartedByEhr && ehrLaunch && { ehrLaunch }),
  };
}

function withoutLaunches({ redirectUri: _, launchUrl: __, ehrStartUrl: ___, ...client }: Client): Client {
  return client;
}

function cannotDoWithout(artifact: Artifact, { needs }: { readonly needs: readonly Artifact[] }): boolean {
  return needs.some(
    (needed) => needed === artifact || (needed.optionally === undefined && cannotDoWithout(artifact, needed)),
  );
}

import type { Client, Configuration } from '../kit/index.ts';

/** A client by the name that the configuration has for it. */
export interface NamedClient extends Client {
  readonly entry: string;
}

/** All but the one that introspects, which may be none of its own. */
export function namedClients({
  clients: { introspection: _, others = [], ...single },
}: Configuration): readonly NamedClient[] {
  return [
    ...Object.entries(single).map(([name, client]) => ({ ...client, entry: `clients.${name}` })),
    ...others.map((client, index) => ({ ...client, entry: `clients.others[${index}]` })),
  ];
}

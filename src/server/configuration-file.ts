import { open } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Configured, DescribedClient } from './self-description.ts';

/**
 * Writes what smart-check needs to know of a server: JSON when the name ends in `.json`, else YAML. Private keys and the
 * authority's certificate go into files beside it, which it names by relative paths. All are for the owner's eyes only
 * (mode 0600), also where they stood before.
 *
 * @throws the system's error when a file cannot be written
 */
export async function writeConfiguration(server: { configuration(): Configured }, file: string): Promise<void> {
  const folder = dirname(file);
  const name = basename(file, extname(file));
  const beside = async (suffix: string, content: string): Promise<string> => {
    await writePrivately(join(folder, name + suffix), content);
    return `./${name}${suffix}`;
  };

  const { tls, clients, ...rest } = server.configuration();
  const { others = [], introspection, ...single } = clients;
  const inFile = async (role: string, { keys, ...client }: DescribedClient) =>
    keys ? { ...client, keys: await beside(`.${role}.private.json`, asJson(keys)) } : client;
  const named = Object.entries(single).map(async ([role, client]) => [role, await inFile(role, client)] as const);
  const configuration = {
    ...rest,
    ...(tls && { tls: { ca: await beside('.ca.pem', tls.ca) } }),
    clients: {
      ...Object.fromEntries(await Promise.all(named)),
      ...(introspection && { introspection }),
      others: await Promise.all(others.map((client, index) => inFile(`others-${index + 1}`, client))),
    },
  };
  await writePrivately(file, extname(file) === '.json' ? asJson(configuration) : await asYaml(configuration));
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function asYaml(value: unknown): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(value, { lineWidth: 0 });
}

async function writePrivately(file: string, content: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    // Before anything is in it: the mode above holds for new files only.
    await handle.chmod(0o600);
    await handle.writeFile(content);
  } finally {
    await handle.close();
  }
}

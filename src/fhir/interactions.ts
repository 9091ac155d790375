import { isRecord } from '../kit/index.ts';

type CapabilityStatement = Readonly<Record<string, unknown>>;

/** The first resource type for which a CapabilityStatement lists an interaction such as `update`; null when none does. */
export function typeWithInteraction(capabilityStatement: CapabilityStatement, interaction: string): string | null {
  const found = serverResources(capabilityStatement).find((resource) => interactionsIn(resource).includes(interaction));
  return typeof found?.type === 'string' ? found.type : null;
}

/**
 * Whether a CapabilityStatement lists an interaction with a type.
 *
 * @returns null when it lists none at all for the type, or there is no statement
 */
export function offersInteraction(
  capabilityStatement: CapabilityStatement | undefined,
  type: string,
  interaction: string,
): boolean | null {
  const listed = interactionsOf(capabilityStatement ?? {}, type);
  return listed.length === 0 ? null : listed.includes(interaction);
}

/** Which of a type's search parameters a CapabilityStatement lists; none when it does not say. */
export function searchParametersOf(
  capabilityStatement: CapabilityStatement | undefined,
  type: string,
): readonly string[] {
  const found = serverResources(capabilityStatement ?? {}).find((resource) => resource.type === type);
  const listed = Array.isArray(found?.searchParam) ? found.searchParam.filter(isRecord) : [];
  return listed.flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
}

/** A resource type that a CapabilityStatement names, Patient before all others; null when it names none. */
export function namedType(capabilityStatement: CapabilityStatement): string | null {
  const types = serverResources(capabilityStatement)
    .map(({ type }) => type)
    .filter((type): type is string => typeof type === 'string' && /^[A-Za-z]+$/.test(type));
  return types.find((type) => type === 'Patient') ?? types[0] ?? null;
}

/** What a server says of each resource type; where it says something of itself as a client, too, that does not count. */
export function serverResources({ rest }: CapabilityStatement): readonly CapabilityStatement[] {
  const server = Array.isArray(rest) ? rest.filter(isRecord).find(({ mode }) => mode !== 'client') : undefined;
  return Array.isArray(server?.resource) ? server.resource.filter(isRecord) : [];
}

/** The codes of the interactions that a CapabilityStatement lists for a resource type. */
export function interactionsOf(capabilityStatement: CapabilityStatement, type: string): readonly string[] {
  const listed = serverResources(capabilityStatement).filter((resource) => resource.type === type);
  return listed.flatMap(interactionsIn);
}

function interactionsIn({ interaction }: CapabilityStatement): readonly string[] {
  const listed = Array.isArray(interaction) ? interaction.filter(isRecord) : [];
  return listed.flatMap(({ code }) => (typeof code === 'string' ? [code] : []));
}

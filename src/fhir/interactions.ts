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

/**
 * Whether a CapabilityStatement lists an operation, such as `lastn` of Observation, for the type or for the whole server.
 * Servers give it its name, with or without the dollar sign, or one of their own and a definition by the type and name.
 */
export function offersOperation(
  capabilityStatement: CapabilityStatement | undefined,
  type: string,
  operation: string,
): boolean {
  const resources = serverResources(capabilityStatement ?? {}).filter((resource) => resource.type === type);
  const ofServer = serverIn(capabilityStatement ?? {});
  const listed = [...resources, ...(ofServer ? [ofServer] : [])].flatMap((one) =>
    Array.isArray(one.operation) ? one.operation.filter(isRecord) : [],
  );
  return listed.some(({ name, definition }) => {
    const url = isRecord(definition) ? definition.reference : definition;
    const isDefined = typeof url === 'string' && url.split('|')[0]?.endsWith(`/${type}-${operation}`) === true;
    return isDefined || name === operation || name === `$${operation}`;
  });
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
export function serverResources(capabilityStatement: CapabilityStatement): readonly CapabilityStatement[] {
  const server = serverIn(capabilityStatement);
  return Array.isArray(server?.resource) ? server.resource.filter(isRecord) : [];
}

function serverIn({ rest }: CapabilityStatement): CapabilityStatement | undefined {
  return Array.isArray(rest) ? rest.filter(isRecord).find(({ mode }) => mode !== 'client') : undefined;
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

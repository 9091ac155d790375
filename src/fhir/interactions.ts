import { isRecord } from '../kit/index.ts';

/** The first resource type for which a CapabilityStatement lists an interaction such as `update`; null when none does. */
export function typeWithInteraction(
  capabilityStatement: Readonly<Record<string, unknown>>,
  interaction: string,
): string | null {
  const { rest } = capabilityStatement;
  const server = Array.isArray(rest) ? rest.filter(isRecord).find(({ mode }) => mode !== 'client') : undefined;
  const resources = Array.isArray(server?.resource) ? server.resource.filter(isRecord) : [];
  const found = resources.find(
    (resource) =>
      Array.isArray(resource.interaction) &&
      resource.interaction.filter(isRecord).some(({ code }) => code === interaction),
  );
  return typeof found?.type === 'string' ? found.type : null;
}

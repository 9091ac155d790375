import type { Client } from '../kit/index.ts';
import { readCapabilities, stringsIn } from './smart-configuration.ts';

/**
 * What a backend service asks for (backend-services, "Scopes"): the scopes it is configured with, else those for systems
 * that the server lists, else all there is to read.
 */
export function backendScope({ scope = '' }: Client, smartConfiguration: Readonly<Record<string, unknown>>): string {
  const configured = scope.split(' ').filter((item) => item !== '');
  if (configured.length > 0) return configured.join(' ');
  const listed = stringsIn(smartConfiguration.scopes_supported).filter((item) => item.startsWith('system/'));
  if (listed.length > 0) return listed.join(' ');
  const capabilities = readCapabilities(smartConfiguration.capabilities);
  const isOld = capabilities?.includes('permission-v1') === true && !capabilities.includes('permission-v2');
  return isOld ? 'system/*.read' : 'system/*.rs';
}

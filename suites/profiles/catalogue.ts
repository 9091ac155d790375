import { schema } from '../../schemas/index.ts';
import { isRecord, type ProfileCatalogue } from '../../src/kit/index.ts';
import { definedCapabilities } from '../../src/smart/capabilities.ts';
import { suites } from '../index.ts';

/** What a profile may name. */
export function profileCatalogue(): ProfileCatalogue {
  const { properties } = schema('smart-configuration');
  return {
    requirements: suites.flatMap(({ requirements }) => requirements),
    suites: suites.map(({ id }) => id),
    capabilities: Object.keys(definedCapabilities),
    members: isRecord(properties) ? Object.keys(properties) : [],
  };
}

import type { Suite } from '../../src/kit/index.ts';
import { brandRequirements } from './requirements/brand.ts';
import { bundleRequirements } from './requirements/bundle.ts';
import { endpointRequirements } from './requirements/endpoint.ts';
import { publicationRequirements } from './requirements/publication.ts';

/** The bundle in which a publisher lists its brands, portals and endpoints. */
export const brands: Suite = {
  id: 'brands',
  title: 'User-access brands',
  requirements: [...publicationRequirements, ...bundleRequirements, ...brandRequirements, ...endpointRequirements],
  tests: [],
};

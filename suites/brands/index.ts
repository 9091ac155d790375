import type { Suite } from '../../src/kit/index.ts';
import { bundleTests } from './bundle.ts';
import { entryTestsOfBrands } from './entries.ts';
import { linkedTests } from './linked.ts';
import { publicationTests } from './publication.ts';
import { reachedTests } from './reached.ts';
import { brandRequirements } from './requirements/brand.ts';
import { bundleRequirements } from './requirements/bundle.ts';
import { endpointRequirements } from './requirements/endpoint.ts';
import { publicationRequirements } from './requirements/publication.ts';

/** The bundle in which a publisher lists its brands, portals and endpoints. */
export const brands: Suite = {
  id: 'brands',
  title: 'User-access brands',
  requirements: [...publicationRequirements, ...bundleRequirements, ...brandRequirements, ...endpointRequirements],
  tests: [...bundleTests, ...entryTestsOfBrands, ...reachedTests, ...publicationTests, ...linkedTests],
};

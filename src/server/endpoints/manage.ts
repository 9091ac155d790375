import type { Endpoint } from '../endpoint.ts';
import { page, refusalPage } from '../responses.ts';

/** Where a user sees which apps have access (conformance, `management_endpoint`). */
export function manageEndpoint(): Endpoint {
  return {
    name: 'manage',
    paths: ['/manage'],
    methods: { GET: () => page('Apps with access to your data', '<p>No app has access to your data.</p>') },
    refuse: refusalPage,
  };
}

import type { Endpoint } from '../endpoint.ts';
import { json } from '../responses.ts';

/** Whatever is no endpoint of ours. */
export function elsewhereEndpoint(): Endpoint {
  return {
    name: 'elsewhere',
    paths: [],
    methods: {},
    refuse: (status, text) => json({ error: text }, { status }),
  };
}

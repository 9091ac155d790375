import { startTransaction } from '../authorization/start-transaction.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Endpoint, RequestContext } from '../endpoint.ts';
import { readForm } from '../form.ts';
import { refusalPage } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** The authorization endpoint (RFC 6749 section 3.1). */
export function authorizeEndpoint(setup: Setup, behaviour: Behaviour): Endpoint {
  const { methods } = behaviour.authorization;
  const get = ({ req }: RequestContext) => startTransaction(new URL(req.url).searchParams, setup, behaviour);
  const post = async ({ req }: RequestContext) => {
    const form = await readForm(req.raw);
    return form.kind === 'form'
      ? startTransaction(form.parameters, setup, behaviour)
      : refusalPage(400, `This app asked wrongly: ${form.reason}.`);
  };
  return {
    name: 'authorize',
    paths: ['/oauth/authorize'],
    methods: { ...(methods.includes('GET') && { GET: get }), ...(methods.includes('POST') && { POST: post }) },
    refuse: refusalPage,
  };
}

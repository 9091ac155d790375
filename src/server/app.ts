import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { Behaviour } from './behaviour.ts';
import { answerPreflight, isPreflight, letPagesRead } from './cors.ts';
import { allowedMethods, type Endpoint, type RequestContext } from './endpoint.ts';
import { appStateEndpoint } from './endpoints/app-state.ts';
import { authorizeEndpoint } from './endpoints/authorize.ts';
import { brandLogosEndpoint } from './endpoints/brand-logos.ts';
import { brandsEndpoint } from './endpoints/brands.ts';
import { ehrEndpoint } from './endpoints/ehr.ts';
import { elsewhereEndpoint } from './endpoints/elsewhere.ts';
import { endSessionEndpoint } from './endpoints/end-session.ts';
import { fhirEndpoint } from './endpoints/fhir.ts';
import { interactionEndpoint } from './endpoints/interaction.ts';
import { introspectEndpoint } from './endpoints/introspect.ts';
import { jwksEndpoint } from './endpoints/jwks.ts';
import { manageEndpoint } from './endpoints/manage.ts';
import { metadataEndpoint } from './endpoints/metadata.ts';
import { openidConfigurationEndpoint } from './endpoints/openid-configuration.ts';
import { revokeEndpoint } from './endpoints/revoke.ts';
import { smartConfigurationEndpoint } from './endpoints/smart-configuration.ts';
import { smartStyleEndpoint } from './endpoints/smart-style.ts';
import { tokenEndpoint } from './endpoints/token.ts';
import { userinfoEndpoint } from './endpoints/userinfo.ts';
import { versionsEndpoint } from './endpoints/versions.ts';
import type { Setup } from './setup.ts';

/** The server's endpoints as one hono application. */
export function createApp(setup: Setup, behaviour: Behaviour): Hono<{ Bindings: HttpBindings }> {
  // The first that fits answers: the FHIR API takes what the documents below its base URL leave.
  const endpoints: readonly Endpoint[] = [
    smartConfigurationEndpoint(behaviour),
    metadataEndpoint(setup, behaviour),
    versionsEndpoint(setup, behaviour),
    openidConfigurationEndpoint(behaviour),
    jwksEndpoint(behaviour),
    authorizeEndpoint(setup, behaviour),
    interactionEndpoint(setup, behaviour),
    ehrEndpoint(setup, behaviour),
    smartStyleEndpoint(),
    tokenEndpoint(setup, behaviour),
    userinfoEndpoint(setup, behaviour),
    endSessionEndpoint(setup),
    introspectEndpoint(behaviour),
    revokeEndpoint(setup, behaviour),
    manageEndpoint(),
    brandsEndpoint(behaviour),
    brandLogosEndpoint(),
    appStateEndpoint(setup, behaviour),
    fhirEndpoint(setup, behaviour),
  ];
  const elsewhere = elsewhereEndpoint();

  const app = new Hono<{ Bindings: HttpBindings }>();
  // A proxy may pass the public path on, or cut it off.
  const basePath = new URL(setup.site.baseUrl).pathname.replace(/\/$/, '');
  for (const prefix of new Set(['', basePath])) {
    for (const endpoint of endpoints) {
      for (const path of endpoint.paths) app.all(prefix + path, (context) => serve(endpoint, context, behaviour));
    }
  }
  app.notFound((context) => serve(elsewhere, context, behaviour));
  app.onError((error) => elsewhere.refuse(500, `the reference server failed: ${error.message}`));
  return app;
}

async function serve(endpoint: Endpoint, context: RequestContext, behaviour: Behaviour): Promise<Response> {
  const request = context.req.raw;
  const policy = behaviour.cors(endpoint.name);
  if (isPreflight(request)) return answerPreflight(policy, request);
  const asked = { endpoint: endpoint.name, request, context };
  const answer = await behaviour.respond(asked, async () => handle(endpoint, context));
  letPagesRead(answer, policy, request);
  return answer;
}

function handle(endpoint: Endpoint, context: RequestContext): Response | Promise<Response> {
  const { method } = context.req;
  const handler = Object.entries(endpoint.methods).find(([name]) => name === (method === 'HEAD' ? 'GET' : method))?.[1];
  if (handler) return handler(context);
  if (endpoint.name === 'elsewhere') return endpoint.refuse(404, `there is nothing at ${context.req.path}`);
  const allow = allowedMethods(endpoint);
  if (method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow } });
  const refusal = endpoint.refuse(405, `${method} is not served here; ${allow} are`);
  refusal.headers.set('allow', allow);
  return refusal;
}

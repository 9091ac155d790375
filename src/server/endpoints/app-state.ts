import type { AccessGrant } from '../access.ts';
import { createAppState } from '../app-state/app-state.ts';
import type { StateAnswer } from '../app-state/rules.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Endpoint, RequestContext } from '../endpoint.ts';
import { jsonMediaTypes, mediaType } from '../fhir/accept.ts';
import { bearerOutcome } from '../fhir/bearer-outcome.ts';
import { FhirProblem } from '../fhir/fhir-problem.ts';
import { parseBody } from '../fhir/parse-body.ts';
import type { ResourceContent } from '../fhir/resource.ts';
import { isJsonObject } from '../json.ts';
import { fhirJson, operationOutcome } from '../responses.ts';
import type { Setup } from '../setup.ts';

type Work = (grant: AccessGrant) => StateAnswer | Promise<StateAnswer>;

/** App State (guide, "App State"): Basic resources of apps, at a base of their own or at the FHIR base URL. */
export function appStateEndpoint(setup: Setup, behaviour: Behaviour): Endpoint {
  const { fhirVersion, site } = setup;
  const states = createAppState(setup, behaviour.appState);
  const isApart = site.appState !== site.fhir;

  const refuse = (status: number, code: string, text: string, headers: Readonly<Record<string, string>> = {}) =>
    operationOutcome(fhirVersion, code, text, { status, headers });

  const answer = async ({ req }: RequestContext, work: Work): Promise<Response> => {
    const outcome = behaviour.appState.admits(bearerOutcome(req.raw, behaviour), req.raw);
    if (outcome.kind !== 'granted') {
      const { status, challenge } = behaviour.bearer.refusal(outcome);
      const text = outcome.kind === 'no-token' ? 'an access token is needed' : outcome.description;
      return refuse(status, 'login', text, challenge === null ? {} : { 'www-authenticate': challenge });
    }
    try {
      const { status, headers, resource } = await work(outcome.grant);
      return resource === null
        ? new Response(null, { status, headers })
        : fhirJson(resource, fhirVersion, { status, headers });
    } catch (error) {
      if (error instanceof FhirProblem) return refuse(error.status, error.code, error.message, error.headers);
      throw error;
    }
  };

  /** Below the base: `Basic`, `Basic/1`, `metadata`. */
  const pathOf = ({ req }: RequestContext): readonly string[] => {
    const segments = req.path.split('/');
    return segments.slice(isApart ? segments.indexOf('appstate') + 1 : segments.indexOf('Basic'));
  };

  const notServed = (context: RequestContext) =>
    refuse(404, 'not-found', `there is nothing for ${context.req.method} at ${context.req.path}`);

  return {
    name: 'app-state',
    paths: isApart ? ['/appstate', '/appstate/*'] : ['/fhir/Basic', '/fhir/Basic/:id'],
    methods: {
      GET: (context) => {
        const [type, id] = pathOf(context);
        if (type === 'metadata') return fhirJson(behaviour.appState.capabilityStatement(), fhirVersion);
        if (type !== 'Basic' || id !== undefined) return notServed(context);
        return answer(context, (grant) => states.search(grant, new URL(context.req.url)));
      },
      POST: (context) => {
        const [type, id] = pathOf(context);
        if (type !== 'Basic' || id !== undefined) return notServed(context);
        return answer(context, async (grant) => {
          const { content, size } = await bodyOf(context.req.raw);
          return states.create(grant, content, size);
        });
      },
      PUT: (context) => {
        const [type, id] = pathOf(context);
        if (type !== 'Basic' || id === undefined) return notServed(context);
        return answer(context, async (grant) => {
          const { content, size } = await bodyOf(context.req.raw);
          return states.update(grant, id, context.req.header('if-match') ?? null, content, size);
        });
      },
      DELETE: (context) => {
        const [type, id] = pathOf(context);
        if (type !== 'Basic' || id === undefined) return notServed(context);
        return answer(context, (grant) => states.remove(grant, id, context.req.header('if-match') ?? null));
      },
    },
    refuse: (status, text) => refuse(status, 'not-supported', text),
  };
}

/** @throws FhirProblem when it is no Basic in JSON */
async function bodyOf(request: Request): Promise<{ content: ResourceContent; size: number }> {
  const text = await request.text();
  const content = parseBody(text, mediaType(request.headers.get('content-type') ?? ''), jsonMediaTypes);
  if (!isJsonObject(content) || content.resourceType !== 'Basic') {
    throw new FhirProblem(400, 'invalid', 'the body is no Basic');
  }
  return { content: { ...content, resourceType: 'Basic' }, size: Buffer.byteLength(text) };
}

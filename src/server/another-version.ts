import type { Asked, Override } from './behaviour.ts';
import type { FhirVersion } from './options.ts';
import type { Setup } from './setup.ts';
import { siteAt } from './site.ts';
import { together } from './together.ts';
import { createVault } from './vault.ts';

/**
 * A server of another FHIR version answers some of the requests. It knows the same clients, people and tokens.
 *
 * @param placed - where it says it is, when that is elsewhere
 * @param overrides - of its own
 */
export function answeredIn(
  fhirVersion: FhirVersion,
  takes: (asked: Asked) => boolean,
  placed: (setup: Setup) => Partial<Setup> = () => ({}),
  overrides: readonly Override[] = [],
): Override {
  return (usual, setup) => {
    const other: Setup = { ...setup, ...placed(setup), fhirVersion };
    // What serves HTTP is loaded when it is first needed.
    const open = async () => {
      const [{ createApp }, { behaviourOf }] = await Promise.all([import('./app.ts'), import('./behaviour.ts')]);
      return createApp(other, behaviourOf(other, overrides));
    };
    let app: ReturnType<typeof open> | undefined;
    return {
      async respond(asked, answer) {
        if (!takes(asked)) return usual.respond(asked, answer);
        app ??= open();
        return (await app).fetch(asked.request, asked.context.env);
      },
    };
  };
}

/** Another base URL on the same server, with a FHIR version, a SMART configuration and an authorization server of its own. */
export function besides(name: string, fhirVersion: FhirVersion, ...overrides: readonly Override[]): Override {
  const other = answeredIn(
    fhirVersion,
    ({ endpoint, request }) => endpoint === 'elsewhere' && new URL(request.url).pathname.startsWith(`/${name}/`),
    ({ site }) => ({ site: siteAt(`${site.baseUrl}/${name}`), vault: createVault() }),
    overrides,
  );
  // What is asked for there before a page is let in, this server answers.
  return together(other, ({ cors }) => ({
    cors: (endpoint) =>
      endpoint === 'elsewhere' ? { ...cors('brands'), methods: ['GET', 'HEAD', 'POST'] } : cors(endpoint),
  }));
}

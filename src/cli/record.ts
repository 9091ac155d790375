import { readFile, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parseDocument, stringify } from 'yaml';
import { createChromium } from '../browser/chromium.ts';
import { canSee } from '../browser/create-session.ts';
import type { Journey } from '../browser/journey.ts';
import { recordJourney, tryJourney } from '../browser/record/record-journey.ts';
import { readConfiguration } from '../index.ts';
import { type Client, type Configuration, exitCodes, type Step, UsageError } from '../kit/index.ts';
import { authorizationRequest, navigationOf } from '../oauth/authorization-request.ts';
import { launchScopes } from '../smart/launch-scopes.ts';
import { readCapabilities } from '../smart/smart-configuration.ts';
import { unknownWord } from './catalogue.ts';
import { discover } from './init/discovered.ts';
import { say } from './say.ts';

export interface RecordOptions {
  readonly config: string;
  readonly client?: string;
  readonly user?: string;
  readonly ehr?: boolean;
  readonly write?: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/** What of a configuration is known by a name that a person types. */
type Launchable = Client & { readonly redirectUri: string };

/**
 * Opens a window in which a person goes through the server's pages once, and writes the steps that do it again. What is
 * typed for secrets stands in them as `{{user.password}}` and is kept nowhere.
 */
export async function record(options: RecordOptions): Promise<void> {
  const { config, ehr = false } = options;
  const configuration = await readConfiguration({ file: config, env: process.env, overrides: {} });
  const journey = await journeyOf(configuration, options);
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const chromium = createChromium({ headed: true, loopbackOnly: false, env: process.env });
  const how = {
    timeoutMs: options.timeout * 1000,
    tls: configuration.tls,
    env: process.env,
    signal: interruption.signal,
  };
  try {
    if (!canSee({ headed: true, env: process.env })) {
      process.stderr.write('smart-check: there is no screen to open a window on: run it on a desktop\n');
      process.exitCode = exitCodes.blocked;
      return;
    }
    say(`A window opens. Go through the pages as ${journey.user?.username ?? 'the user'} would, until it closes.`);
    const { outcome, steps, remarks } = await recordJourney(chromium, journey, how);
    if (outcome.kind === 'stopped') {
      say(`Not recorded to the end: ${outcome.message}`);
      process.exitCode = interruption.signal.aborted ? exitCodes.interrupted : exitCodes.blocked;
      if (interruption.signal.aborted) return;
    }
    for (const remark of remarks) say(`note: ${remark}`);
    const place = ehr ? 'ehrLaunch' : 'authorize';
    if (options.write && outcome.kind === 'returned') {
      await putSteps(config, place, steps);
      say(`written: ${place}.steps in ${config}`);
      if (ehr && configuration.authorize.drive !== 'steps') say('note: they are done with authorize.drive: steps');
    } else {
      process.stdout.write(
        `\n${stringify({ [place]: ehr ? { steps } : { drive: 'steps', steps } }, { lineWidth: 0 })}\n`,
      );
    }
    if (outcome.kind === 'returned' && steps.length > 0) await tryOut({ ...journey, steps });
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await chromium.close();
  }

  /** Only with what the configuration knows: a person is not asked for a password again. */
  async function tryOut(recorded: Journey): Promise<void> {
    if (configuration.authorize.drive === 'manual' && journey.user === undefined) return;
    if (/\{\{user\./.test(JSON.stringify(recorded.steps)) && journey.user?.password === undefined) {
      say('not tried: the configuration has no user with a password');
      return;
    }
    const outcome = await tryJourney(chromium, recorded, how);
    say(outcome.kind === 'returned' ? 'tried: the steps lead back to the app' : `tried: ${outcome.message}`);
    if (outcome.kind === 'stopped') process.exitCode = exitCodes.blocked;
  }
}

async function journeyOf(configuration: Configuration, options: RecordOptions): Promise<Journey> {
  const { fhirBaseUrl, ehrLaunch, data, users, tls, headers } = configuration;
  const userName = options.user ?? (options.ehr ? (ehrLaunch?.user ?? 'practitioner') : 'patient');
  const user = users[userName];
  if (options.user !== undefined && !user) throw unknownWord('user', options.user, Object.keys(users));
  const client = clientOf(configuration, options.client);
  const common = {
    ...(user && { user }),
    pick: {},
    consent: 'approve' as const,
    drive: 'manual' as const,
    steps: [],
    values: { user: user ?? {}, data },
  };
  if (options.ehr) {
    if (!ehrLaunch) throw new UsageError('--ehr needs ehrLaunch.startUrl in the configuration');
    if (client.launchUrl === undefined) throw new UsageError('--ehr needs a client with a launchUrl');
    return { ...common, start: { url: client.ehrStartUrl ?? ehrLaunch.startUrl }, until: [client.launchUrl] };
  }
  if (fhirBaseUrl === null) throw new UsageError('the configuration needs fhirBaseUrl');
  const found = await discover({ fhirBaseUrl, ...tls, headers });
  if (typeof found === 'string')
    throw new UsageError(`the server could not be asked for its authorization endpoint: ${found}`);
  if (!found.authorizationEndpoint)
    throw new UsageError('the server’s SMART configuration names no authorization_endpoint');
  const capabilities = readCapabilities(found.capabilities);
  const scope = capabilities
    ? launchScopes(client, capabilities, 'standalone', configuration.specVersion)
    : 'launch/patient';
  const request = authorizationRequest({ client, endpoint: found.authorizationEndpoint, aud: fhirBaseUrl, scope });
  return { ...common, start: navigationOf(request), until: [client.redirectUri] };
}

function clientOf({ clients }: Configuration, wanted: string | undefined): Launchable {
  const known = (['public', 'symmetric', 'asymmetric', 'appState', 'shortLived'] as const).flatMap((name) => {
    const client = clients[name];
    return client?.redirectUri === undefined ? [] : [{ name, client: { ...client, redirectUri: client.redirectUri } }];
  });
  const found = wanted === undefined ? known[0] : known.find(({ name }) => name === wanted);
  if (found) return found.client;
  if (wanted !== undefined)
    throw unknownWord(
      'client with a redirectUri',
      wanted,
      known.map(({ name }) => name),
    );
  throw new UsageError('the configuration needs a client with a redirectUri');
}

/** Into the file as it stands, its comments kept. */
async function putSteps(file: string, place: 'authorize' | 'ehrLaunch', steps: readonly Step[]): Promise<void> {
  const text = await readFile(file, 'utf8');
  const document = parseDocument(text);
  if (place === 'authorize') document.setIn(['authorize', 'drive'], 'steps');
  document.setIn([place, 'steps'], document.createNode(steps));
  const changed =
    extname(file) === '.json' ? `${JSON.stringify(document.toJS(), null, 2)}\n` : document.toString({ lineWidth: 0 });
  await writeFile(file, changed);
}

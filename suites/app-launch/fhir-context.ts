import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import { fhirVersion } from '../../src/artifacts/fhir-version.ts';
import { type Launch, launches } from '../../src/artifacts/launches.ts';
import { type Prober, prober } from '../../src/artifacts/prober.ts';
import { smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { isResourceType, nameIn, resourceTypes } from '../../src/fhir/resource-types.ts';
import { resourceTypesIn } from '../../src/fhir/resource-types-in.ts';
import {
  artifact,
  configuration,
  type Exchange,
  isRecord,
  isSince,
  optional,
  Skip,
  type TargetData,
  test,
} from '../../src/kit/index.ts';
import type { TokenResponse } from '../../src/oauth/token-request.ts';

interface ContextItem {
  readonly where: string;
  readonly item: Readonly<Record<string, unknown>>;
  readonly because: Exchange;
}

/** The launches that came with fhirContext. */
const launchesWithContext = artifact({
  name: 'launchesWithContext',
  needs: [launches],
  obtain({ launches }): readonly Launch[] {
    const having = launches.filter(({ tokens }) => tokens.members.fhirContext !== undefined);
    if (having.length === 0) throw new Skip('not-advertised', 'no launch came with fhirContext');
    return having;
  },
});

/** The items of every fhirContext. */
const contextItems = artifact({
  name: 'contextItems',
  needs: [launchesWithContext],
  obtain({ launchesWithContext }): readonly ContextItem[] {
    const all = launchesWithContext.flatMap(({ tokens, exchange: because }) => {
      const { fhirContext } = tokens.members;
      const items = Array.isArray(fhirContext) ? fhirContext : [];
      return items.flatMap((item, index) =>
        isRecord(item) ? [{ where: `fhirContext[${index}]`, item, because }] : [],
      );
    });
    if (all.length === 0) throw new Skip('undecided', 'no object is in any fhirContext that came');
    return all;
  },
});

const array = test({
  id: 'app-launch/fhir-context-array-of-objects',
  title: 'fhirContext is an array of objects',
  requirements: ['app-launch/fhir-context-array-of-objects'],
  needs: [launchesWithContext, configuration],
  run({ launchesWithContext, configuration: { specVersion }, must }) {
    const isItem = (item: unknown) => isRecord(item) || (!isSince(specVersion, '2.1') && typeof item === 'string');
    for (const { tokens, exchange: because } of launchesWithContext) {
      const { fhirContext } = tokens.members;
      must('app-launch/fhir-context-array-of-objects', Array.isArray(fhirContext) && fhirContext.every(isItem), {
        expected: 'an array of objects',
        actual: shown(fhirContext),
        because,
      });
    }
  },
});

const identified = test({
  id: 'app-launch/fhir-context-item-identified',
  title: 'Each item of fhirContext says which resource is meant',
  requirements: ['app-launch/fhir-context-item-identified'],
  needs: [contextItems],
  run({ contextItems, must }) {
    for (const { where, item, because } of contextItems) {
      const ways = [item.reference, item.canonical, item.identifier];
      must('app-launch/fhir-context-item-identified', ways.some(isGiven), {
        expected: `${where} to have a reference, a canonical or an identifier`,
        actual: shown(item),
        because,
      });
    }
  },
});

/** How an item says which resource is meant, and what that is to look like. */
const ways = [
  ['reference', 'app-launch/fhir-context-reference-relative', 'relative: Type/id', isRelativeReference],
  ['canonical', 'app-launch/fhir-context-canonical-url', 'an absolute URI, with or without a version', isCanonical],
  ['identifier', 'app-launch/fhir-context-identifier-object', 'a FHIR Identifier', isIdentifier],
] as const;

const forms = ways.map(([member, requirement, form, isFormed]) =>
  test({
    id: requirement,
    title: `${member} in fhirContext is ${form}`,
    requirements: [requirement],
    needs: [contextItems],
    run({ contextItems, must }) {
      const having = contextItems.filter(({ item }) => item[member] !== undefined);
      if (having.length === 0) throw new Skip('not-advertised', `no item of fhirContext has ${member}`);
      for (const { where, item, because } of having) {
        must(requirement, isFormed(item[member]), {
          expected: `${member} of ${where} to be ${form}`,
          actual: shown(item[member]),
          because,
        });
      }
    },
  }),
);

const types = test({
  id: 'app-launch/fhir-context-type-named',
  title: 'Items of fhirContext are of resource types that there are',
  requirements: ['app-launch/fhir-context-type-named'],
  needs: [contextItems, optional(fhirVersion), optional(capabilityStatement)],
  run({ contextItems, fhirVersion, capabilityStatement, must, should }) {
    const id = 'app-launch/fhir-context-type-named';
    const release = fhirVersion?.release ?? null;
    const served = resourceTypesIn(capabilityStatement?.resource);
    const typed = contextItems.filter(({ item }) => isDue(item) || isTypeName(typeOf(item) ?? ''));
    if (typed.length === 0) throw new Skip('undecided', 'no item of fhirContext says of what type it is');
    for (const { where, item, because } of typed) {
      const { type } = item;
      const meant = typeOf(item);
      if (meant !== undefined && isTypeName(meant)) {
        const name = release && nameIn(release, meant);
        should(id, served.has(meant) || isResourceType(meant, release), {
          expected: `${where} to be of a resource type of FHIR${fhirVersion ? ` ${fhirVersion.version}` : ''}`,
          actual: name ? `${meant}, which is ${name} there` : meant,
          because,
        });
      }
      if (!isDue(item)) continue;
      (type === undefined ? should : must)(id, typeof type === 'string' && isTypeName(type), {
        expected: `type of ${where} to name a resource type`,
        actual: shown(type),
        because,
      });
    }
  },
});

/** Where there is no reference, which names the type, it is to be named; and what is named is to be one. */
function isDue({ reference, canonical, identifier, type }: ContextItem['item']): boolean {
  return type !== undefined || (reference === undefined && (canonical ?? identifier) !== undefined);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== '';
}

function isRelativeReference(value: unknown): boolean {
  const form = /^([A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/;
  const [, type] = typeof value === 'string' ? (form.exec(value) ?? []) : [];
  return type !== undefined && isTypeName(type);
}

function isCanonical(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9+.-]*:[^\s|]+(\|\S+)?$/.test(value);
}

/** A server need not serve every type it refers to, so only the form is looked at. */
function isTypeName(text: string): boolean {
  return /^[A-Z][A-Za-z]+$/.test(text);
}

const identifierElements = ['id', 'extension', 'use', 'type', 'system', 'value', 'period', 'assigner'];

function isIdentifier(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const areKnown = Object.keys(value).every((name) => identifierElements.includes(name.replace(/^_/, '')));
  const areTexts = ['system', 'value', 'use'].every(
    (name) => value[name] === undefined || typeof value[name] === 'string',
  );
  return areKnown && areTexts;
}

const roles = test({
  id: 'app-launch/fhir-context-roles',
  title: 'Roles in fhirContext are launch or URIs, and tell Patient and Encounter apart from the launch’s own',
  requirements: [
    'app-launch/fhir-context-no-patient-or-encounter',
    'app-launch/fhir-context-role-uri',
    'app-launch/fhir-context-role-not-empty',
  ],
  needs: [contextItems],
  run({ contextItems, must }) {
    for (const { where, item, because } of contextItems) {
      const { reference, type, role } = item;
      const named =
        String(reference ?? '')
          .split('/')
          .at(-2) ?? type;
      if (['Patient', 'Encounter'].includes(String(named)) || ['Patient', 'Encounter'].includes(String(type))) {
        must('app-launch/fhir-context-no-patient-or-encounter', role !== undefined && role !== 'launch', {
          expected: `${where}, a ${String(named)}, to have a role other than launch`,
          actual: shown(role),
          because,
        });
      } else {
        must('app-launch/fhir-context-no-patient-or-encounter', true, {
          expected: 'no Patient and no Encounter without a role other than launch',
          actual: 'another type',
          because,
        });
      }
      if (role === undefined) continue;
      must('app-launch/fhir-context-role-not-empty', role !== '', {
        expected: `role of ${where} not to be empty`,
        actual: shown(role),
        because,
      });
      if (role === '') continue;
      must(
        'app-launch/fhir-context-role-uri',
        role === 'launch' || (typeof role === 'string' && /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(role)),
        {
          expected: `role of ${where} to be launch or an absolute URI`,
          actual: shown(role),
          because,
        },
      );
    }
  },
});

/** What scopes_supported lists of `launch/` scopes that the guide does not define. */
function furtherLaunchScopes({ scopes_supported: listed }: Readonly<Record<string, unknown>>) {
  const scopes = Array.isArray(listed) ? listed.filter((scope) => typeof scope === 'string') : [];
  return scopes
    .filter((scope) => scope.startsWith('launch/'))
    .map((scope) => ({ scope, type: scope.slice('launch/'.length).split('?')[0] ?? '' }))
    .filter(({ type }) => type !== '' && type !== 'patient' && type !== 'encounter');
}

/** A launch that asked for context of a further type. */
interface ContextLaunch {
  /** As in the scope: `condition`. */
  readonly type: string;
  readonly scope: string;
  readonly tokens: TokenResponse;
  readonly exchange: Exchange;
}

const contextLaunch = artifact({
  name: 'contextLaunch',
  needs: [prober, smartConfiguration, configuration],
  async obtain({ prober, smartConfiguration: { document }, configuration: { data } }): Promise<ContextLaunch> {
    const types = furtherLaunchScopes(document).map(({ type }) => type);
    const type = types.find((name) => name === typeOpen(data)) ?? types[0];
    if (type === undefined) throw new Skip('not-advertised', 'scopes_supported lists no further launch/ scope');
    return launchFor(type, `launch/${type}`, prober);
  },
});

async function launchFor(type: string, scope: string, prober: Prober): Promise<ContextLaunch> {
  const authorization = await prober.code({ scope: `${prober.scope} ${scope}` });
  const answer = await prober.redeem(authorization);
  const { exchange } = answer;
  if (answer.kind === 'granted') return { type, scope, tokens: answer.tokens, exchange };
  throw new Skip('undecided', `a launch with ${scope} brought no token: ${answeredWith(answer)}`);
}

/** As launch/ scopes name it. */
function typeOpen({ openResource }: TargetData): string | undefined {
  return openResource?.split('/')[0]?.toLowerCase();
}

/** The items of fhirContext that say of themselves that they are of this type. */
function itemsOfType({ tokens, type }: ContextLaunch): readonly Readonly<Record<string, unknown>>[] {
  return itemsIn(tokens).filter((item) => typeOf(item)?.toLowerCase() === type);
}

function itemsIn({ members: { fhirContext } }: TokenResponse): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(fhirContext) ? fhirContext.filter(isRecord) : [];
}

/** Of the resource that an item is about; undefined where it does not say. */
function typeOf({ reference, type }: Readonly<Record<string, unknown>>): string | undefined {
  const named = /([A-Za-z]+)\/[^/]+(?:\/_history\/[^/]+)?$/.exec(String(reference ?? ''))?.[1];
  return named ?? (typeof type === 'string' ? type : undefined);
}

const requested = test({
  id: 'app-launch/fhir-context-requested-types',
  title: 'What a launch/ scope asks for beside patient and encounter comes in fhirContext',
  requirements: ['app-launch/fhir-context-requested-types'],
  needs: [contextLaunch, configuration],
  run({ contextLaunch, configuration: { data }, must, undecided }) {
    const id = 'app-launch/fhir-context-requested-types';
    const { type, scope, tokens, exchange: because } = contextLaunch;
    const isGranted = tokens.scopes === null || tokens.scopes.includes(scope);
    if (!isGranted) throw new Skip('undecided', `${scope} was not granted`);
    if (tokens.members.fhirContext !== undefined && !Array.isArray(tokens.members.fhirContext)) {
      throw new Skip('undecided', 'fhirContext is no array, which app-launch/fhir-context-array-of-objects judges');
    }
    const found = itemsOfType(contextLaunch).length > 0;
    const beside = Object.keys(tokens.members).find((name) => name.toLowerCase() === type);
    const isUnnamed = itemsIn(tokens).some((item) => typeOf(item) === undefined);
    if (!found && (isUnnamed || (beside === undefined && typeOpen(data) !== type))) {
      const message = `nothing in fhirContext says that it is a ${type}; data.openResource says whether one is open`;
      return undecided(id, { message, because });
    }
    must(id, found, {
      expected: `an item of fhirContext that is a ${type}, as ${scope} was granted`,
      actual: beside === undefined ? shown(tokens.members.fhirContext) : `${beside} beside access_token`,
      because,
    });
  },
});

const unsupportedRole = test({
  id: 'app-launch/unsupported-role-still-context',
  title: 'A launch/ scope whose role is not known still yields context of its type',
  requirements: ['app-launch/unsupported-role-still-context'],
  needs: [contextLaunch, prober, smartConfiguration],
  async run({ contextLaunch, prober, smartConfiguration: { document }, should }) {
    const { type } = contextLaunch;
    const knowsRoles = furtherLaunchScopes(document).some((one) => one.type === type && one.scope.includes('?role='));
    if (!knowsRoles) throw new Skip('not-advertised', 'scopes_supported lists no launch/ scope with a role');
    if (itemsOfType(contextLaunch).length === 0) {
      throw new Skip('undecided', `launch/${type} without a role brought no context, either`);
    }
    const other = await launchFor(type, `launch/${type}?role=urn:smart-check:no-such-role`, prober);
    should('app-launch/unsupported-role-still-context', itemsOfType(other).length > 0, {
      expected: `${other.scope} to yield a ${type} in fhirContext, as launch/${type} does`,
      actual: shown(other.tokens.members.fhirContext),
      because: [contextLaunch.exchange, other.exchange],
    });
  },
});

const lowerCase = test({
  id: 'app-launch/launch-scopes-lower-case',
  title: 'launch/ scopes name resource types in lower case',
  requirements: ['app-launch/launch-scopes-lower-case'],
  needs: [smartConfiguration, optional(capabilityStatement), optional(fhirVersion)],
  run({ smartConfiguration: { document, exchange }, capabilityStatement, fhirVersion, must, info }) {
    const further = [...new Set(furtherLaunchScopes(document).map(({ type }) => type))];
    if (further.length === 0) throw new Skip('not-advertised', 'scopes_supported lists no further launch/ scope');
    const known = [...resourceTypesIn(capabilityStatement?.resource), ...resourceTypes(fhirVersion?.release ?? null)];
    const types = new Set(known.map((type) => type.toLowerCase()));
    for (const name of further) {
      if (!types.has(name.toLowerCase())) {
        info('app-launch/launch-scopes-lower-case', {
          message: `launch/${name} names no resource type`,
          because: exchange,
        });
        continue;
      }
      must('app-launch/launch-scopes-lower-case', name === name.toLowerCase(), {
        expected: `launch/${name.toLowerCase()}`,
        actual: `launch/${name}`,
        because: exchange,
      });
    }
  },
});

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 200);
}

export const fhirContextTests = [array, identified, ...forms, types, roles, requested, unsupportedRole, lowerCase];

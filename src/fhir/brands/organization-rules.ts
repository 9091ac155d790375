import { isRecord } from '../../kit/index.ts';
import { countryCodes } from '../country-codes.ts';
import type { See } from './defects.ts';
import {
  brandExtension,
  extensionsOf,
  isAbsentForReason,
  isText,
  isWebUrl,
  type Json,
  portalExtension,
  records,
} from './json.ts';

/** Judges one Organization; false when there is nothing to judge. */
export type OrganizationRule = (organization: Json, see: See) => boolean | undefined;

/** What the brand profile and the text beside it ask of each Organization, by the requirement's name. */
export const organizationRules = {
  'home-url-identifier': homeUrlIdentifier,
  name,
  'telecom-once': telecomOnce,
  website,
  'portal-endpoints-listed': portalEndpointsListed,
  'endpoints-in-portals': endpointsInPortals,
  category,
  'brand-extension': (organization, see) => parts(organization, brandExtension, brandParts, see),
  'portal-extension': (organization, see) => parts(organization, portalExtension, portalParts, see),
  address,
} as const satisfies Readonly<Record<string, OrganizationRule>>;

/** The system of identifiers that are URIs. */
const uri = 'urn:ietf:rfc:3986';

/** The most helpful thing to say of identifiers none of which is the home URL, the nearest miss first. */
const misses: readonly { readonly what: string; readonly fits: (identifier: Json) => boolean }[] = [
  {
    what: 'the system is written with a space, "urn:ietf:rfc: 3986"',
    fits: ({ system }) => system === 'urn:ietf:rfc: 3986',
  },
  {
    what: 'the URL begins with www.',
    fits: ({ system, value }) => system === uri && isUrl(value, /^https:\/\/www\./i),
  },
  { what: 'the URL has a path', fits: ({ system, value }) => system === uri && isUrl(value, /^https:\/\/[^/]+[/?#]/i) },
  { what: 'the URL is not https', fits: ({ system, value }) => system === uri && isUrl(value, /^http:/i) },
  { what: `the identifier of system ${uri} is no https URL`, fits: ({ system }) => system === uri },
  { what: `no identifier is of system ${uri}`, fits: () => true },
];

function isUrl(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function homeUrlIdentifier({ identifier }: Json, see: See): undefined {
  const identifiers = records(identifier);
  const isHome = ({ system, value }: Json) => system === uri && isUrl(value, /^https:\/\/(?!www\.)[^/?#\s]+$/);
  if (identifiers.some(isHome)) return;
  if (identifiers.length === 0) see.odd('there is no identifier', 'identifier');
  for (const { what, fits } of misses) {
    const at = identifiers.findIndex(fits);
    if (at < 0) continue;
    see.odd(what, `identifier[${at}]`, identifiers[at]?.value);
    return;
  }
}

function name({ name: text, _name: beside }: Json, see: See): undefined {
  if (isText(text)) return;
  if (text === undefined && isAbsentForReason(beside)) see.odd('a data-absent-reason stands for the name', 'name');
  else see.wrong(text === undefined ? 'name is absent' : 'name is no text', 'name');
}

function telecomOnce({ telecom }: Json, see: See): undefined {
  const count = Array.isArray(telecom) ? telecom.length : 0;
  if (count === 0) see.wrong('telecom is absent', 'telecom');
  if (count > 1) see.wrong('telecom has several entries', 'telecom');
}

function website({ telecom }: Json, see: See): boolean | undefined {
  const contacts = records(telecom);
  if (contacts.length === 0) return false;
  const isExcused = (contact: Json) => isAbsentForReason(contact) || isAbsentForReason(contact._value);
  if (contacts.some((contact) => isExcused(contact) || (contact.system === 'url' && isWebUrl(contact.value)))) return;
  const ofUrl = contacts.findIndex(({ system }) => system === 'url');
  if (ofUrl < 0) see.wrong('telecom is of another system than url', 'telecom[0].system', contacts[0]?.system);
  else if (contacts[ofUrl]?.value === undefined)
    see.wrong('the telecom of system url has no value', `telecom[${ofUrl}]`);
  else see.wrong('the value of telecom is no http or https URL', `telecom[${ofUrl}].value`, contacts[ofUrl]?.value);
  return undefined;
}

/** What the portals of a brand refer to, with the place. */
export function portalEndpoints(organization: Json): readonly { readonly reference: string; readonly path: string }[] {
  return extensionsOf(organization, portalExtension).flatMap(({ extension, at }) =>
    extensionsOf(extension, 'portalEndpoint').flatMap(({ extension: part, at: inside }) => {
      const reference = isRecord(part.valueReference) ? part.valueReference.reference : undefined;
      const path = `extension[${at}].extension[${inside}].valueReference.reference`;
      return typeof reference === 'string' ? [{ reference, path }] : [];
    }),
  );
}

function portalEndpointsListed(organization: Json, see: See): boolean | undefined {
  const used = portalEndpoints(organization);
  if (used.length === 0) return false;
  const listed = new Set(records(organization.endpoint).map(({ reference }) => reference));
  for (const { reference, path } of used) {
    if (!listed.has(reference)) see.wrong('an endpoint of a portal is not in Organization.endpoint', path, reference);
  }
  return undefined;
}

function endpointsInPortals(organization: Json, see: See): boolean | undefined {
  const listed = Array.isArray(organization.endpoint) ? organization.endpoint : [];
  if (listed.length === 0 || extensionsOf(organization, portalExtension).length === 0) return false;
  const used = new Set(portalEndpoints(organization).map(({ reference }) => reference));
  for (const [at, endpoint] of listed.entries()) {
    if (!isRecord(endpoint) || typeof endpoint.reference !== 'string' || used.has(endpoint.reference)) continue;
    see.odd('an endpoint of the brand is in none of its portals', `endpoint[${at}].reference`, endpoint.reference);
  }
  return undefined;
}

const organizationTypes = 'http://terminology.hl7.org/CodeSystem/organization-type';

/** The guide's value set. */
const categories = [
  'prov',
  'ins',
  'laboratory',
  'imaging',
  'pharmacy',
  'health-information-network',
  'health-data-aggregator',
];

/** Other codes of that system, which say nothing of user access. */
const otherTypes = ['dept', 'team', 'govt', 'pay', 'edu', 'reli', 'crs', 'cg', 'bus', 'other', 'atyprv', 'bp', 'ntwk'];

function category({ type }: Json, see: See): boolean | undefined {
  let judged = false;
  for (const [at, concept] of records(type).entries()) {
    for (const [inside, { system, code }] of records(concept.coding).entries()) {
      if (system !== organizationTypes) continue;
      judged = true;
      const path = `type[${at}].coding[${inside}].code`;
      if (categories.includes(String(code))) continue;
      if (otherTypes.includes(String(code))) see.note('a type is none of the guide\u2019s categories', path, code);
      else see.odd('a type has a code that its system does not define', path, code);
    }
  }
  return judged;
}

interface Part {
  /** `Url`, as in `valueUrl`. */
  readonly type: string;
  readonly once?: true;
  /** An inline or fetched picture. */
  readonly isLogo?: true;
}

/** On this machine plain http does no harm. */
const logoUrl = /^(https:|data:|http:\/\/(localhost|127\.[\d.]+|\[::1\])[:/])/i;

const brandParts: Readonly<Record<string, Part>> = {
  brandLogo: { type: 'Url', isLogo: true },
  brandLogoLicense: { type: 'Url' },
  brandLogoLicenseType: { type: 'Coding' },
  brandBundle: { type: 'Url' },
};

const portalParts: Readonly<Record<string, Part>> = {
  portalName: { type: 'String', once: true },
  portalDescription: { type: 'Markdown', once: true },
  /** Of the extension's first edition. */
  description: { type: 'String', once: true },
  portalUrl: { type: 'Url', once: true },
  portalLogo: { type: 'Url', isLogo: true },
  portalLogoLicense: { type: 'Url' },
  portalLogoLicenseType: { type: 'Coding' },
  portalEndpoint: { type: 'Reference' },
};

function parts(
  organization: Json,
  url: string,
  defined: Readonly<Record<string, Part>>,
  see: See,
): boolean | undefined {
  const extensions = extensionsOf(organization, url);
  if (extensions.length === 0) return false;
  for (const { extension, at } of extensions) {
    const path = `extension[${at}]`;
    const listed = records(extension.extension);
    if (listed.length === 0) see.wrong('the extension has no parts', path);
    const own = Object.keys(extension).find((member) => /^_?value/.test(member));
    if (own) see.wrong('the extension has a value of its own', `${path}.${own}`);
    const counts = new Map<string, number>();
    for (const [inside, part] of listed.entries())
      judgePart(part, `${path}.extension[${inside}]`, defined, counts, see);
    for (const [name, count] of counts) {
      if (count > 1 && defined[name]?.once) see.wrong(`there are several ${name}`, path);
    }
  }
  return undefined;
}

function judgePart(
  part: Json,
  path: string,
  defined: Readonly<Record<string, Part>>,
  counts: Map<string, number>,
  see: See,
): void {
  const name = typeof part.url === 'string' ? part.url : '';
  const definition = Object.hasOwn(defined, name) ? defined[name] : undefined;
  if (!definition) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(name)) see.note('an extension of somebody else stands inside', path, name);
    else see.wrong('a part has a name that the extension does not define', `${path}.url`, name);
    return;
  }
  counts.set(name, (counts.get(name) ?? 0) + 1);
  const member = `value${definition.type}`;
  const value = part[member];
  if (value === undefined) {
    if (isAbsentForReason(part[`_${member}`])) return;
    const other = Object.keys(part).find((key) => key.startsWith('value') || key === 'extension');
    see.wrong(`${name} has ${other ?? 'no value'}${other ? ` instead of ${member}` : ''}`, path);
    return;
  }
  const isRight = typeof value === (/^(Url|String|Markdown)$/.test(definition.type) ? 'string' : 'object');
  if (!isRight || value === null) see.wrong(`${name} has a ${member} of another type`, `${path}.${member}`);
  if (definition.isLogo && typeof value === 'string' && !logoUrl.test(value)) {
    see.odd(`${name} is neither an https nor a data URL`, `${path}.${member}`, value);
  }
}

/** The combinations of parts that the profile's text allows. */
const addressForms: ReadonlySet<string> = new Set([
  'state',
  'city state',
  'city state postalCode',
  'line city state postalCode',
  'postalCode',
]);

function address({ address: listed }: Json, see: See): boolean | undefined {
  const addresses = records(listed);
  if (addresses.length === 0) return false;
  for (const [at, one] of addresses.entries()) {
    const path = `address[${at}]`;
    if (one.country === undefined) see.odd('the address has no country', path);
    else if (!countryCodes.has(String(one.country))) {
      see.odd('country is no ISO 3166-1 alpha-2 code', `${path}.country`, one.country);
    }
    const form = ['line', 'city', 'state', 'postalCode'].filter((member) => one[member] !== undefined).join(' ');
    if (!addressForms.has(form)) {
      const found = form === '' ? 'none of line, city, state and postalCode' : form.replaceAll(' ', ', ');
      see.odd(`the address has ${form === '' ? '' : 'only '}${found}`, path);
    }
  }
  return undefined;
}

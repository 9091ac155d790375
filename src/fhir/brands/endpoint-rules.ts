import { isRecord } from '../../kit/index.ts';
import { isFhirVersion } from '../published-versions.ts';
import type { See } from './defects.ts';
import { extensionsOf, fhirVersionExtension, isAbsentForReason, isText, isWebUrl, type Json, records } from './json.ts';

/** Judges one Endpoint; false when there is nothing to judge. */
export type EndpointRule = (endpoint: Json, see: See) => boolean | undefined;

/** What the endpoint profile asks of each Endpoint, by the requirement's name. */
export const endpointRules = {
  'endpoint-fhir-version': fhirVersion,
  'endpoint-connection-type': connectionType,
  'endpoint-contact': contact,
  'endpoint-contact-https': contactHttps,
  'endpoint-payload-type': payloadType,
  'endpoint-status-and-address': statusAndAddress,
} as const satisfies Readonly<Record<string, EndpointRule>>;

/** The FHIR versions that an Endpoint says it speaks. */
export function fhirVersionsOf(endpoint: Json): readonly string[] {
  return extensionsOf(endpoint, fhirVersionExtension).flatMap(({ extension: { valueCode } }) =>
    typeof valueCode === 'string' ? [valueCode] : [],
  );
}

function fhirVersion(endpoint: Json, see: See): undefined {
  const extensions = extensionsOf(endpoint, fhirVersionExtension);
  if (extensions.length === 0) see.wrong('the extension endpoint-fhir-version is absent', 'extension');
  for (const { extension, at } of extensions) {
    const { valueCode } = extension;
    if (typeof valueCode !== 'string') see.wrong('endpoint-fhir-version has no valueCode', `extension[${at}]`);
    else if (!isFhirVersion(valueCode)) {
      see.wrong('endpoint-fhir-version is no published version', `extension[${at}].valueCode`, valueCode);
    }
  }
}

const connectionTypes = 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type';

function connectionType({ connectionType: coding }: Json, see: See): undefined {
  if (coding === undefined) see.wrong('connectionType is absent', 'connectionType');
  else if (!isRecord(coding)) see.wrong('connectionType is no Coding', 'connectionType');
  else if (coding.code !== 'hl7-fhir-rest') {
    see.wrong('the code of connectionType is not hl7-fhir-rest', 'connectionType.code', coding.code);
  } else if (coding.system !== connectionTypes) {
    see.wrong(`the system of connectionType is not ${connectionTypes}`, 'connectionType.system', coding.system);
  }
}

function contact({ contact: listed }: Json, see: See): undefined {
  const contacts = records(listed);
  const ofUrl = contacts.filter(({ system }) => system === 'url');
  if (ofUrl.some(({ value }) => isText(value))) return;
  if (ofUrl.some(({ _value: beside }) => isAbsentForReason(beside))) {
    see.odd('a data-absent-reason stands for the contact of system url', 'contact');
  } else if (contacts.length === 0) see.wrong('contact is absent', 'contact');
  else if (ofUrl.length > 0) see.wrong('the contact of system url has no value', 'contact');
  else if (contacts.some(isAbsentForReason)) {
    see.wrong('no contact is of system url; a data-absent-reason stands for the whole contact', 'contact');
  } else see.wrong('no contact is of system url', 'contact[0].system', contacts[0]?.system);
}

function contactHttps({ contact: listed }: Json, see: See): boolean | undefined {
  const urls = records(listed).flatMap(({ system, value }) => (system === 'url' && isText(value) ? [value] : []));
  if (urls.length === 0) return false;
  if (!urls.some((url) => /^https:/i.test(url) && isWebUrl(url))) {
    see.odd('the contact of system url is no https URL', 'contact', urls[0]);
  }
  return undefined;
}

const payloadTypes = 'http://terminology.hl7.org/CodeSystem/endpoint-payload-type';

function payloadType({ payloadType: listed }: Json, see: See): undefined {
  const count = Array.isArray(listed) ? listed.length : 0;
  if (count === 0) see.wrong('payloadType is absent', 'payloadType');
  if (count > 1) see.wrong('there are several payloadTypes', 'payloadType');
  if (count !== 1) return;
  const codings = records(records(listed)[0]?.coding);
  if (codings.some(({ system, code }) => code === 'none' && system === payloadTypes)) return;
  const none = codings.find(({ code }) => code === 'none');
  if (none) {
    see.wrong(`the system of payloadType is not ${payloadTypes}`, 'payloadType[0].coding', none.system);
  } else see.wrong('the code of payloadType is not none', 'payloadType[0].coding', codings[0]?.code);
}

/** A required binding of FHIR R4. */
const statuses = ['active', 'suspended', 'error', 'off', 'entered-in-error', 'test'];

function statusAndAddress({ status, address }: Json, see: See): undefined {
  if (status === undefined) see.wrong('status is absent', 'status');
  else if (!statuses.includes(String(status))) see.wrong('status is none that FHIR defines', 'status', status);
  if (address === undefined) see.wrong('address is absent', 'address');
  else if (!isWebUrl(address)) see.wrong('address is no http or https URL', 'address', address);
}

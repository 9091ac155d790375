/** Resources in FHIR's XML (FHIR, "XML Representation of Resources"). */
import { isJsonObject, type JsonObject } from '../json.ts';

export function resourceXml({ resourceType, ...members }: JsonObject): string {
  const name = String(resourceType);
  return `<${name} xmlns="http://hl7.org/fhir">${elements(members)}</${name}>`;
}

function elements(members: JsonObject): string {
  return Object.entries(members)
    .filter(([name]) => !name.startsWith('_'))
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((item) => element(name, item)))
    .join('');
}

function element(name: string, value: unknown): string {
  if (name === 'div') return String(value);
  if (!isJsonObject(value)) return `<${name} value="${escaped(String(value))}"/>`;
  if (value.resourceType !== undefined) return `<${name}>${resourceXml(value)}</${name}>`;
  const { url, ...others } = value;
  // The one element that is an attribute.
  const isAttribute = name === 'extension' && typeof url === 'string';
  return isAttribute
    ? `<${name} url="${escaped(url)}">${elements(others)}</${name}>`
    : `<${name}>${elements(value)}</${name}>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

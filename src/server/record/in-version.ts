import type { ResourceContent } from '../fhir/resource.ts';
import { isIn } from '../fhir/span.ts';
import { isJsonObject } from '../json.ts';
import type { FhirVersion } from '../options.ts';
import { changes, type ElementChange, systemsBeforeR4 } from './changes.ts';
import { type System, systems } from './elements.ts';

type Row = ResourceContent & { readonly id: string };

/** A resource written in the shape of R4, in the shape another FHIR version gives it. */
export function inVersion({ resourceType, id, ...elements }: Row, version: FhirVersion): Row {
  const change = changes.find(({ type, ...span }) => type === resourceType && isIn(version, span));
  const shaped = Object.entries(elements).flatMap(([name, value]) => changed(name, value, change?.elements[name]));
  const row = { resourceType: change?.called ?? resourceType, id, ...Object.fromEntries(shaped), ...change?.more };
  return isIn(version, { until: '3.0.2' }) ? withOldSystems(row) : row;
}

/** The address of a code system in a FHIR version. */
export function systemIn(version: FhirVersion, system: System): string {
  const url = systems[system];
  return isIn(version, { until: '3.0.2' }) ? (systemsBeforeR4[url] ?? url) : url;
}

function changed(
  name: string,
  value: unknown,
  change: ElementChange | undefined,
): readonly (readonly [string, unknown])[] {
  if (change === undefined) return [[name, value]];
  if (change === null) return [];
  if (typeof change === 'string') return [[change, value]];
  if (typeof change === 'function') return [[name, change(value)]];
  const [newName, newValue] = change;
  return [[newName, newValue(value)]];
}

function withOldSystems<Value>(value: Value): Value;
function withOldSystems(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withOldSystems(item));
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [
    name,
    name === 'system' ? (systemsBeforeR4[String(member)] ?? member) : withOldSystems(member),
  ]);
  return Object.fromEntries(members);
}

/** Of FHIR's XML; HTML has no such thing. */
const namespace = 'http://hl7.org/fhir';

const startTag = /^(?:[\w.-]+:)?([\w.-]+)((?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/;

/** What is read of a resource. */
export interface NamedResource extends Readonly<Record<string, unknown>> {
  readonly resourceType: string;
  readonly id?: string;
}

/** An element that has not ended yet, and the resource that it is, if it is one. */
interface Open {
  readonly name: string;
  readonly resource: { readonly resourceType: string; id?: string } | null;
}

/**
 * The resources in a text of FHIR's XML, by type and id alone: in a Bundle those of its entries, without what they contain
 * (FHIR, "XML Representation of Resources"). None where it is no such text. No parser of XML: what is cut off or malformed
 * is given away all the same, and however much it is takes little time.
 */
export function xmlResources(text: string): readonly NamedResource[] {
  if (!text.trimStart().startsWith('<') || !text.includes(namespace)) return [];
  const found: { readonly resourceType: string; id?: string }[] = [];
  const open: Open[] = [];
  for (const piece of text.split('<').slice(1)) {
    if (piece.startsWith('/')) {
      open.pop();
      continue;
    }
    const [, name, attributes = '', selfClosing] = startTag.exec(piece) ?? [];
    if (name === undefined) continue;
    const parent = open.at(-1);
    if (name === 'id' && parent?.resource) parent.resource.id = valueIn(attributes) ?? '';
    // Types begin with a capital letter, elements do not.
    const isResource = /^[A-Z]/.test(name) && parent?.name !== 'contained';
    const resource = isResource ? { resourceType: name } : null;
    if (resource && !['Bundle', 'OperationOutcome'].includes(name)) found.push(resource);
    if (selfClosing === '') open.push({ name, resource });
  }
  return found;
}

function valueIn(attributes: string): string | undefined {
  const [, double, single] = /(?:^|\s)value\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(attributes) ?? [];
  return double ?? single;
}

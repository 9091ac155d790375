import { describe, expect, it } from 'vitest';
import { xmlResources } from './xml-resources.ts';

const head = '<?xml version="1.0" encoding="UTF-8"?>';
const patient =
  '<Patient xmlns="http://hl7.org/fhir"><id value="pat-1"/><contained><Organization><id value="o"/></Organization></contained>' +
  '<text><div xmlns="http://www.w3.org/1999/xhtml"><p>a &gt; b</p><br/></div></text><name><id value="n"/></name></Patient>';

describe('resources in XML', () => {
  it('are found by type and id, without what they contain', () => {
    expect(xmlResources(`${head}\n<!-- <b> -->${patient}`)).toEqual([{ resourceType: 'Patient', id: 'pat-1' }]);
  });

  it('are those in the entries of a Bundle', () => {
    const entry = (resource: string) => `<entry><resource>${resource}</resource></entry>`;
    const observation = "<Observation><id value='a>b'/><meta/></Observation>";
    const outcome = '<OperationOutcome><id value="x"/></OperationOutcome>';
    const bundle = `<Bundle xmlns="http://hl7.org/fhir"><id value="b"/>${[patient, observation, outcome].map(entry).join('')}</Bundle>`;
    expect(xmlResources(bundle)).toEqual([
      { resourceType: 'Patient', id: 'pat-1' },
      { resourceType: 'Observation', id: 'a>b' },
    ]);
  });

  it('have whatever prefix a server gives to the namespace', () => {
    const text = '<f:Patient xmlns:f="http://hl7.org/fhir"><f:id value="1"/></f:Patient>';
    expect(xmlResources(text)).toEqual([{ resourceType: 'Patient', id: '1' }]);
  });

  it.each([
    ['a page', '<HTML><BODY><P>Not allowed</P></BODY></HTML>'],
    ['JSON', '{"resourceType":"Patient","text":"http://hl7.org/fhir"}'],
    ['nothing', ''],
    ['an OperationOutcome', '<OperationOutcome xmlns="http://hl7.org/fhir"><issue/></OperationOutcome>'],
  ])('are not in %s', (_what, text) => {
    expect(xmlResources(text)).toEqual([]);
  });
});

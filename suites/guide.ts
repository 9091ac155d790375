import type { guidePages } from './guide-pages.ts';

type Pages = typeof guidePages;
type PageLink = { [Page in keyof Pages]: Page | `${Page}#${Pages[Page][number]}` }[keyof Pages];

/** The address of a page of the guide, version 2.2, or of an anchor on it: `guide('conformance#metadata')`. */
export function guide(link: PageLink): string {
  const [page, anchor] = link.split('#');
  return `https://hl7.org/fhir/smart-app-launch/STU2.2/${page}.html${anchor ? `#${anchor}` : ''}`;
}

/** The address of an RFC's section: `rfc(6749, '5.1')`. */
export function rfc(number: number, section: string): string {
  return `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`;
}

import { artifact, Block, describe, http } from '../kit/index.ts';
import { type Capabilities, readCapabilities, type SmartConfiguration } from '../smart/smart-configuration.ts';
import { wellKnown } from '../smart/well-known.ts';
import { type NotJsonObject, readDocument } from './document.ts';
import { fhirBaseUrl } from './target.ts';

/** Asking at the well-known address, whether or not anything comes back. */
export const smartConfigurationExchange = artifact({
  name: 'smartConfigurationExchange',
  needs: [fhirBaseUrl, http],
  obtain({ fhirBaseUrl, http }) {
    return http.send({
      url: wellKnown(fhirBaseUrl, 'smart-configuration'),
      headers: { accept: 'application/json' },
    });
  },
});

/** What stands at the well-known address, whatever it is. */
export const smartConfigurationDocument = artifact({
  name: 'smartConfigurationDocument',
  needs: [smartConfigurationExchange],
  obtain({ smartConfigurationExchange: exchange }) {
    return readDocument(exchange, 'the SMART configuration');
  },
});

/** The SMART configuration (conformance, "Metadata"). */
export const smartConfiguration = artifact({
  name: 'smartConfiguration',
  needs: [smartConfigurationDocument],
  obtain({ smartConfigurationDocument: document }): SmartConfiguration {
    if (document.kind === 'object') return { document: document.object, exchange: document.exchange };
    throw noSmartConfiguration(document);
  },
});

/** Blocks whatever needs the document, with the same reason everywhere. */
export function noSmartConfiguration({ exchange, instead }: NotJsonObject): Block {
  return new Block(`there is no SMART configuration: ${exchange.request.url} answered ${instead}`, [exchange]);
}

/** What the server advertises. Where that cannot be read, what depends on it is blocked rather than guessed. */
export const capabilities = artifact({
  name: 'capabilities',
  needs: [smartConfiguration],
  obtain: ({ smartConfiguration }) => advertisedBy(smartConfiguration),
});

/** @throws Block when `capabilities` is no array */
export function advertisedBy({ document, exchange }: SmartConfiguration): Capabilities {
  const capabilities = readCapabilities(document.capabilities);
  if (capabilities) return capabilities;
  throw new Block(`what the server can do is not known: its capabilities are ${describe(document.capabilities)}`, [
    exchange,
  ]);
}

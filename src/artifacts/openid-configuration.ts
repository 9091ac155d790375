import { artifact, Block, configuration, http, isSince, Skip } from '../kit/index.ts';
import { isAbsoluteUrl } from '../smart/smart-configuration.ts';
import { wellKnown } from '../smart/well-known.ts';
import { readDocument } from './document.ts';
import { capabilities, smartConfiguration } from './smart-configuration.ts';

/** What stands at the issuer's well-known address, whatever it is. */
export const openidConfigurationDocument = artifact({
  name: 'openidConfigurationDocument',
  needs: [smartConfiguration, capabilities, configuration, http],
  async obtain({ smartConfiguration: { document, exchange }, capabilities, configuration, http }) {
    if (!capabilities.includes('sso-openid-connect')) {
      throw new Skip('not-advertised', 'single sign-on (sso-openid-connect) is not advertised');
    }
    const { issuer } = document;
    if (issuer === undefined && !isSince(configuration.specVersion, '2.0')) {
      throw new Skip('undecided', 'version 1.0 does not publish the issuer; it comes with an id_token');
    }
    if (!isAbsoluteUrl(issuer)) {
      throw new Block('there is no OpenID configuration to be found: the SMART configuration names no usable issuer', [
        exchange,
      ]);
    }
    const url = wellKnown(issuer, 'openid-configuration');
    return readDocument(await http.send({ url, headers: { accept: 'application/json' } }), 'the OpenID configuration');
  },
});

/** The OpenID provider metadata (OpenID Connect Discovery 1.0 section 3). */
export const openidConfiguration = artifact({
  name: 'openidConfiguration',
  needs: [openidConfigurationDocument],
  obtain({ openidConfigurationDocument: { exchange, ...document } }) {
    if (document.kind === 'object') return { metadata: document.object, exchange };
    throw new Block(`there is no OpenID configuration: ${exchange.request.url} answered ${document.instead}`, [
      exchange,
    ]);
  },
});

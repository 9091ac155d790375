import { artifact, type Exchange, http } from '../kit/index.ts';
import { type EndpointMember, endpointUrl } from '../smart/smart-configuration.ts';
import { smartConfiguration } from './smart-configuration.ts';
import { fhirBaseUrl } from './target.ts';

/** How each endpoint is asked whether it is there: harmlessly, with no parameters. */
const questions = [
  { member: 'authorization_endpoint', method: 'GET' },
  { member: 'token_endpoint', method: 'POST' },
  { member: 'introspection_endpoint', method: 'POST' },
  { member: 'revocation_endpoint', method: 'POST' },
  { member: 'management_endpoint', method: 'GET' },
  { member: 'user_access_brand_bundle', method: 'GET' },
] as const satisfies readonly { member: EndpointMember; method: string }[];

export interface EndpointAnswer {
  readonly member: EndpointMember;
  readonly method: string;
  readonly url: string;
  readonly exchange: Exchange;
}

/** What the published endpoints answer to a request without parameters; those not published are left out. */
export const endpointAnswers = artifact({
  name: 'endpointAnswers',
  needs: [smartConfiguration, fhirBaseUrl, http],
  async obtain({ smartConfiguration: { document }, fhirBaseUrl, http }) {
    const published = questions.flatMap(({ member, method }) => {
      const url = endpointUrl(document[member], fhirBaseUrl);
      return url ? [{ member, method, url: url.href }] : [];
    });
    const ask = async (question: Omit<EndpointAnswer, 'exchange'>): Promise<EndpointAnswer> => {
      const { method, url } = question;
      const form = method === 'POST' ? { body: new URLSearchParams() } : {};
      // A brand bundle may be large, and only its beginning is of interest here.
      const exchange = await http.send({ method, url, redirect: 'manual', maxBodyBytes: 64 * 1024, ...form });
      return { ...question, exchange };
    };
    return Promise.all(published.map(ask));
  },
});

export { errorIn as oauthError } from '../oauth/error-response.ts';

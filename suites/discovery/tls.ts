import { answered } from '../../src/artifacts/document.ts';
import { oauthError } from '../../src/artifacts/endpoint-answers.ts';
import {
  type HttpsAnswer,
  httpsAnswers,
  isLoopbackHttp,
  type SecuredEndpoint,
  securedEndpoints,
} from '../../src/artifacts/secured-endpoints.ts';
import { isLocalTlsRefusal } from '../../src/http/is-local-tls-refusal.ts';
import {
  artifact,
  Block,
  configuration,
  type Exchange,
  type HttpClient,
  http,
  Skip,
  test,
} from '../../src/kit/index.ts';

const noHttps = 'plain http on a loopback address, where TLS is not asked for';

/** How long a port that may well be closed is waited for, in milliseconds. */
const probeTimeoutMs = 5_000;

const everythingHttps = test({
  id: 'discovery/https',
  title: 'The FHIR API and the OAuth endpoints are https',
  requirements: ['discovery/https'],
  needs: [securedEndpoints],
  run({ securedEndpoints, must }) {
    if (securedEndpoints.every(isLoopbackHttp)) throw new Skip('not-advertised', noHttps);
    const plain = securedEndpoints.filter((endpoint) => endpoint.url.protocol === 'http:' && !isLoopbackHttp(endpoint));
    must('discovery/https', plain.length === 0, {
      expected: 'https URLs',
      actual: plain.map(({ name, url }) => `${name} is ${url.href}`).join('; ') || 'https URLs',
    });
  },
});

/** The https answers, or no test at all where everything is plain http. */
const secured = artifact({
  name: 'secured',
  needs: [httpsAnswers, securedEndpoints],
  obtain({ httpsAnswers, securedEndpoints }): readonly HttpsAnswer[] {
    if (httpsAnswers.length > 0) return httpsAnswers;
    const onLoopback = securedEndpoints.every(isLoopbackHttp);
    throw new Skip('not-advertised', onLoopback ? noHttps : 'no endpoint is https, which discovery/https judges');
  },
});

/** Certificate errors that are the server's whatever authorities one trusts; others may be a private authority. */
const plainlyWrong = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_REVOKED'];

const certificate = test({
  id: 'discovery/tls-certificate',
  title: 'Certificates are valid',
  requirements: ['discovery/tls-certificate'],
  needs: [secured, configuration],
  run({ secured, configuration: { tls }, must, undecided }) {
    if (tls.insecure) throw new Skip('not-allowed', 'certificates are not looked at (--insecure)');
    for (const { endpoint, exchange } of secured) {
      const { error, tls: presented } = exchange;
      if (error?.kind === 'certificate' && !plainlyWrong.includes(error.code)) {
        undecided('discovery/tls-certificate', { message: error.message, because: exchange });
      } else if (error?.kind === 'certificate' || exchange.response) {
        must('discovery/tls-certificate', error?.kind !== 'certificate', {
          expected: `a valid certificate for ${endpoint.url.hostname}`,
          actual: error?.message ?? `${presented?.subject ?? 'one'}, valid to ${presented?.validTo ?? 'some day'}`,
          because: exchange,
        });
      }
    }
    blockOnUnreached(secured.filter(({ exchange }) => !exchange.response && exchange.error?.kind !== 'certificate'));
  },
});

function blockOnUnreached(unreached: readonly HttpsAnswer[]): void {
  if (unreached.length === 0) return;
  const places = unreached.map(({ endpoint, exchange }) => `${endpoint.url.origin}: ${exchange.error?.message}`);
  throw new Block(
    `not reached: ${places.join('; ')}`,
    unreached.map(({ exchange }) => exchange),
  );
}

const modern = test({
  id: 'discovery/tls-1-2',
  title: 'TLS 1.2 or later is spoken',
  requirements: ['discovery/tls-1-2'],
  needs: [secured, http],
  async run({ secured, http, must }) {
    const unreached: HttpsAnswer[] = [];
    for (const answer of secured) {
      const { endpoint, exchange } = answer;
      const old = exchange.error?.kind === 'tls' ? await askWithOldTls(endpoint, http) : null;
      if (old?.response) {
        must('discovery/tls-1-2', false, {
          expected: `${endpoint.url.origin} to speak TLS 1.2 or 1.3`,
          actual: `it refuses them, and answers over ${old.tls?.protocol ?? 'an older version'}`,
          because: [exchange, old],
        });
      } else if (exchange.tls?.protocol) {
        const { protocol } = exchange.tls;
        must('discovery/tls-1-2', protocol === 'TLSv1.2' || protocol === 'TLSv1.3', {
          expected: `${endpoint.url.origin} to speak TLS 1.2 or 1.3`,
          actual: protocol,
          because: exchange,
        });
      } else {
        unreached.push(answer);
      }
    }
    blockOnUnreached(unreached);
  },
});

function askWithOldTls({ url }: SecuredEndpoint, client: HttpClient): Promise<Exchange> {
  return client.send({ url, redirect: 'manual', tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } });
}

const oldRefused = test({
  id: 'discovery/tls-old-versions-refused',
  title: 'TLS 1.0 and 1.1 are refused',
  requirements: ['discovery/tls-old-versions-refused'],
  needs: [secured, http],
  async run({ secured, http, must, undecided }) {
    const requirement = 'discovery/tls-old-versions-refused';
    const reached = secured.filter(({ exchange }) => exchange.tls?.protocol);
    for (const { endpoint, exchange } of reached) {
      const old = await askWithOldTls(endpoint, http);
      if (old.error && isLocalTlsRefusal(old.error)) {
        const message = `OpenSSL on this machine does not offer TLS 1.1 (${old.error.code}); run from one that does`;
        undecided(requirement, { message, because: old });
        continue;
      }
      const served = old.response !== null && old.response.status === exchange.response?.status;
      must(requirement, !served, {
        expected: `${endpoint.url.origin} to refuse TLS 1.0 and 1.1`,
        actual: old.response
          ? `${answered(old)} over ${old.tls?.protocol ?? 'TLS 1.1'}`
          : `refused (${old.error?.code ?? 'no answer'})`,
        because: [exchange, old],
      });
    }
    blockOnUnreached(secured.filter((answer) => !reached.includes(answer)));
  },
});

const plainHttp = test({
  id: 'discovery/plain-http-refused',
  title: 'Nothing is served over plain http',
  requirements: ['discovery/plain-http-refused'],
  needs: [secured, securedEndpoints, http],
  async run({ securedEndpoints, http, must }) {
    const asked = securedEndpoints
      .filter(({ name, url }) => url.protocol === 'https:' && (name === '/metadata' || name === 'token_endpoint'))
      .flatMap(({ name, url }) => withPlainHttp(url).map((plain) => ({ name, plain })));
    const ask = async ({ name, plain }: { name: string; plain: URL }) => {
      const form = name === 'token_endpoint' ? { method: 'POST', body: new URLSearchParams() } : {};
      return http.send({ url: plain, redirect: 'manual', timeoutMs: probeTimeoutMs, ...form });
    };
    for (const exchange of await Promise.all(asked.map(ask))) {
      must('discovery/plain-http-refused', !servesData(exchange), {
        expected: `nothing but a refusal or a redirect at ${exchange.request.url}`,
        actual: answered(exchange),
        because: exchange,
      });
    }
  },
});

/** Where a server might answer the same over plain http: port 80, and the https port itself where that is unusual. */
function withPlainHttp(url: URL): readonly URL[] {
  const ports = url.port === '' ? [''] : ['', url.port];
  return ports.map((port) => {
    const plain = new URL(`http://${url.hostname}${url.pathname}${url.search}`);
    plain.port = port;
    return plain;
  });
}

function servesData(exchange: Exchange): boolean {
  const { response } = exchange;
  if (oauthError(exchange) !== null) return true;
  return response?.status === 200 && /"resourceType"\s*:/.test(response.body);
}

export const tlsTests = [everythingHttps, certificate, modern, oldRefused, plainHttp];

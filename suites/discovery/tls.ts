import { answered } from '../../src/artifacts/document.ts';
import { oauthError } from '../../src/artifacts/endpoint-answers.ts';
import {
  type HttpsAnswer,
  httpsAnswers,
  isLoopbackHttp,
  type SecuredEndpoint,
  securedEndpoints,
} from '../../src/artifacts/secured-endpoints.ts';
import { smartConfigurationExchange } from '../../src/artifacts/smart-configuration.ts';
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
  needs: [securedEndpoints, smartConfigurationExchange],
  run({ securedEndpoints, smartConfigurationExchange, must }) {
    if (securedEndpoints.every(isLoopbackHttp)) throw new Skip('not-advertised', noHttps);
    const plain = securedEndpoints.filter((endpoint) => endpoint.url.protocol === 'http:' && !isLoopbackHttp(endpoint));
    must('discovery/https', plain.length === 0, {
      expected: 'https URLs',
      actual: plain.map(({ name, url }) => `${name} is ${url.href}`).join('; ') || 'https URLs',
      because: smartConfigurationExchange,
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
      const doubt = whyUndecided(old);
      if (doubt) {
        undecided(requirement, { message: doubt, because: old });
        continue;
      }
      const served = old.response !== null && old.response.status === exchange.response?.status;
      must(requirement, !served, {
        expected: `${endpoint.url.origin} to refuse TLS 1.0 and 1.1`,
        actual: old.response
          ? `${answered(old)} over ${old.tls?.protocol ?? 'TLS 1.1'}`
          : `refused (${old.error?.code ?? 'no answer'})`,
        because: [exchange, old],
        unanswered: 'meant',
      });
    }
    blockOnUnreached(secured.filter((answer) => !reached.includes(answer)));
  },
});

/** Why an attempt with old TLS versions says nothing about the server; null when it does. */
function whyUndecided({ error }: Exchange): string | null {
  if (!error) return null;
  if (isLocalTlsRefusal(error)) {
    return `OpenSSL on this machine does not offer TLS 1.1 (${error.code}); run from one that does`;
  }
  // Certificates come after the version is agreed on, at times that OpenSSL does not tell apart.
  const unrelated = ['certificate', 'timeout', 'dns', 'interrupted'].includes(error.kind);
  return unrelated ? `the attempt with TLS 1.1 ended otherwise: ${error.message}` : null;
}

const plainHttp = test({
  id: 'discovery/plain-http-refused',
  title: 'Nothing is served over plain http',
  requirements: ['discovery/plain-http-refused'],
  needs: [securedEndpoints, http],
  async run({ securedEndpoints, http, must }) {
    const asked = securedEndpoints.filter(
      ({ name, url }) => url.protocol === 'https:' && (name === '/metadata' || name === 'token_endpoint'),
    );
    if (asked.length === 0) throw new Skip('not-advertised', 'neither /metadata nor the token endpoint is https');
    for (const { name, url } of asked) {
      const form = name === 'token_endpoint' ? { method: 'POST', body: new URLSearchParams() } : {};
      const ask = (at: URL, limits: { timeoutMs?: number } = {}) =>
        http.send({ url: at, redirect: 'manual', ...limits, ...form });
      const [secure, ...plain] = await Promise.all([
        ask(url),
        ...withPlainHttp(url).map((at) => ask(at, { timeoutMs: probeTimeoutMs })),
      ]);
      for (const exchange of plain) {
        must('discovery/plain-http-refused', !servesTheSame(exchange, secure), {
          expected: `nothing but a refusal or a redirect at ${exchange.request.url}`,
          actual: exchange.response ? answered(exchange) : `refused (${exchange.error?.code ?? 'no answer'})`,
          because: exchange.response ? [secure, exchange] : exchange,
          // That nobody listens there is as good as a refusal.
          unanswered: 'meant',
        });
      }
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

/** Whether plain http serves what https does: the resource, or the OAuth error that a request without parameters gets. */
function servesTheSame(plain: Exchange, secure: Exchange): boolean {
  if (!plain.response) return false;
  const error = oauthError(plain);
  if (error !== null) {
    // Where https cannot be had for comparison, an OAuth error is taken as service.
    return !secure.response || (plain.response.status === secure.response.status && error === oauthError(secure));
  }
  return plain.response.status === 200 && /"resourceType"\s*:/.test(plain.response.body);
}

export const tlsTests = [everythingHttps, certificate, modern, oldRefused, plainHttp];

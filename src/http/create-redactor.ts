import { createHmac, randomBytes } from 'node:crypto';
import type { DecodedJwt, Exchange } from '../kit/exchange.ts';
import { reportedBodyLength } from './cut-exchange.ts';
import { jsonDepth } from './redaction/json-depth.ts';
import { isJwt, jwtTexts } from './redaction/jwt.ts';
import { createKnownSecrets } from './redaction/known-secrets.ts';
import { ownCopy } from './redaction/own-copy.ts';
import { secretPlaces, secretPlacesOfHeader } from './redaction/secret-places.ts';
import { replaceSpans, type Span } from './redaction/span.ts';

export interface RedactorOptions {
  /** Values that are secret wherever they stand: passwords, client secrets, private keys. */
  readonly secrets: readonly string[];
  /** Headers whose values are secret. */
  readonly headerNames: readonly string[];
}

/** Redacts an exchange; `text` whatever else is written, in which a server may have its say. */
export type Redactor = ((exchange: Exchange) => Exchange) & { readonly text: (text: string) => string };

/** A text of an exchange with the places in it that its structure says are secret. */
interface Field {
  /** For people: `request header authorization` */
  readonly where: string;
  readonly text: string;
  readonly spans: readonly Span[];
  /** Characters of `text` that are kept. */
  readonly end: number;
}

/** Beyond what is kept of a body this much more is looked at, so that a secret that crosses the end is seen whole. */
const lookahead = 16_384;

const mostJwts = 16;
const longestJwtPart = 16_384;
const deepestJwt = 32;

/**
 * Makes the redactor of a run. It replaces each secret by `‹kind 3f2a›`, whose four digits are the start of an
 * HMAC-SHA256 of the secret with a key that this run alone knows: equal secrets have equal digits, and nobody can try
 * out short ones. Every secret it has seen it knows again, wherever that stands later. JWTs are decoded before they go.
 * Bodies are cut to what a report holds.
 */
export function createRedactor({ secrets, headerNames }: RedactorOptions): Redactor {
  const key = randomBytes(32);
  const configuredHeaders = new Set(headerNames.map((name) => name.toLowerCase()));
  const known = createKnownSecrets(secrets.filter((secret) => secret !== ''));

  function label({ kind, value }: Span): string {
    return `‹${kind} ${createHmac('sha256', key).update(value).digest('hex').slice(0, 4)}›`;
  }

  function learn({ kind, value }: Span): void {
    // JWTs are known by their looks; to remember them would take memory.
    if (kind !== 'jwt' && !isJwt(value)) {
      known.learn(value, kind);
    }
  }

  function redactField({ text, spans, end }: Field): string {
    return replaceSpans(text, [...spans, ...known.find(text)], label, end);
  }

  function redactText(text: string): string {
    const spans = secretPlaces(text);
    spans.forEach(learn);
    return redactField({ where: '', text, spans, end: text.length });
  }

  function decodeJwts(fields: readonly Field[]): DecodedJwt[] {
    const jwts = new Map<string, DecodedJwt>();
    for (const { where, spans } of fields) {
      for (const { start, end, value } of spans.filter(({ kind }) => kind === 'jwt')) {
        const around = spans.find((span) => span.name !== undefined && span.start <= start && span.end >= end);
        const name = around?.name !== undefined && !where.endsWith(around.name) ? ` ${around.name}` : '';
        const place = redactText(`${where}${name}`);
        if (jwts.size < mostJwts && !jwts.has(`${place} ${value}`)) {
          const { header, claims } = jwtTexts(value);
          const part = (text: string | null): unknown => (text === null ? null : readPart(text));
          jwts.set(`${place} ${value}`, { where: place, header: part(header), claims: part(claims) });
        }
      }
    }
    return [...jwts.values()];
  }

  /** Members of a private JWK and secrets that are known are as secret in a claim as anywhere. */
  function readPart(text: string): unknown {
    if (text.length > longestJwtPart) {
      return `${text.length} characters, too long to show`;
    }
    if (jsonDepth(text) > deepestJwt) {
      return 'nested too deep to show';
    }
    try {
      return JSON.parse(redactText(text));
    } catch {
      return 'not JSON';
    }
  }

  const redact = (exchange: Exchange): Exchange => {
    const { request, response, error, tls } = exchange;
    const isSearch = /\/_search(?:[?#]|$)/.test(request.url);
    const field = (where: string, text: string, spans: readonly Span[]): Field => ({
      where,
      text,
      spans,
      end: text.length,
    });
    const bodyField = (where: string, body: string, search: boolean): Field => {
      const text = body.slice(0, reportedBodyLength + lookahead);
      return { where, text, spans: secretPlaces(text, search), end: Math.min(text.length, reportedBodyLength) };
    };
    const headerFields = (where: string, headers: Readonly<Record<string, string>>): [string, Field][] =>
      Object.entries(headers).map(([name, value]) => {
        const spans = secretPlacesOfHeader(name, value, configuredHeaders.has(name));
        return [name, field(`${where} header ${name}`, value, spans)];
      });

    const url = field('request url', request.url, secretPlaces(request.url));
    const requestHeaders = headerFields('request', request.headers);
    const requestBody = request.body === null ? null : bodyField('request body', request.body, isSearch);
    const responseHeaders = headerFields('response', response?.headers ?? {});
    const responseBody = response && bodyField('response body', response.body, false);
    const fields = [
      url,
      ...requestHeaders.map(([, value]) => value),
      ...(requestBody ? [requestBody] : []),
      ...responseHeaders.map(([, value]) => value),
      ...(responseBody ? [responseBody] : []),
    ];
    // All is learned before anything is written: what one field gives away may stand unnamed in another.
    for (const { spans } of fields) {
      spans.forEach(learn);
    }
    for (const secret of basicSecrets(request.headers)) {
      known.learn(secret, 'client_secret');
    }

    const written = (headers: readonly (readonly [string, Field])[]): Record<string, string> =>
      Object.fromEntries(
        headers.map(([name, value]) => [replaceSpans(name, known.find(name), label), redactField(value)]),
      );
    return {
      ...exchange,
      request: {
        ...request,
        url: redactField(url),
        headers: written(requestHeaders),
        body: requestBody && redactField(requestBody),
      },
      response: response &&
        responseBody && {
          ...response,
          headers: written(responseHeaders),
          body: redactField(responseBody),
          truncated: response.truncated || response.body.length > responseBody.end,
        },
      error: error && { ...error, message: redactText(error.message) },
      jwts: [...exchange.jwts, ...decodeJwts(fields)],
      ...(tls === undefined
        ? {}
        : {
            tls: {
              ...tls,
              subject: tls.subject && redactText(tls.subject),
              issuer: tls.issuer && redactText(tls.issuer),
            },
          }),
    };
  };
  return Object.assign(redact, { text: (text: string) => ownCopy(redactText(text)) });
}

/** The secret of Basic credentials, as it was sent and as it was meant (RFC 6749 section 2.3.1). */
function basicSecrets(headers: Readonly<Record<string, string>>): string[] {
  const credentials = /^basic[ \t]+([\w+/=-]+)/i.exec(headers.authorization ?? '')?.[1];
  if (credentials === undefined) {
    return [];
  }
  const sent = Buffer.from(credentials, 'base64')
    .toString('utf8')
    .replace(/^[^:]*:?/, '');
  const meant = new URLSearchParams(`=${sent.replaceAll('&', '%26')}`).get('') ?? sent;
  return [...new Set([sent, meant])].filter((secret) => secret !== '');
}

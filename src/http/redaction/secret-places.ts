import { jwtSpans } from './jwt.ts';
import { kindOfHeader, kindOfMember, kindOfParameter, privateKeyMembers } from './secret-names.ts';
import type { Span } from './span.ts';
import { type Escaping, jsonEscapes, markupEscapes, originalRange, withoutEscapes } from './text-view.ts';

/**
 * Finds what the structure of a text says is secret: parameters of URLs and forms, JSON members, input elements,
 * userinfo, private keys and JWTs. Works on text as it is, never by parsing: what is broken, cut off or nested ten
 * thousand deep is read as far as it goes, and nothing is written in another way than it was.
 *
 * @param isSearch - the text is the form of a FHIR search, where `code` is a search parameter
 */
export function secretPlaces(text: string, isSearch = false): Span[] {
  if (!tellsOfPlaces.test(text)) {
    return [];
  }
  return [
    ...formSpans(text, isSearch),
    ...parameterSpans(text),
    ...memberSpans(text),
    ...nestedMemberSpans(text),
    ...inputSpans(text),
    ...userinfoSpans(text),
    ...privateKeySpans(text),
    ...jwtSpans(text),
  ];
}

/** What any of these places has beside its secret; most headers have nothing of it. */
const tellsOfPlaces = /[="<@.%\\]|-----BEGIN/;

/** Finds what is secret in a header's value. */
export function secretPlacesOfHeader(name: string, value: string, isConfigured: boolean): Span[] {
  if (value === '') {
    return [];
  }
  return [...headerSpans(name, value, isConfigured), ...jwtSpans(value)];
}

function headerSpans(name: string, value: string, isConfigured: boolean): Span[] {
  if (name === 'authorization' || name === 'proxy-authorization') {
    return authorizationSpans(value, name);
  }
  if (name === 'cookie') {
    return [...value.matchAll(/(?:^|;)([^=;]*)=([^;]*)/dg)].flatMap(cookieSpan);
  }
  if (name === 'set-cookie') {
    return [...value.matchAll(/^([^=;\n]*)=([^;\n]*)/dgm)].flatMap(cookieSpan);
  }
  const kind = isConfigured ? name : kindOfHeader(name);
  return kind === null ? secretPlaces(value) : [{ start: 0, end: value.length, kind, value, name }];
}

function authorizationSpans(value: string, name: string): Span[] {
  const scheme = /^(?:basic|bearer|dpop|digest|mac|negotiate|hmac|token)(?:[ \t]+|$)/i.exec(value)?.[0] ?? '';
  if (scheme === value) {
    return [];
  }
  const kind = /^(?:bearer|dpop)/i.test(scheme) ? 'access_token' : name;
  return [{ start: scheme.length, end: value.length, kind, value: value.slice(scheme.length), name }];
}

function cookieSpan(match: RegExpMatchArray): Span[] {
  const [, name = '', value = ''] = match;
  const [start, end] = match.indices?.[2] ?? [0, 0];
  return value.trim() === '' ? [] : [{ start, end, kind: 'cookie', value, name: name.trim() }];
}

/** A text that is a form as a whole; what follows an equals sign may be anything up to the next ampersand. */
function formSpans(text: string, isSearch: boolean): Span[] {
  if (!/^[\w.%+[\]-]{1,64}=/.test(text)) {
    return [];
  }
  const spans: Span[] = [];
  let at = 0;
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    const name = unescaped(pair.slice(0, Math.max(equals, 0)));
    const kind = kindOfParameter(name);
    if (equals > 0 && equals < pair.length - 1 && kind !== null && !(isSearch && kind === 'code')) {
      const start = at + equals + 1;
      spans.push({ start, end: at + pair.length, kind, value: unescaped(pair.slice(equals + 1)), name });
    }
    at += pair.length + 1;
  }
  return spans;
}

// Also in a URL that is itself a parameter, in HTML and in JSON that escapes its ampersands.
const parameter =
  /(?:&amp;|\\u0026|\\u003[fF]|%3[fF]|%26|%23|[?&#])((?:[\w.+[\]-]|%(?!3[dDfF]|2[36])[0-9a-fA-F]{2}){1,64}?)(?:=|%3[dD]|\\u003[dD])/g;

/** Parameters of any URL that stands in a text. */
function parameterSpans(text: string): Span[] {
  const spans: Span[] = [];
  let done = 0;
  for (const match of text.matchAll(parameter)) {
    const [whole, written = ''] = match;
    const name = unescaped(written);
    const kind = match.index < done ? null : kindOfParameter(name);
    if (kind === null || (kind === 'code' && isFhirSearch(text, match.index))) {
      continue;
    }
    const start = match.index + whole.length;
    const isNested = /%(?:3[dD]|3[fF]|2[36])/.test(whole);
    const value = (isNested ? nestedValue : plainValue).exec(text.slice(start, start + longestValue))?.[0] ?? '';
    done = start + value.length;
    if (value !== '') {
      spans.push({ start, end: done, kind, value: unescaped(value), name });
    }
  }
  return spans;
}

const longestValue = 100_000;
const plainValue = /^[^&#\s"'<>\\]*/;
const nestedValue = /^(?:(?!%26|%23)[^&#\s"'<>\\])*/;

/**
 * Whether a URL searches FHIR resources or calls an operation, where `code` is a clinical code, rather than carrying an
 * authorization code back to an app.
 *
 * @param at - where a parameter of the URL begins in `text`
 */
function isFhirSearch(text: string, at: number): boolean {
  let start = at;
  while (start > at - 2000 && isUrlCharacter(text[start - 1])) {
    start -= 1;
  }
  const before = text.slice(Math.max(start, 0), at);
  const after = /^[^\s"'<>\\]*/.exec(text.slice(at, at + 2000))?.[0] ?? '';
  const path = before.split(/[?#]|%3[fF]|%23/)[0] ?? '';
  const last = path.split(/\/|%2[fF]/).at(-1) ?? '';
  const isSearched =
    // Also in a granular scope: `patient/Basic.cuds?code=…`.
    /^(?:_search|\$[a-z-]+|[A-Z][A-Za-z]{2,40}|(?:[A-Z][A-Za-z]{2,40}|\*)\.c?r?u?d?s?)$/.test(last) &&
    !/callback|redirect|auth|sign|login|sso/i.test(last);
  return isSearched && !/(?:[?&#]|%26|%3[fF])(?:state|session_state|iss)(?:=|%3[dD])/.test(`${before}${after}`);
}

function isUrlCharacter(character: string | undefined): boolean {
  return character !== undefined && !/[\s"'<>\\]/.test(character);
}

const memberName = /"((?:[^"\\]|\\.){1,64})"\s*:\s*/gs;

/** JSON members, in a document or in a script of a page. */
function memberSpans(text: string): Span[] {
  const spans: Span[] = [];
  const hasKeys = text.includes('"kty"');
  for (const match of text.matchAll(memberName)) {
    const [whole, written = ''] = match;
    const name = plainText(written, jsonEscapes);
    const kind = kindOfMember(name) ?? (hasKeys && privateKeyMembers.has(name) ? 'private_key' : null);
    if (kind !== null) {
      spans.push(...valueSpans(text, match.index + whole.length, kind, name));
    }
  }
  return spans;
}

/** The string, the number, or the strings of the array that a member's value is. */
function valueSpans(text: string, at: number, kind: string, name: string): Span[] {
  const number = /-?\d[\d.eE+-]*/y;
  number.lastIndex = at;
  const digits = number.exec(text)?.[0];
  if (digits !== undefined) {
    return [{ start: at, end: at + digits.length, kind, value: digits, name, isNumber: true }];
  }
  const isArray = text[at] === '[';
  const strings = /[\s,]*"([^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?$)/dsy;
  strings.lastIndex = isArray ? at + 1 : at;
  const spans: Span[] = [];
  do {
    const match = strings.exec(text);
    const [start, end] = match?.indices?.[1] ?? [0, 0];
    if (match === null) {
      break;
    }
    if (end > start) {
      spans.push({ start, end, kind, value: plainText(text.slice(start, end), jsonEscapes), name });
    }
  } while (isArray);
  return spans;
}

/** JSON that is a string of other JSON. */
function nestedMemberSpans(text: string): Span[] {
  const inner = text.includes('\\"') ? withoutEscapes({ text, offsets: null }, jsonEscapes) : null;
  return inner === null
    ? []
    : memberSpans(inner.text).map((span) => {
        const [start, end] = originalRange(inner, span.start, span.end);
        return { ...span, start, end };
      });
}

/** `<input name="code" value="…">`, as in OAuth's form_post response mode. */
function inputSpans(text: string): Span[] {
  return [...text.matchAll(/<input\b[^>]{1,5000}/gi)].flatMap(({ 0: tag, index }) => {
    const [, , doubled, single, bare] = attribute('name').exec(tag) ?? [];
    const name = doubled ?? single ?? bare ?? '';
    const kind = kindOfParameter(name);
    const match = attribute('value').exec(tag);
    const [from, to] = match?.indices?.[2] ?? match?.indices?.[3] ?? match?.indices?.[4] ?? [0, 0];
    if (kind === null || from === to) {
      return [];
    }
    return [{ start: index + from, end: index + to, kind, value: plainText(tag.slice(from, to), markupEscapes), name }];
  });
}

function attribute(name: string): RegExp {
  return new RegExp(`[\\s"'](${name})\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'di');
}

/** `https://user:password@host`; a lone user is taken for a token. */
function userinfoSpans(text: string): Span[] {
  return [...text.matchAll(/:\/\/([^\s/?#@"'<>\\]{1,2000})@/g)].map(({ 0: whole, 1: userinfo = '', index }) => {
    const colon = userinfo.indexOf(':');
    const start = index + 3 + colon + 1;
    const value = unescaped(userinfo.slice(colon + 1));
    return { start, end: index + whole.length - 1, kind: colon < 0 ? 'userinfo' : 'password', value };
  });
}

function privateKeySpans(text: string): Span[] {
  const pem = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*/g;
  return [...text.matchAll(pem)].map(({ 0: value, index }) => ({
    start: index,
    end: index + value.length,
    kind: 'private_key',
    value,
  }));
}

function plainText(text: string, escaping: Escaping): string {
  return withoutEscapes({ text, offsets: null }, escaping)?.text ?? text;
}

function unescaped(value: string): string {
  const spaced = value.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

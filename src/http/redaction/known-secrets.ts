import { ownCopy } from './own-copy.ts';
import type { Span } from './span.ts';
import {
  type Escaping,
  jsonEscapes,
  markupEscapes,
  originalRange,
  percentEscapes,
  type TextView,
  withoutEscapes,
} from './text-view.ts';

/** The secrets a run has met, found again wherever they stand and however they are escaped. */
export interface KnownSecrets {
  /** Remembers a secret that a server or a test brought. */
  learn(value: string, kind: string): void;
  /** The places of all secrets known so far. */
  find(text: string): Span[];
}

interface Pattern {
  /** With spaces for plus signs, see `spaced`. */
  readonly text: string;
  readonly value: string;
  readonly kind: string;
  /** Whether it counts only where no letter or digit touches it. */
  readonly isWord: boolean;
}

/** How many learned secrets are kept, and of how many characters; beyond, the older half is forgotten: memory stays flat. */
const mostLearned = 20_000;
const mostCharacters = 4_000_000;

/** Makes the memory, with the secrets of the configuration already in it. */
export function createKnownSecrets(configured: readonly string[]): KnownSecrets {
  const learned = new Map<string, string>();
  let characters = 0;
  let index = createIndex();
  const addConfigured = (): void => {
    for (const value of configured) {
      index.add(patternsOf(value, 'secret', reachOfConfigured(value)));
    }
  };
  addConfigured();
  const known = new Set(configured);

  return {
    learn(found, kind) {
      if (known.has(found) || learned.has(found)) {
        return;
      }
      const value = ownCopy(found);
      learned.set(value, kind);
      characters += value.length;
      if (learned.size > mostLearned || characters > mostCharacters) {
        for (const old of [...learned.keys()].slice(0, learned.size / 2)) {
          learned.delete(old);
        }
        characters = [...learned.keys()].reduce((sum, { length }) => sum + length, 0);
        index = createIndex();
        addConfigured();
        for (const [kept, itsKind] of learned) {
          index.add(patternsOf(kept, itsKind, reachOfLearned(kept, itsKind)));
        }
        return;
      }
      index.add(patternsOf(value, kind, reachOfLearned(value, kind)));
    },
    find(text) {
      return viewsOf(text).flatMap((view) => index.find(view));
    },
  };
}

/** How texts escape, and what they hold then: a URL in a URL, in JSON, in a page; JSON in JSON; a page in JSON (FHIR narratives). */
const escapings: readonly { readonly outer: Escaping; readonly inner: readonly Escaping[] }[] = [
  { outer: percentEscapes, inner: [percentEscapes] },
  { outer: jsonEscapes, inner: [jsonEscapes, percentEscapes, markupEscapes] },
  { outer: markupEscapes, inner: [percentEscapes] },
];

function viewsOf(text: string): TextView[] {
  const plain: TextView = { text, offsets: null };
  const views = [plain];
  for (const { outer, inner } of escapings) {
    const once = withoutEscapes(plain, outer);
    if (once === null) continue;
    const twice = inner.map((escaping) => withoutEscapes(once, escaping));
    views.push(once, ...twice.filter((view) => view !== null));
  }
  return views;
}

/**
 * How far a secret is looked for: `everywhere`; as a `word`, where it is made of words and would otherwise be found in
 * half of any text; or only in the `place` that gave it away, where it is a word of the protocols themselves.
 */
type Reach = 'everywhere' | 'word' | 'place';

function reachOfConfigured(value: string): Reach {
  if (value.length < 4 || protocolWords.has(value.toLowerCase())) {
    return 'place';
  }
  return isWordy(value) || /^\d{1,7}$/.test(value) ? 'word' : 'everywhere';
}

/** Tests send much that is no secret, such as the token `invalid`, and servers set cookies such as `en`. */
function reachOfLearned(value: string, kind: string): Reach {
  const shortest = kind === 'cookie' ? 12 : 4;
  if (value.length < shortest || protocolWords.has(value.toLowerCase()) || /^\d{1,7}$/.test(value)) {
    return 'place';
  }
  if (isWordy(value)) {
    return value.length < 12 && /^[a-z]+$/i.test(value) ? 'place' : 'word';
  }
  return 'everywhere';
}

function isWordy(value: string): boolean {
  const words = value.split(/[-_. :/]/);
  return value.length < 24 && words.every((word) => /^(?:[A-Za-z]?[a-z]+|[A-Z]+)$/.test(word));
}

const protocolWords: ReadonlySet<string> = new Set(
  `access_denied access_token access-token account_information account account_id active application application/json
  assertion authorization authorization_code authorization-code authorize basic bearer client client_assertion
  client_credentials client_id client_secret client_secret_basic client_secret_post code code_challenge code_verifier
  cookie demo dpop error example expired false fhir grant_type granted header header.payload.signature http https
  id_token invalid invalid_client invalid_grant invalid_request invalid_scope invalid_token issuer json launch
  localhost login name none not-a-token null offline_access online_access openid password patient patient_id
  private_key_jwt profile public redirect_uri refresh_token refresh-token request resource response response_type
  scope secret server server_error smart smart-check state status subject system temporarily_unavailable test token token_type
  true type unauthorized_client undefined unknown unsupported_grant_type unsupported_response_type user username value`
    .trim()
    .split(/\s+/),
);

function patternsOf(value: string, kind: string, reach: Reach): Pattern[] {
  if (reach === 'place') {
    return [];
  }
  const make = (text: string, isWord: boolean): Pattern => ({ text: spaced(text), value, kind, isWord });
  const patterns = [make(value, reach === 'word')];
  // Basic credentials are Base64 of what is form-encoded first (RFC 6749 section 2.3.1).
  for (const written of new Set([value, formEncoded(value)])) {
    for (const { text, isWhole } of base64Forms(written)) {
      patterns.push(make(text, isWhole));
    }
  }
  return patterns;
}

function formEncoded(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice(1);
}

/** How a value shows in the Base64 of anything that contains it, at each of the three ways it can be aligned. */
function base64Forms(value: string): { text: string; isWhole: boolean }[] {
  const bytes = Buffer.from(value);
  const forms: { text: string; isWhole: boolean }[] = [];
  for (const encoding of ['base64', 'base64url'] as const) {
    for (const before of [0, 1, 2]) {
      const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
      // Only characters that hold bits of nothing else are the same whatever stands around.
      const text = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
      if (text.length >= 8) {
        forms.push({ text, isWhole: false });
      }
    }
    const whole = bytes.toString(encoding).replace(/=+$/, '');
    if (whole.length < 12) {
      forms.push({ text: whole, isWhole: true });
    }
  }
  return forms;
}

/** A plus sign is a space in forms and itself elsewhere; to miss neither, both count as a space. */
function spaced(text: string): string {
  return text.replaceAll('+', ' ');
}

/** Patterns that begin alike, by length and then by text: tokens of one server have a prefix in common. */
type Bucket = Map<number, Map<string, Pattern>>;

/** Finds any of thousands of patterns in one pass over a text: by the hash of its first four characters. */
function createIndex() {
  const flags = new Uint8Array(hashes);
  const buckets = new Map<number, Bucket>();
  return {
    add(patterns: readonly Pattern[]): void {
      for (const pattern of patterns) {
        const hash = hashAt(pattern.text, 0);
        const bucket = buckets.get(hash) ?? new Map<number, Map<string, Pattern>>();
        const ofLength = bucket.get(pattern.text.length) ?? new Map<string, Pattern>();
        if (!ofLength.has(pattern.text)) {
          ofLength.set(pattern.text, pattern);
        }
        bucket.set(pattern.text.length, ofLength);
        buckets.set(hash, bucket);
        flags[hash] = 1;
      }
    },
    find(view: TextView): Span[] {
      const text = spaced(view.text);
      const spans: Span[] = [];
      for (let at = 0; at + 4 <= text.length; at += 1) {
        const hash = hashAt(text, at);
        if (flags[hash] === 1) {
          const found = longestAt(buckets.get(hash), text, at);
          if (found !== null) {
            const [start, end] = originalRange(view, at, at + found.text.length);
            spans.push({ start, end, kind: found.kind, value: found.value });
            at += found.text.length - 1;
          }
        }
      }
      return spans;
    },
  };
}

/** So many that texts which hold no secret seldom hit upon the hash of one. */
const hashes = 2 ** 20;

function hashAt(text: string, at: number): number {
  const first = Math.imul(text.charCodeAt(at), 31) + text.charCodeAt(at + 1);
  const second = Math.imul(text.charCodeAt(at + 2), 31) + text.charCodeAt(at + 3);
  return (Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)) >>> 12;
}

function longestAt(bucket: Bucket | undefined, text: string, at: number): Pattern | null {
  let longest: Pattern | null = null;
  for (const [length, patterns] of bucket ?? []) {
    const pattern: Pattern | undefined = patterns.get(text.slice(at, at + length));
    const counts = pattern !== undefined && !(pattern.isWord && isTouched(text, at, at + length));
    if (counts && length > (longest?.text.length ?? 0)) {
      longest = pattern;
    }
  }
  return longest;
}

/** Whether a letter or a digit stands next to a stretch of text. */
function isTouched(text: string, start: number, end: number): boolean {
  return isWordCharacter(text[start - 1]) || isWordCharacter(text[end]);
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}

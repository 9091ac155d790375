import { isUtf8 } from 'node:buffer';

/** An element of the array, in order. */
export type JsonElement = ReadElement | UnreadElement;

export interface ReadElement {
  readonly kind: 'value';
  readonly index: number;
  readonly value: unknown;
  readonly text: string;
  /** Bytes left out of the middle of strings that are longer than the limit. */
  readonly leftOut: number;
}

/** One that is not looked into. */
export interface UnreadElement {
  readonly kind: 'unread';
  readonly index: number;
  /** `12345678 bytes long`, or `nested 5000 deep` */
  readonly why: string;
}

export type SplitJson =
  | {
      readonly kind: 'object';
      /** The members but for the array; of one that stands twice the last. */
      readonly members: Readonly<Record<string, unknown>>;
      /** Of the array; null when there is no such member, or it is no array. */
      readonly elements: number | null;
      /** Names of members that stand twice. */
      readonly duplicates: readonly string[];
      readonly byteOrderMark: boolean;
      /** Whether all that was read is UTF-8. */
      readonly isUtf8: boolean;
      readonly bytes: number;
    }
  | {
      readonly kind: 'invalid';
      /** What is wrong and where. */
      readonly message: string;
    };

export interface JsonSplitter {
  /** Takes the next bytes; the caller may use the memory again only if it copies. */
  write(chunk: Uint8Array): void;
  end(): SplitJson;
}

export interface SplitLimits {
  /** Bytes of an element, or of another member; what is longer is not looked into. 16 MiB unless given. */
  readonly value: number;
  /** Bytes of a string; of a longer one only the beginning is kept. 256 KiB unless given. */
  readonly string: number;
  /** Arrays and objects around the innermost value. 100 unless given. */
  readonly depth: number;
}

const defaultLimits: SplitLimits = { value: 16 * 1024 * 1024, string: 256 * 1024, depth: 100 };

/** Larger chunks are taken piece by piece, so that the limits hold for them too. */
const pieceLength = 64 * 1024;

type Phase =
  | 'start'
  | 'first name'
  | 'name'
  | 'colon'
  | 'value'
  | 'after value'
  | 'first element'
  | 'element'
  | 'after element'
  | 'end';

const expectedIn: Readonly<Record<Phase, string>> = {
  start: '"{"',
  'first name': 'a member name in double quotes, or "}"',
  name: 'a member name in double quotes',
  colon: '":"',
  value: 'a value',
  'after value': '"," or "}"',
  'first element': 'a value, or "]"',
  element: 'a value',
  'after element': '"," or "]"',
  end: 'nothing after the object',
};

/**
 * Reads a large JSON object while it arrives, one of whose members is a long array: finds in the bytes where values
 * begin and end, and gives each to JSON.parse. Never holds more than one of them. Accepts what JSON.parse accepts, but
 * that it looks neither into values beyond the limits nor into the rest of long strings.
 *
 * @param member - the name of the array
 * @param onElement - is called with each element while bytes are written
 */
export function splitJson(
  member: string,
  onElement: (element: JsonElement) => void,
  limits: SplitLimits = defaultLimits,
): JsonSplitter {
  const members: [string, unknown][] = [];
  const names = new Set<string>();
  const duplicates: string[] = [];
  let elements: number | null = null;
  let phase: Phase = 'start';
  let name = '';
  let problem: string | null = null;
  let sound = true;
  let byteOrderMark = false;
  let bytes = 0;
  /** Tells what a document is that is none. */
  let beginning: Uint8Array = new Uint8Array(0);

  // The value being read: what was kept of it, and how it may end.
  let form: 'none' | 'string' | 'container' | 'scalar' = 'none';
  let pieces: Uint8Array[] = [];
  let kept = 0;
  let length = 0;
  let leftOut = 0;
  let depth = 0;
  let deepest = 0;
  let inString = false;
  let escaped = false;
  let stringLength = 0;
  let skipping = false;

  function write(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length; start += pieceLength) take(chunk.subarray(start, start + pieceLength));
  }

  function take(chunk: Uint8Array): void {
    if (beginning.length < 64) beginning = Buffer.concat([beginning, chunk.subarray(0, 64)]);
    if (problem !== null) return;
    let at = 0;
    if (bytes === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) {
      byteOrderMark = true;
      at = 3;
    }
    while (at < chunk.length && problem === null) at = form === 'none' ? step(chunk, at) : proceed(chunk, at);
    bytes += chunk.length;
  }

  /** Between values: one byte. */
  function step(chunk: Uint8Array, at: number): number {
    const byte = chunk[at];
    if (byte === space || byte === lineFeed || byte === tab || byte === carriageReturn) return at + 1;
    switch (phase) {
      case 'start':
        if (byte !== openBrace) return broken(at);
        phase = 'first name';
        return at + 1;
      case 'first name':
      case 'name':
        if (byte === closeBrace && phase === 'first name') phase = 'end';
        else if (byte === quote) return begin(chunk, at);
        else return broken(at);
        return at + 1;
      case 'colon':
        if (byte !== colon) return broken(at);
        phase = 'value';
        return at + 1;
      case 'value':
        if (name === member && byte === openBracket) {
          elements ??= 0;
          phase = 'first element';
          return at + 1;
        }
        return begin(chunk, at);
      case 'after value':
        if (byte === comma) phase = 'name';
        else if (byte === closeBrace) phase = 'end';
        else return broken(at);
        return at + 1;
      case 'first element':
      case 'element':
        if (byte !== closeBracket || phase === 'element') return begin(chunk, at);
        phase = 'after value';
        return at + 1;
      case 'after element':
        if (byte === comma) phase = 'element';
        else if (byte === closeBracket) phase = 'after value';
        else return broken(at);
        return at + 1;
      case 'end':
        return broken(at);
    }
  }

  function begin(chunk: Uint8Array, at: number): number {
    const byte = chunk[at];
    if (byte === comma || byte === colon || byte === closeBrace || byte === closeBracket) return broken(at);
    form = byte === quote ? 'string' : byte === openBrace || byte === openBracket ? 'container' : 'scalar';
    pieces = [];
    kept = length = leftOut = depth = deepest = stringLength = 0;
    inString = escaped = skipping = false;
    return proceed(chunk, at);
  }

  /** Inside a value, to its end or that of the chunk. */
  function proceed(chunk: Uint8Array, from: number): number {
    const first = escaped ? from + 1 : from;
    const end = form === 'scalar' ? endOfScalar(chunk, from) : endOfNested(chunk, from);
    const ended = end < chunk.length || (form !== 'scalar' && !inString && depth === 0);
    length += end - from;
    keep(chunk, from, first, end, ended);
    if (ended) finish();
    return end;
  }

  function endOfScalar(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && !endsScalar(chunk[at])) at += 1;
    return at;
  }

  /** The hot loop: the byte after the string or container, or the end of the chunk. */
  function endOfNested(chunk: Uint8Array, from: number): number {
    const { length: limit } = chunk;
    let at = from;
    let open = depth;
    for (;;) {
      if (inString) {
        const start = at;
        if (escaped && at < limit) {
          escaped = false;
          at += 1;
        }
        while (at < limit) {
          const byte = chunk[at];
          if (byte === quote) break;
          at += byte === backslash ? 2 : 1;
        }
        if (at >= limit) {
          escaped ||= at > limit;
          stringLength += limit - start;
          depth = open;
          return limit;
        }
        inString = false;
        stringLength = 0;
        at += 1;
        if (open === 0) break;
      }
      let byte: number | undefined;
      while (at < limit) {
        byte = chunk[at];
        if (
          byte === quote ||
          byte === openBrace ||
          byte === openBracket ||
          byte === closeBrace ||
          byte === closeBracket
        )
          break;
        at += 1;
      }
      if (at >= limit) break;
      at += 1;
      if (byte === quote) inString = true;
      else if (byte === openBrace || byte === openBracket) {
        open += 1;
        if (open > deepest) deepest = open;
      } else {
        open -= 1;
        if (open === 0) break;
      }
    }
    depth = open;
    return at;
  }

  /** `first` is the first byte that no backslash stands before. */
  function keep(chunk: Uint8Array, from: number, first: number, end: number, ended: boolean): void {
    let start = from;
    if (skipping) {
      // What follows is wanted from the string's last quote on.
      const close = closingQuote(chunk, first, end);
      leftOut += close - from;
      if (close === end) return;
      skipping = false;
      start = close;
    }
    if (kept <= limits.value) {
      pieces.push(chunk.subarray(start, end));
      kept += end - start;
    } else {
      pieces = [];
    }
    if (!ended && inString && stringLength > limits.string && maySkipAfter(chunk, end)) skipping = true;
  }

  function finish(): void {
    const done = form;
    form = 'none';
    const isElement = phase === 'first element' || phase === 'element';
    if (isElement) phase = 'after element';
    const why = unread();
    if (why !== null && phase !== 'first name' && phase !== 'name') {
      pieces = [];
      if (isElement) {
        onElement({ kind: 'unread', index: counted(), why });
        return;
      }
      members.push([name, undefined]);
      phase = 'after value';
      return;
    }
    const whole = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
    pieces = [];
    const text = Buffer.from(whole.buffer, whole.byteOffset, whole.length).toString('utf8');
    if (sound) sound = isUtf8(whole);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      problem = `${place(isElement)}: ${said(error)}`;
      return;
    }
    if (isElement) {
      onElement({ kind: 'value', index: counted(), value, text, leftOut });
    } else if (phase === 'first name' || phase === 'name') {
      named(String(value), done);
    } else {
      members.push([name, value]);
      phase = 'after value';
    }
  }

  function unread(): string | null {
    if (kept > limits.value) return `${length} bytes long`;
    return deepest > limits.depth ? `nested ${deepest} deep` : null;
  }

  function counted(): number {
    const index = elements ?? 0;
    elements = index + 1;
    return index;
  }

  function named(text: string, form: string): void {
    if (form !== 'string') return;
    name = text;
    if (names.has(name) && duplicates.length < 100) duplicates.push(name);
    names.add(name);
    phase = 'colon';
  }

  function place(isElement: boolean): string {
    if (isElement) return `in ${member}[${elements ?? 0}]`;
    return phase === 'first name' || phase === 'name' ? 'in a member name' : `in ${JSON.stringify(name)}`;
  }

  function broken(at: number): number {
    const where = `byte ${bytes + at}`;
    problem =
      phase === 'end'
        ? `${where}: something follows the object; it looks like NDJSON, or several documents`
        : `${where}${elements === null ? '' : `, after ${member}[${elements - 1}]`}: expected ${expectedIn[phase]}`;
    return at;
  }

  return {
    write,
    end() {
      if (form === 'scalar' && problem === null) finish();
      if (bytes === 0) return { kind: 'invalid', message: 'the document is empty' };
      if (problem === null && phase !== 'end') problem = `it ends early, after ${bytes} bytes, ${endedIn()}`;
      if (problem !== null) return { kind: 'invalid', message: foreign(beginning) ?? problem };
      return {
        kind: 'object',
        // Not assignments: a member may be called __proto__.
        members: Object.fromEntries(members),
        elements,
        duplicates,
        byteOrderMark,
        isUtf8: sound,
        bytes,
      };
    },
  };

  function endedIn(): string {
    const inElement = phase === 'first element' || phase === 'element' || phase === 'after element';
    return inElement ? `in ${member}[${elements ?? 0}]` : `where ${expectedIn[phase]} was expected`;
  }
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const space = 0x20;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const tab = 0x09;

function endsScalar(byte: number | undefined): boolean {
  return (
    byte === comma ||
    byte === closeBrace ||
    byte === closeBracket ||
    byte === space ||
    byte === lineFeed ||
    byte === carriageReturn ||
    byte === tab
  );
}

/** Where the string that began before `from` is closed; `end` when it is not. */
function closingQuote(chunk: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && chunk[at] !== quote) at += chunk[at] === backslash ? 2 : 1;
  return Math.min(at, end);
}

/** Whether a string may be cut here: not within an escape, nor within a character. */
function maySkipAfter(chunk: Uint8Array, end: number): boolean {
  const last = chunk.subarray(Math.max(0, end - 6), end);
  return last.length === 6 && last.every((byte) => byte < 0x80 && byte !== backslash);
}

/** What a document is that is not JSON at all; null when it may be. */
function foreign(beginning: Uint8Array): string | null {
  if (beginning[0] === 0x1f && beginning[1] === 0x8b) return 'it is gzip, and no Content-Encoding says so';
  if (beginning[0] === 0x28 && beginning[1] === 0xb5 && beginning[2] === 0x2f) {
    return 'it is Zstandard, and no Content-Encoding says so';
  }
  if (beginning[0] === 0x50 && beginning[1] === 0x4b) return 'it is a ZIP archive';
  const text = Buffer.from(beginning).toString('latin1').trimStart();
  if (beginning.includes(0)) return 'it is not UTF-8: it has zero bytes';
  if (text.startsWith('<')) {
    const language = /^<(?:!doctype\s+html|html|head|body)\b/i.test(text) ? 'HTML' : 'XML or HTML';
    return `it looks like ${language}: it begins with ${JSON.stringify(text.slice(0, 40))}`;
  }
  if (text.startsWith('[')) return 'it is a JSON array';
  return null;
}

function said(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : String(error);
}

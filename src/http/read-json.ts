/** What a strict JSON reader (RFC 8259) makes of a text. */
export type ReadJson = JsonValue | InvalidJson;

export interface JsonValue {
  readonly kind: 'value';
  /** As `JSON.parse` gives it: of members with the same name the last. */
  readonly value: unknown;
  /** JSON Pointers (RFC 6901) of members whose name stood in their object before; the first hundred. */
  readonly duplicates: readonly string[];
  /** Whether the text began with U+FEFF, which RFC 8259 section 8.1 forbids senders. */
  readonly byteOrderMark: boolean;
  /** How many arrays and objects stand around the innermost value, itself included. */
  readonly depth: number;
}

export interface InvalidJson {
  readonly kind: 'invalid';
  /** Where it breaks and what was found there. */
  readonly message: string;
}

/** Reads a text as JSON. Takes linear time and no call stack, however large or deep the text is. */
export function readJson(text: string): ReadJson {
  const byteOrderMark = text.startsWith('\uFEFF');
  const json = byteOrderMark ? text.slice(1) : text;
  const scan = scanJson(json);
  if (scan.kind === 'broken') {
    return { kind: 'invalid', message: explain(json, scan.at, scan.expected) };
  }
  return { kind: 'value', value: JSON.parse(json), duplicates: scan.duplicates, byteOrderMark, depth: scan.depth };
}

type Scan =
  | { readonly kind: 'sound'; readonly depth: number; readonly duplicates: readonly string[] }
  | { readonly kind: 'broken'; readonly at: number; readonly expected: string };

/** An array or object that is open: `names` of an object so far, `at` the member name or index being read. */
interface Level {
  readonly isObject: boolean;
  names: Set<string> | string | null;
  at: string | number;
}

const mostDuplicates = 100;

/** JSON.parse says neither what stands twice nor how deep a text is, and where it breaks only in some versions of Node. */
function scanJson(json: string): Scan {
  const levels: Level[] = [];
  const duplicates: string[] = [];
  let depth = 0;
  let at = skipBlank(json, 0);
  /** What may stand next. */
  let next: 'value' | 'first value' | 'name' | 'first name' | 'end' = 'value';
  for (;;) {
    const level = levels.at(-1);
    const character = json[at];
    if (next === 'end') {
      if (level === undefined) {
        return at === json.length ? { kind: 'sound', depth, duplicates } : broken(at, 'nothing after the value');
      }
      if (character === ',') {
        at = skipBlank(json, at + 1);
        if (level.isObject) {
          next = 'name';
        } else {
          next = 'value';
          level.at = Number(level.at) + 1;
        }
      } else if (character === (level.isObject ? '}' : ']')) {
        levels.pop();
        at = skipBlank(json, at + 1);
      } else {
        return broken(at, level.isObject ? '"," or "}"' : '"," or "]"');
      }
      continue;
    }
    if ((next === 'first name' && character === '}') || (next === 'first value' && character === ']')) {
      levels.pop();
      at = skipBlank(json, at + 1);
      next = 'end';
      continue;
    }
    if (next === 'name' || next === 'first name') {
      if (character !== '"' || level === undefined) {
        return broken(
          at,
          next === 'name' ? 'a member name in double quotes' : 'a member name in double quotes, or "}"',
        );
      }
      const end = endOfString(json, at);
      if (typeof end !== 'number') {
        return end;
      }
      const name = unquote(json.slice(at, end));
      level.at = name;
      if (!isNew(level, name) && duplicates.length < mostDuplicates) {
        duplicates.push(pointerTo(levels));
      }
      at = skipBlank(json, end);
      if (json[at] !== ':') {
        return broken(at, '":"');
      }
      at = skipBlank(json, at + 1);
      next = 'value';
      continue;
    }
    if (character === '{' || character === '[') {
      const isObject = character === '{';
      levels.push({ isObject, names: null, at: 0 });
      depth = Math.max(depth, levels.length);
      at = skipBlank(json, at + 1);
      next = isObject ? 'first name' : 'first value';
      continue;
    }
    const end = endOfScalar(json, at);
    if (typeof end !== 'number') {
      return end;
    }
    at = skipBlank(json, end);
    next = 'end';
  }
}

function broken(at: number, expected: string): Scan & { kind: 'broken' } {
  return { kind: 'broken', at, expected };
}

function skipBlank(json: string, from: number): number {
  let at = from;
  while (isBlank(json.charCodeAt(at))) {
    at += 1;
  }
  return at;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

const scalar = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function endOfScalar(json: string, at: number): number | (Scan & { kind: 'broken' }) {
  if (json[at] === '"') {
    return endOfString(json, at);
  }
  scalar.lastIndex = at;
  return scalar.test(json) ? scalar.lastIndex : broken(at, 'a value');
}

const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** Where the string that begins at `start` has ended. */
function endOfString(json: string, start: number): number | (Scan & { kind: 'broken' }) {
  let at = start + 1;
  while (at < json.length) {
    const code = json.charCodeAt(at);
    if (code === 0x22) {
      return at + 1;
    }
    if (code === 0x5c) {
      escapeSequence.lastIndex = at;
      if (!escapeSequence.test(json)) {
        return broken(at, 'an escape that JSON knows');
      }
      at = escapeSequence.lastIndex;
    } else if (code < 0x20) {
      return broken(at, 'no raw control character in a string');
    } else {
      at += 1;
    }
  }
  return broken(at, 'the end of the string');
}

function unquote(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}

/** A set for each of a million objects of one member would cost more than the text. */
function isNew(level: Level, name: string): boolean {
  if (level.names === null) {
    level.names = name;
    return true;
  }
  if (typeof level.names === 'string') {
    level.names = new Set([level.names]);
  }
  const before = level.names.size;
  return level.names.add(name).size > before;
}

/** Only the innermost levels of a very deep place, after an ellipsis. */
function pointerTo(levels: readonly Level[]): string {
  const shown = levels.slice(-32).map(({ at }) => String(at).replaceAll('~', '~0').replaceAll('/', '~1'));
  return `${levels.length > 32 ? '…' : ''}/${shown.join('/')}`;
}

function explain(json: string, at: number, expected: string): string {
  const start = skipBlank(json, 0);
  if (start === json.length) {
    return 'the document is empty';
  }
  if (json[start] === '<') {
    const language = /^<(?:!doctype\s+html|html|head|body)\b/i.test(json.slice(start, start + 100))
      ? 'HTML'
      : 'XML or HTML';
    return `it looks like ${language}: it begins with ${quote(json.slice(start, start + 40))}`;
  }
  const lines = json.slice(0, at).split('\n');
  const place = `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
  const found = at >= json.length ? 'the end of the document' : quote(json.slice(at, at + 20));
  return `${place}: expected ${expected}, found ${found}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

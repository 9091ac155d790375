/** A text with escapes undone, each of its characters knowing where it stood in the original. */
export interface TextView {
  readonly text: string;
  /** The original offset of each character, and of the end; null where nothing has moved. */
  readonly offsets: Uint32Array | null;
}

/** A way of writing characters in other characters. */
export interface Escaping {
  /** What each match begins with. */
  readonly mark: string;
  readonly pattern: RegExp;
  /** The characters a match stands for, each with the length it took in the match; null leaves it alone. */
  readonly undo: (match: RegExpMatchArray) => readonly (readonly [string, number])[] | null;
}

/** `%C3%A9` in URLs and forms (RFC 3986 section 2.1), several in a row being the bytes of UTF-8. */
export const percentEscapes: Escaping = {
  mark: '%',
  pattern: /(?:%[0-9a-fA-F]{2})+/g,
  undo: ([run]) => {
    const code = Number.parseInt(run.slice(1, 3), 16);
    if (run.length === 3 && code < 0x80) {
      return [[String.fromCharCode(code), 3]];
    }
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
    const text = bytes.toString('utf8');
    const isUtf8 = Buffer.from(text).equals(bytes);
    return isUtf8
      ? [...text].map((character) => [character, 3 * Buffer.byteLength(character)])
      : [...bytes].map((byte) => [String.fromCharCode(byte), 3]);
  },
};

/** `\u002b` and the short ones in JSON strings (RFC 8259 section 7). */
export const jsonEscapes: Escaping = {
  mark: '\\',
  pattern: /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g,
  undo: ([whole, hex, short = '']) => {
    const character = hex === undefined ? (controls[short] ?? short) : String.fromCharCode(Number.parseInt(hex, 16));
    return [[character, whole.length]];
  },
};

const controls: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** `&amp;`, `&#43;` and `&#x2b;` in HTML and XML. */
export const markupEscapes: Escaping = {
  mark: '&',
  pattern: /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));/g,
  undo: ([whole, decimal, hex, name]) => {
    if (name !== undefined) {
      return [[entities[name] ?? '', whole.length]];
    }
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code > 0x10ffff ? null : [[String.fromCodePoint(code), whole.length]];
  },
};

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Undoes escapes once, from left to right; null when there are none. */
export function withoutEscapes(view: TextView, escaping: Escaping): TextView | null {
  const { text } = view;
  if (!text.includes(escaping.mark) || text.search(escaping.pattern) < 0) {
    return null;
  }
  const pieces: string[] = [];
  const offsets = new Uint32Array(text.length + 1);
  let length = 0;
  let done = 0;
  const original = (at: number): number => view.offsets?.[at] ?? at;
  const keep = (end: number): void => {
    pieces.push(text.slice(done, end));
    if (view.offsets) offsets.set(view.offsets.subarray(done, end), length);
    else for (let at = done; at < end; at += 1) offsets[length + at - done] = at;
    length += end - done;
    done = end;
  };
  for (const match of text.matchAll(escaping.pattern)) {
    const undone = escaping.undo(match);
    if (undone !== null) {
      keep(match.index);
      for (const [characters, taken] of undone) {
        pieces.push(characters);
        // A character outside the basic plane has two code units that stood in one place.
        offsets.fill(original(done), length, length + characters.length);
        length += characters.length;
        done += taken;
      }
    }
  }
  if (pieces.length === 0) {
    return null;
  }
  keep(text.length);
  offsets[length] = original(text.length);
  return { text: pieces.join(''), offsets: offsets.subarray(0, length + 1) };
}

/** Where a stretch of a view stood in the original. */
export function originalRange({ offsets }: TextView, start: number, end: number): readonly [number, number] {
  return offsets === null ? [start, end] : [offsets[start] ?? start, offsets[end] ?? end];
}

import type { Alias, Document, LineCounter, Node, Pair, ParsedNode, Scalar, YAMLError } from 'yaml';
import type { UsageError } from '../kit/index.ts';
import { type Environment, fillIn } from './fill-in.ts';
import { type Mistake, type MistakeAt, mistakesIn, type Place } from './mistake.ts';
import { type Path, written } from './path.ts';
import { readText } from './read-text.ts';
import { quoted } from './wording.ts';

/** A file of the user's as read, `${NAME}` filled in, which still knows where everything stood. */
export interface UserDocument {
  readonly value: unknown;
  /** Variables that could not be filled in. */
  readonly unfilled: readonly MistakeAt[];
  /** The error that lists mistakes, each with its place. */
  wrong(mistakes: readonly MistakeAt[]): UsageError;
  /** A scalar as it stands in the file, before anything was filled in. */
  source(path: Path): string | undefined;
}

type Yaml = typeof import('yaml');

/** The source of one file, parsed. */
interface Parsed {
  readonly yaml: Yaml;
  readonly text: string;
  readonly document: Document.Parsed<ParsedNode>;
  readonly lines: LineCounter;
}

/**
 * Reads a file of YAML 1.2, of which JSON is a part.
 *
 * @throws UsageError when it cannot be read, or is neither, each mistake with its line
 */
export async function readDocument(file: string, env: Environment): Promise<UserDocument> {
  const read = await readText(file);
  if ('problem' in read) throw mistakesIn(file, [{ message: read.problem }]);
  const { text } = read;
  if (isTooDeep(text)) throw mistakesIn(file, [{ message: tooDeep }]);
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false, // would show the line, which may hold a secret
    resolveKnownTags: false,
    stringKeys: true,
    logLevel: 'error',
  });
  const parsed = { yaml, text, document, lines };
  const isJson = file.endsWith('.json');
  const comment = isJson ? commentIn(text) : null;
  if (comment !== null) {
    const message = 'a comment begins here, and JSON has none; take it out, or write YAML, where a # begins one';
    throw mistakesIn(file, [{ place: lines.linePos(comment), message }]);
  }
  const mistakes = syntaxMistakes(parsed, isJson ? 'JSON' : 'YAML');
  if (mistakes.length > 0) throw mistakesIn(file, mistakes);

  const unfilled = fillInScalars(parsed, env);
  for (const key of ['specVersion', 'fhirVersion']) keepAsWritten(parsed, key);
  return {
    value: plainValue(parsed, file),
    unfilled,
    wrong: (mistakes) =>
      mistakesIn(
        file,
        mistakes.map(({ path, at, message }) => ({ place: placeOf(parsed, path, at), message })),
      ),
    source: (path) => {
      const { value } = nodesAt(parsed, path);
      return yaml.isScalar(value) ? value.source : undefined;
    },
  };
}

const tooDeep = 'is nested too deeply';

/** The parser recurses, and Node aborts where its stack runs out inside a regular expression: so look first. */
function isTooDeep(text: string): boolean {
  let open = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open += bracket === '[' || bracket === '{' ? 1 : -1;
    if (open > 200) return true;
  }
  return /^[ \t?-]{600}/m.test(text);
}

/** Where in JSON a comment begins, outside of strings: YAML would take it for a part of a key. */
function commentIn(text: string): number | null {
  const pieces = text.matchAll(/"(?:[^"\\]|\\.)*"|(?<![^\s,{}[\]])(\/\/|\/\*)/gs);
  for (const { index, 1: comment } of pieces) if (comment !== undefined) return index;
  return null;
}

function syntaxMistakes({ yaml, document, text, lines }: Parsed, format: string): Mistake[] {
  const place = (offset: number) => lines.linePos(offset);
  const named: Mistake[] = [];
  const others: YAMLError[] = [];
  for (const error of [...document.errors, ...document.warnings]) {
    const offset = error.pos[0];
    if (error.code === 'DUPLICATE_KEY') {
      named.push({ place: place(offset), message: `the key ${quoted(keyAt(yaml, document, offset))} stands twice` });
    } else if (error.code === 'TAG_RESOLVE_FAILED') {
      const message = `unknown tag ${quoted(text.slice(...error.pos))}; a text that begins with ! needs quotes around it`;
      named.push({ place: place(offset), message });
    } else {
      others.push(error);
    }
  }
  // What follows the first syntax error is mostly caused by it.
  const [first] = others.toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (first) return [{ place: place(first.pos[0]), message: syntaxMessage(first, text, format) }];

  yaml.visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document)) return;
      const message = `the alias *${alias.source} stands for nothing: there is no &${alias.source} before it, and a text that begins with * needs quotes around it`;
      named.push({ place: place(alias.range?.[0] ?? 0), message });
    },
  });
  return named;
}

/** By the code of the parser, whose own words only its makers understand. */
const explanations: Partial<Readonly<Record<string, string>>> = {
  BLOCK_AS_IMPLICIT_KEY:
    'a "key: value" stands where the value of a key begins; indent the keys that belong together alike, and put a text that holds ": " in quotes',
  MULTILINE_IMPLICIT_KEY: 'this is no "key: value"; a space follows the colon',
};

function syntaxMessage({ code, message, pos }: YAMLError, text: string, format: string): string {
  const [offset] = pos;
  if (code === 'TAB_AS_INDENT') return 'a tab indents this line; YAML is indented with spaces';
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here; expected one';
  if (code === 'RESOURCE_EXHAUSTION') return tooDeep;
  if (text.slice(offset - 1, offset + 1) === '${') return `between { } a "\${NAME}" needs quotes around it`;
  if (text.slice(offset - 1, offset + 1) === '{{' || text.slice(offset, offset + 2) === '{{') {
    return 'a "{{…}}" needs quotes around it';
  }
  if (code === 'BAD_SCALAR_START') return `a text that begins with ${text[offset]} needs quotes around it`;
  const explained = explanations[code];
  if (explained !== undefined) return explained;
  // What follows the colon is text of the file, which may be a secret.
  return `not valid ${format}: ${message.replace(/: .*/s, '').replace(/^[A-Z]/, (letter) => letter.toLowerCase())}`;
}

function keyAt(yaml: Yaml, document: Document.Parsed<ParsedNode>, offset: number): string {
  let found = '';
  yaml.visit(document, {
    Pair(_key, { key }) {
      if (yaml.isScalar(key) && key.range?.[0] === offset) found = String(key.value);
    },
  });
  return found;
}

/** Replaces values in place: what was filled in is never read as YAML again. */
function fillInScalars({ yaml, document }: Parsed, env: Environment): MistakeAt[] {
  const unfilled: MistakeAt[] = [];
  yaml.visit(document, {
    Scalar(key, scalar, ancestors) {
      if (key === 'key' || typeof scalar.value !== 'string' || !scalar.value.includes('$')) return;
      const { text, problems } = fillIn(scalar.value, env);
      scalar.value = text;
      const path = problems.length > 0 ? pathOf(yaml, [...ancestors, scalar]) : [];
      for (const problem of problems) unfilled.push({ path, at: 'value', message: `${written(path)}: ${problem}` });
    },
  });
  return unfilled;
}

function pathOf(yaml: Yaml, ancestors: readonly (Document | Node | Pair | Scalar)[]): Path {
  return ancestors.flatMap((node, index): Path => {
    if (yaml.isPair(node) && yaml.isScalar(node.key)) return [String(node.key.value)];
    const child = ancestors[index + 1];
    return yaml.isSeq(node) && child ? [node.items.indexOf(child)] : [];
  });
}

/** So that a bare 2.0 is the string "2.0" and not the number 2. */
function keepAsWritten({ yaml, document }: Parsed, key: string): void {
  const scalar = document.get(key, true);
  if (yaml.isScalar(scalar) && typeof scalar.value === 'number') scalar.value = scalar.source;
}

function plainValue({ document }: Parsed, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw mistakesIn(file, [{ message: 'its YAML aliases (*name) expand to too much' }]);
  }
}

/** The key and the value a path leads to, through aliases; of what is missing, those around it. */
function nodesAt({ yaml, document }: Parsed, path: Path): { key: Node | undefined; value: Node | null } {
  const resolved = (node: unknown): Node | null => {
    const target = yaml.isAlias(node) ? (node satisfies Alias).resolve(document) : node;
    return yaml.isNode(target) ? target : null;
  };
  let key: Node | undefined;
  let value: Node | null = document.contents;
  for (const segment of path) {
    const around = resolved(value);
    if (yaml.isMap(around)) {
      const pair = around.items.find((item) => yaml.isScalar(item.key) && String(item.key.value) === segment);
      if (!pair) break;
      key = yaml.isNode(pair.key) ? pair.key : undefined;
      value = yaml.isNode(pair.value) ? pair.value : null;
    } else if (yaml.isSeq(around)) {
      const item: unknown = around.items[Number(segment)];
      key = undefined;
      value = yaml.isNode(item) ? item : null;
    }
  }
  return { key, value };
}

function placeOf(parsed: Parsed, path: Path, at: 'key' | 'value'): Place {
  const { key, value } = nodesAt(parsed, path);
  const node = at === 'key' ? (key ?? value) : (value ?? key);
  return parsed.lines.linePos(node?.range?.[0] ?? 0);
}

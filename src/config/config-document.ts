// A config's text as YAML (or JSON), so that each problem can be given the line it stands on.
import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { ConfigProblem } from './config-problem.ts';
import { textProblem } from './config-text.ts';

/** Where something is in a document: keys and indices from its root. */
export type Path = readonly (string | number)[];

/** A parsed file: its value, its syntax problems, and lines for paths. */
export interface ConfigDocument {
  readonly file: string;
  /** Undefined where there are syntax problems. */
  readonly value: unknown;
  readonly syntaxProblems: readonly ConfigProblem[];
  /** Line of the key (or item) at a path, of the nearest parent where it doesn't exist. */
  readonly lineOf: (path: Path) => number | undefined;
  /** How the plain value at a path is written; undefined where something else, or nothing, is there. */
  readonly sourceOf: (path: Path) => string | undefined;
}

let latest: { readonly name: string; readonly document: ConfigDocument } | undefined;

/**
 * Parses YAML; JSON is YAML too. `key` selects one key of the file (for package.json). The latest document is kept:
 * a config is read from the work tree and from the commit, where it mostly is the same.
 */
export function parseConfigDocument(file: string, text: string, key?: string): ConfigDocument {
  const name = `${file}\0${key ?? ''}\0${text}`;
  if (latest?.name !== name) latest = { name, document: parseText(file, text, key) };
  return latest.document;
}

/**
 * Parses all documents of a file, as `---` parts them, without the empty ones. Where one has syntax problems, it is the
 * only one given.
 */
export function parseConfigDocuments(file: string, text: string): ConfigDocument[] {
  const unreadable = textProblem(text);
  if (unreadable !== undefined) return [refused(file, [{ file, path: '', message: unreadable }])];
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { ...yamlOptions, lineCounter: lines });
  const documents = 'empty' in parsed ? [] : parsed;
  const all = documents.map((document) => configDocument({ file, text, lines, document }));
  const problems = all.flatMap(({ syntaxProblems }) => syntaxProblems);
  if (problems.length > 0) return [refused(file, problems)];
  return all.filter(({ value }) => value !== null);
}

const yamlOptions = { prettyErrors: false, version: '1.2', merge: true } as const;

function parseText(file: string, text: string, key?: string): ConfigDocument {
  const unreadable = textProblem(text);
  if (unreadable !== undefined) return refused(file, [{ file, path: '', message: unreadable }]);
  const lines = new LineCounter();
  const document = parseDocument(text, { ...yamlOptions, lineCounter: lines });
  return configDocument({ file, text, lines, document }, key);
}

interface ParsedText {
  readonly file: string;
  readonly text: string;
  readonly lines: LineCounter;
  readonly document: Document;
}

function configDocument({ file, text, lines, document }: ParsedText, key?: string): ConfigDocument {
  const problem = (message: string, offset?: number): ConfigProblem => ({
    file,
    path: '',
    message,
    ...(offset === undefined ? {} : { line: lines.linePos(offset).line }),
  });
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0)
    return refused(
      file,
      errors.map((error) => problem(sentence(error, text), error.pos[0])),
    );
  const dangling = danglingAliases(document);
  if (dangling.length > 0) {
    return refused(
      file,
      dangling.map(({ name, offset }) => problem(`there is no anchor &${name} before *${name}`, offset)),
    );
  }
  const value = valueOf(document);
  if (value === undefined)
    return refused(file, [problem('its aliases (*name) expand to more than a file can hold')]);
  const prefix = key === undefined ? [] : [key];
  return {
    file,
    value: key === undefined ? value.value : memberOf(value.value, key),
    syntaxProblems: [],
    lineOf: (path) => lineOf(document, lines, [...prefix, ...path]),
    sourceOf: (path) => {
      const node = document.getIn([...prefix, ...path], true);
      return isScalar(node) ? node.source : undefined;
    },
  };
}

function refused(file: string, problems: readonly ConfigProblem[]): ConfigDocument {
  return {
    file,
    value: undefined,
    syntaxProblems: withoutRepeats(problems),
    lineOf: () => undefined,
    sourceOf: () => undefined,
  };
}

const indentation = "can't be read: wrong indentation";

/** YAML errors in words for somebody who doesn't know YAML's grammar; `rest` is the text from where it went wrong. */
const sentences: Partial<Record<YAMLError['code'], (rest: string, message: string) => string>> = {
  DUPLICATE_KEY: (rest) => `the key ${/^[^\s:,}]+/.exec(rest)?.[0] ?? ''} stands here a second time`,
  TAB_AS_INDENT: () => 'is indented with a tab; YAML wants spaces',
  BLOCK_AS_IMPLICIT_KEY: () => `${indentation}, or text with ": " that needs quotes`,
  MULTILINE_IMPLICIT_KEY: () => `${indentation}, or text with ": " that needs quotes`,
  BAD_INDENT: () => `${indentation}, or a "[" or "{" that is never closed`,
  BAD_SCALAR_START: (rest) => `text that starts with ${rest.charAt(0)} needs quotes`,
  MULTIPLE_DOCS: () => 'a second document starts here (---); a config is one',
  TAG_RESOLVE_FAILED: (_, message) =>
    `${message.replace(/^Unresolved tag: /, 'the tag ')} means nothing here`,
};

function sentence({ code, pos, message }: YAMLError, text: string): string {
  return sentences[code]?.(text.slice(pos[0]), message) ?? message.replace(/\s+/g, ' ');
}

function withoutRepeats(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.line} ${problem.message}`, problem])).values()];
}

function danglingAliases(document: Document): { name: string; offset: number }[] {
  const dangling: { name: string; offset: number }[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined)
        dangling.push({ name: alias.source, offset: alias.range?.[0] ?? 0 });
    },
  });
  return dangling;
}

/** The document's value; undefined where it is an alias bomb. */
function valueOf(document: Document): { value: unknown } | undefined {
  try {
    return { value: document.toJS({ maxAliasCount: 1000 }) };
  } catch (error) {
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

function memberOf(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return undefined;
}

function offsetOf(document: Document, path: Path): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(last));
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
  return node?.range?.[0];
}

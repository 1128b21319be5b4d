// A config's text as YAML (or JSON), so that each problem can be given the line it stands on.
import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { ConfigProblem } from './config-problem.ts';

/** A parsed file: its value, its syntax problems, and lines for paths. */
export interface ConfigDocument {
  readonly file: string;
  readonly value: unknown;
  readonly syntaxProblems: readonly ConfigProblem[];
  /** Line of the key (or item) at a path, of the nearest parent where it doesn't exist. */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

/** Parses YAML; JSON is YAML too. `key` selects one key of the file (for package.json). */
export function parseConfigDocument(file: string, text: string, key?: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
  const prefix = key === undefined ? [] : [key];
  const syntaxProblems = document.errors.map((error) => ({
    file,
    line: lines.linePos(error.pos[0]).line,
    path: '',
    message: error.message.replace(/\s+/g, ' '),
  }));
  const value: unknown = syntaxProblems.length > 0 ? undefined : document.toJS();
  return {
    file,
    value: key === undefined ? value : (value as Record<string, unknown> | undefined)?.[key],
    syntaxProblems,
    lineOf: (path) => lineOf(document, lines, [...prefix, ...path]),
  };
}

function lineOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return undefined;
}

function offsetOf(document: Document, path: readonly (string | number)[]): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(last));
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
  return node?.range?.[0];
}

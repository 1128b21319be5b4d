// Takes what a step of a template's story adds to its config over into the same config as its user has changed it.
import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isScalar, isSeq, type Pair, parseDocument, stringify } from 'yaml';

/** The user's text with the additions, or the paths where what the user wrote leaves no place for them. */
export type MergedConfig = { readonly text: string } | { readonly conflicts: readonly string[] };

type Path = readonly string[];

/** Text that goes in at an offset. */
interface Insertion {
  readonly offset: number;
  readonly text: string;
}

/**
 * Adds to `own` what `after` has beyond `before`: keys (components, modules) and names in lists (`calls`, modules).
 * All else stays as it is, to the letter. A new component is built as the user builds all others, if they changed that.
 */
export function mergeConfig(own: string, before: string, after: string): MergedConfig {
  const mine = parseDocument(own);
  if (mine.errors.length > 0 || !isMap(mine.contents)) return { conflicts: ['it is not readable as YAML'] };
  const old = parseDocument(before);
  const next = parseDocument(after);
  const insertions: Insertion[] = [];
  const conflicts: string[] = [];
  for (const path of changedPaths(old.toJS(), next.toJS())) {
    if (isDeepStrictEqual(valueAt(mine, path), valueAt(next, path))) continue;
    if (!old.hasIn(path) && sameButBuild(valueAt(mine, path), valueAt(next, path))) continue;
    const found = old.hasIn(path)
      ? namesToAdd(own, mine, path, names(old, path), names(next, path))
      : keyToAdd(own, mine, path, newKeyText(after, next, path, buildChoice(mine, old)));
    if (found === undefined) conflicts.push(path.join('.'));
    else insertions.push(...found);
  }
  if (conflicts.length > 0) return { conflicts };
  // From the end, so that offsets stay true.
  const ordered = insertions.toReversed().toSorted((a, b) => b.offset - a.offset);
  return {
    text: ordered.reduce((text, { offset, text: added }) => {
      return text.slice(0, offset) + added + text.slice(offset);
    }, own),
  };
}

/** The outermost paths at which two values differ; maps are looked into. */
function changedPaths(before: unknown, after: unknown, path: Path = []): Path[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => changedPaths(before[key], after[key], [...path, key]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The component is there already. How it is built is the user's. */
function sameButBuild(own: unknown, added: unknown): boolean {
  if (!isRecord(own) || !isRecord(added)) return false;
  return isDeepStrictEqual({ ...own, build: undefined }, { ...added, build: undefined });
}

function valueAt(document: Document, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), document.toJS());
}

function names(document: Document, path: Path): readonly unknown[] | undefined {
  const value = valueAt(document, path);
  return Array.isArray(value) ? value : undefined;
}

/** Names that a list gains, behind those that the user has there. Undefined where that isn't all, or there is no such list. */
function namesToAdd(
  text: string,
  document: Document,
  path: Path,
  before: readonly unknown[] | undefined,
  after: readonly unknown[] | undefined,
): Insertion[] | undefined {
  const list = document.getIn(path, true);
  const present = names(document, path);
  if (before === undefined || after === undefined || present === undefined || !isSeq(list)) return undefined;
  const last = list.items.at(-1);
  if (before.some((name) => !after.includes(name)) || !isScalar(last) || !last.range) return undefined;
  const offset = last.range[1];
  const separator = list.flow === true ? ', ' : `\n${' '.repeat(column(text, list.range?.[0] ?? 0))}- `;
  return after
    .filter((name) => !before.includes(name) && !present.includes(name))
    .map((name) => ({ offset, text: `${separator}${String(name)}` }));
}

/** A key behind the last one of its map. Undefined if the key is there, or the map isn't, or is written in braces. */
function keyToAdd(text: string, document: Document, path: Path, added: string): Insertion[] | undefined {
  const map = document.getIn(path.slice(0, -1), true);
  if (document.hasIn(path) || !isMap(map) || map.flow === true) return undefined;
  const [first, last] = [map.items[0], map.items.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const [start] = rangeOf(text, first);
  const [, offset] = rangeOf(text, last);
  const indentation = ' '.repeat(column(text, start));
  const lines = added.split('\n').map((line) => (line === '' ? line : `${indentation}${line}`));
  const gap = added.includes('\n') ? '\n\n' : '\n';
  return [{ offset, text: `${gap}${lines.join('\n')}` }];
}

/** A key with its value as it is written, without its indentation. */
function newKeyText(text: string, document: Document, path: Path, build: unknown): string {
  const map = document.getIn(path.slice(0, -1), true);
  const pair = isMap(map)
    ? map.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
    : undefined;
  if (pair === undefined) return '';
  const [start, end] = rangeOf(text, pair);
  const indentation = column(text, start);
  const [head = '', ...rest] = text.slice(start, end).split('\n');
  const lines = [head, ...rest.map((line) => line.slice(indentation))];
  if (build === undefined) return lines.join('\n');
  const built = stringify(build, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
  return lines.map((line) => line.replace(/^( +build: ).*$/, (_, key: string) => key + built)).join('\n');
}

/** How the user builds every component, where that is one way, and another than the template's. */
function buildChoice(mine: Document, before: Document): unknown {
  const [own, template] = [mine, before].map((document) => {
    const components = valueAt(document, ['components']);
    const all = isRecord(components) ? Object.values(components) : [];
    const builds = all.map((component) => (isRecord(component) ? component['build'] : undefined));
    return builds.every((build) => isDeepStrictEqual(build, builds[0])) ? builds[0] : undefined;
  });
  return isDeepStrictEqual(own, template) ? undefined : own;
}

/** From a pair's key to the end of the last line of its value. */
function rangeOf(text: string, { key, value }: Pair): [number, number] {
  const start = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
  const valueEnd = (value as { range?: [number, number, number] } | null)?.range?.[1] ?? start;
  const newline = text.indexOf('\n', text.slice(0, valueEnd).trimEnd().length);
  return [start, newline === -1 ? text.length : newline];
}

function column(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

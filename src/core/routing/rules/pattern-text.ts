// How patterns are written: reads text with captures, escapes and variables.
import { parseTemplate, type VariablePart } from '../../environments/template.ts';
import { compileRegex } from './regex.ts';
import type { CaptureTemplate, PatternTemplate, Piece } from './pattern.ts';

/** A character, or a variable. */
type Item = string | VariablePart;

const forms = 'a capture is {name}, {name:regex}, {:regex}, {} or, at the end of a path, {name...}';

/** The parts of a text between separators, or what is wrong with it. Separators within captures separate nothing. */
export function readPattern(text: string, separator?: string): PatternTemplate[] | string {
  const items = itemsOf(text);
  if (typeof items === 'string') return items;
  let part: Piece[] = [];
  const parts = [part];
  for (let index = 0; index < items.length; index++) {
    const item = items[index] ?? '';
    const next = items[index + 1];
    if (item === '\\' && (next === '{' || next === '}')) {
      add(part, next);
      index++;
    } else if (item === '{') {
      const end = closingBrace(items, index);
      if (end === undefined) return String.raw`has a "{" without its "}"; the character itself is \{`;
      const found = captureOf(items.slice(index + 1, end));
      if (typeof found === 'string') return found;
      add(part, found);
      index = end;
    } else if (item === '}') return String.raw`has a "}" without its "{"; the character itself is \}`;
    else if (item === separator) parts.push((part = []));
    else add(part, item);
  }
  return parts;
}

/** Text, or `{regex}` for the whole of a value; or what is wrong with it. */
export function readValuePattern(text: string): PatternTemplate | string {
  const items = itemsOf(text);
  if (typeof items === 'string') return items;
  if (items[0] === '{') {
    const end = closingBrace(items, 0);
    if (end === items.length - 1) {
      const regex = joined(items.slice(1, end));
      if (typeof regex === 'string') return regex;
      return regex.length === 0 ? 'has an empty regex' : [{ regex }];
    }
    const unended = end === undefined ? compileRegex(textOfRegex(items)) : undefined;
    if (typeof unended === 'string') return unended;
  }
  const pieces: Piece[] = [];
  for (let index = 0; index < items.length; index++) {
    const item = items[index] ?? '';
    const next = items[index + 1];
    const isEscape = item === '\\' && (next === '{' || next === '}');
    if (!isEscape && (item === '{' || item === '}'))
      return String.raw`must be exact text, or {regex} for the whole value; braces in text are written \{ and \}`;
    if (isEscape) index++;
    add(pieces, isEscape ? next : item);
  }
  return pieces;
}

/** What was meant to be a regex in braces, with something in place of its variables. */
function textOfRegex(items: readonly Item[]): string {
  const inner = items.slice(1, items.at(-1) === '}' ? -1 : undefined);
  return inner.map((item) => (typeof item === 'string' ? item : 'x')).join('');
}

/** Adds a piece; texts are kept as long as can be. */
function add(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (typeof piece === 'string' && typeof last === 'string') pieces.splice(-1, 1, last + piece);
  else pieces.push(piece);
}

/** Characters and variables. */
function itemsOf(text: string): Item[] | string {
  const template = parseTemplate(text);
  if (typeof template === 'string') return template;
  for (const part of template) {
    const open = typeof part === 'string' ? /\{\{\s*\.(?:Vars|Env)\b[^{}]*/.exec(part)?.[0] : undefined;
    if (open !== undefined) return `has the template ${open} without its "}}"`;
  }
  return template.flatMap((part): Item[] => (typeof part === 'string' ? [...part] : [part]));
}

/** Where the capture that begins at `start` ends. Its regex may have braces: in pairs, escaped, or in a class. */
function closingBrace(items: readonly Item[], start: number): number | undefined {
  let depth = 0;
  let classStart: number | undefined;
  for (let index = start; index < items.length; index++) {
    const item = items[index];
    if (item === '\\') index++;
    else if (classStart !== undefined) {
      const isFirst = index === classStart + 1 || (index === classStart + 2 && items[classStart + 1] === '^');
      if (item === ']' && !isFirst) classStart = undefined;
    } else if (item === '[') classStart = index;
    else if (item === '{') depth++;
    else if (item === '}' && --depth === 0) return index;
  }
  return undefined;
}

function captureOf(items: readonly Item[]): CaptureTemplate | string {
  const colon = items.indexOf(':');
  const name = (colon === -1 ? items : items.slice(0, colon)).map((item) =>
    typeof item === 'string' ? item : '{{}}',
  );
  const written = name.join('').trim();
  const isRest = colon === -1 && written.endsWith('...');
  const plain = isRest ? written.slice(0, -3) : written;
  if (plain !== '' && !/^[A-Za-z_][\w-]{0,62}$/.test(plain))
    return `has the capture {${written}}, but names consist of letters, digits, "_" and "-"; ${forms}`;
  const named = plain === '' ? {} : { name: plain };
  if (isRest) return { ...named, isRest };
  if (colon === -1) return named;
  const regex = joined(items.slice(colon + 1));
  if (typeof regex === 'string') return regex;
  return regex.length === 0 ? `has the capture {${written}:} without a regex; ${forms}` : { ...named, regex };
}

/** A regex, its texts as long as can be. */
function joined(items: readonly Item[]): (string | VariablePart)[] | string {
  const parts: (string | VariablePart)[] = [];
  for (const [index, item] of items.entries()) {
    const last = parts.at(-1);
    if (typeof item === 'string' && typeof last === 'string') parts.splice(-1, 1, last + item);
    else parts.push(item);
    if (typeof item !== 'string' && endsInEscape(items.slice(0, index)))
      return String.raw`has a "\" right before a variable in a regex`;
  }
  return parts;
}

/** Whether an odd number of backslashes ends it. */
function endsInEscape(items: readonly Item[]): boolean {
  const other = items.findLastIndex((item) => item !== '\\');
  return (items.length - 1 - other) % 2 === 1;
}

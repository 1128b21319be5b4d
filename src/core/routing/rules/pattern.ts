// What one segment of a path, one label of a host, or one value is compared with: a text, a regex, or anything; and what is captured.
import type { VariablePart } from '../../environments/template.ts';
import { anything, compileRegex, quoteRegex, type Regex } from './regex.ts';

/** `{name}`, `{name:regex}`, `{:regex}`, `{}`, `{name...}`. */
export interface CaptureTemplate {
  /** Absent: it is not sent to the component. */
  readonly name?: string;
  /** Absent: anything, but something. */
  readonly regex?: readonly (string | VariablePart)[];
  /** It stands for the rest of the path. */
  readonly isRest?: true;
}

/** One part of what is written: plain text, a variable, or a capture. */
export type Piece = string | VariablePart | CaptureTemplate;

/** What becomes a pattern in a virtual environment. */
export type PatternTemplate = readonly Piece[];

/** Just this text. */
export interface Literal {
  readonly text: string;
}

/** Texts that a regular expression matches as a whole. */
export interface RegexPattern {
  readonly regex: Regex;
  /** Number of the group by name of what it captures; 0: all. */
  readonly groups: ReadonlyMap<string, number>;
  /** As it is written. */
  readonly written: string;
}

/** Any text with at least one character. */
export interface AnyPattern {
  readonly name?: string;
}

/** What a text is compared with. */
export type Pattern = Literal | RegexPattern | AnyPattern;

/** Values of variables by name, each one text. */
export type Texts = Readonly<Record<string, string>>;

export function isVariable(piece: Piece): piece is VariablePart {
  return typeof piece !== 'string' && 'variable' in piece;
}

export function isCapture(piece: Piece): piece is CaptureTemplate {
  return typeof piece !== 'string' && !('variable' in piece);
}

export function isLiteral(pattern: Pattern): pattern is Literal {
  return 'text' in pattern;
}

export function isRegex(pattern: Pattern): pattern is RegexPattern {
  return 'regex' in pattern;
}

/** What a pattern that is no literal matches. */
export function regexOf(pattern: RegexPattern | AnyPattern): Regex {
  return isRegex(pattern) ? pattern.regex : anything;
}

/** Names of the variables in it, in their order. */
export function variablesIn(template: PatternTemplate): string[] {
  return template.flatMap((piece) => {
    if (isVariable(piece)) return [piece.variable];
    return isCapture(piece) ? variablesIn(piece.regex ?? []) : [];
  });
}

/** Whether a text is what a pattern stands for. */
export function fits(pattern: Pattern, text: string): boolean {
  if (isLiteral(pattern)) return pattern.text === text;
  return isRegex(pattern) ? pattern.regex.testExact(text) : text !== '';
}

/** Adds what a pattern captures of a text that it fits. */
export function capture(pattern: Pattern, text: string, captures: Map<string, string>): void {
  if (isLiteral(pattern)) return;
  if (!isRegex(pattern)) {
    if (pattern.name !== undefined) captures.set(pattern.name, text);
    return;
  }
  const [only, another] = pattern.groups;
  if (only === undefined) return;
  if (another === undefined && only[1] === 0) {
    captures.set(only[0], text);
    return;
  }
  const matcher = pattern.regex.matcher(text);
  if (matcher.matches())
    for (const [name, group] of pattern.groups) captures.set(name, matcher.group(group) ?? '');
}

/** Names of what it captures. */
export function namesIn(pattern: Pattern): string[] {
  if (isLiteral(pattern)) return [];
  if (isRegex(pattern)) return [...pattern.groups.keys()];
  return pattern.name === undefined ? [] : [pattern.name];
}

/** The pattern with values in place of variables, which stand for themselves; or why it can't be. `ignoreCase`: of its regexes. */
export function fillPattern(
  template: PatternTemplate,
  texts: Texts,
  options: { readonly ignoreCase?: boolean } = {},
): Pattern | string {
  const [first] = template;
  if (template.length === 1 && first !== undefined && isCapture(first) && first.regex === undefined)
    return first.name === undefined ? {} : { name: first.name };
  if (template.every((piece) => !isCapture(piece)))
    return { text: template.map((piece) => textOf(piece, texts)).join('') };
  return fillRegex(template, texts, options);
}

function fillRegex(
  template: PatternTemplate,
  texts: Texts,
  options: { readonly ignoreCase?: boolean },
): Pattern | string {
  const groups = new Map<string, number>();
  let source = '';
  let written = '';
  let group = 1;
  for (const piece of template) {
    if (!isCapture(piece)) {
      source += quoteRegex(textOf(piece, texts));
      written += escaped(encoded(textOf(piece, texts)));
      continue;
    }
    const { name, regex = ['(?s:.+)'] } = piece;
    const inner = regex
      .map((each) => (typeof each === 'string' ? each : quoteRegex(textOf(each, texts))))
      .join('');
    // Alone, so that it can't reach beyond its braces.
    const alone = compileRegex(inner, options);
    if (typeof alone === 'string') return alone;
    if (name !== undefined && groups.has(name)) return `captures {${name}} twice`;
    if (name !== undefined) groups.set(name, template.length === 1 ? 0 : group);
    group += 1 + alone.groupCount();
    source += template.length === 1 ? inner : `(${inner})`;
    written += `{${name ?? ''}${piece.regex === undefined ? '' : `:${inner}`}}`;
  }
  const regex = compileRegex(source, options);
  return typeof regex === 'string' ? regex : { regex, groups, written };
}

function textOf(piece: Piece, texts: Texts): string {
  if (typeof piece === 'string') return piece;
  return isVariable(piece) ? (texts[piece.variable] ?? '') : '';
}

/** As it is written, for messages and comparisons. */
export function patternText(pattern: Pattern): string {
  if (isLiteral(pattern)) return escaped(pattern.text);
  return isRegex(pattern) ? pattern.written : `{${pattern.name ?? ''}}`;
}

/** As it is written as a segment of a path: percent-encoded where it would mean something else. */
export function segmentText(pattern: Pattern): string {
  return isLiteral(pattern) ? escaped(encoded(pattern.text)) : patternText(pattern);
}

function encoded(text: string): string {
  return text.replaceAll(/[%/?#*`\\\p{Cc}]/gu, (each) => (each === '*' ? '%2A' : encodeURIComponent(each)));
}

function escaped(text: string): string {
  return text.replaceAll(/[{}]/g, String.raw`\$&`);
}

// Regular expressions of rules. They are RE2's: however one is written, and whatever it is matched with, it takes linear time.
import { RE2JS, RE2JSException } from 're2js';

/** A compiled regular expression; it is compared with whole texts. */
export type Regex = RE2JS;

/** Instructions that one may compile to: what a character costs at most. */
const mostInstructions = 1_000;

/** More texts than this are not remembered at once. */
const mostKnown = 10_000;

/** Compiled ones by text: versions share them. */
const known = new Map<string, Regex | string>();

/** The regular expression in a text, or why it isn't one, as a sentence without its subject. */
export function compileRegex(source: string, { ignoreCase = false } = {}): Regex | string {
  const key = `${ignoreCase ? 'i' : ' '}${source}`;
  let compiled = known.get(key);
  if (compiled === undefined) {
    compiled = compile(source, ignoreCase);
    if (known.size >= mostKnown) known.clear();
    known.set(key, compiled);
  }
  return compiled;
}

function compile(source: string, ignoreCase: boolean): Regex | string {
  try {
    const regex = RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
    const size = regex.programSize();
    return size > mostInstructions ? `has a regex that is too large: ${source}` : regex;
  } catch (error) {
    if (error instanceof RE2JSException) return `has a bad regex ${source}: ${reason(source, error.message)}`;
    throw error;
  }
}

function reason(source: string, message: string): string {
  if (/\(\?<?[=!]/.test(source))
    return 'lookahead and lookbehind are not supported, because matching with them can take forever';
  if (/\\[1-9]|\\k</.test(source))
    return 'backreferences are not supported, because matching with them can take forever';
  return message.replace(/^error parsing regexp: /, '');
}

/** Any text with at least one character. */
export const anything: Regex = RE2JS.compile('(?s:.+)');

/** A text as a regular expression that matches just that, wherever it is put. */
export function quoteRegex(text: string): string {
  return text.replaceAll(/[!-/:-@[-`{-~]/g, String.raw`\$&`);
}

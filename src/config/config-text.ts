// Whether a text can be parsed as a config at all, before the parser is let near it.
import { Lexer, Parser } from 'yaml';

/** Bounds that no honest config comes near; beyond them a parser would use up stack or memory. */
const limits = { characters: 1024 * 1024, depth: 64 } as const;

/** Why a text can't be a config at all. */
export function textProblem(text: string): string | undefined {
  if (text.length > limits.characters)
    return `has ${text.length} characters; ${limits.characters} are possible`;
  // What decodes UTF-8 puts this character where the bytes were something else.
  if (text.includes('\uFFFD')) return 'is not UTF-8 text; save it in that encoding';
  if (isTooDeep(text)) return `nests deeper than ${limits.depth} levels`;
  return undefined;
}

/** The parser that makes values is recursive; the one for tokens isn't. */
function isTooDeep(text: string): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    // The generator's tokens are of no interest, but only taking them makes it go on.
    Array.from(parser.next(lexeme));
    if (parser.stack.length > limits.depth) return true;
  }
  return false;
}

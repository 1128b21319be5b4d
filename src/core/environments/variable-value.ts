// What no value of a variable can be, whoever says it: a default, a file, a command line.

/** Why a text can be no value, as a sentence without its subject; undefined if it can. */
export function textProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL character, which no environment variable can';
  return /\p{Surrogate}/u.test(text) ? 'is not valid Unicode text: it holds half of a character' : undefined;
}

/** Whether a number is too large to be held exactly: what was written may have been another. */
export function isInexact(value: unknown): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

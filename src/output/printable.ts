// What comes from a request, as a terminal can show it: control characters would be obeyed rather than shown.

/** Control characters, and those that break a line or turn its direction. */
const unprintable = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** The same, with such characters in all of its texts written as `\x1b` or `\u202e`. */
export function printable<T>(told: T): T {
  const escaped: unknown = JSON.parse(JSON.stringify(told), (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll(unprintable, escapedCharacter) : value,
  );
  return escaped as T;
}

function escapedCharacter(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
}

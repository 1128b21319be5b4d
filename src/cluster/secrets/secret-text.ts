// Values of secrets as text: what a process can have as a variable, and nothing else.

/** Bytes that one value may have; a process's variables have to fit into what the operating system gives it. */
export const maxValueBytes = 128 * 1024 - 1024;

/** The text of a base64 value as a Secret has it; undefined where it is none. */
export function decodeValue(base64: string): string | undefined {
  return textOf(Buffer.from(base64, 'base64'));
}

/** Bytes as text; undefined unless they are UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What keeps a text from being a secret's value, as a sentence fragment. */
export function valueProblem(value: string): string | undefined {
  if (value === '') return 'is empty';
  if (value.includes('\0')) return 'has a NUL byte in it, which no variable of a process can have';
  const size = Buffer.byteLength(value);
  if (size <= maxValueBytes) return undefined;
  return `has ${size} bytes; a variable of a process holds ${maxValueBytes}`;
}

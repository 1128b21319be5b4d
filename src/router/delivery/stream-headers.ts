// What the headers of a response say about its body: how long it is, whether it goes on for as long as it likes.

const typeName = 'content-type';
const lengthName = 'content-length';
const eventsType = 'text/event-stream';

/** Whether a body is a stream of server-sent events. `headers` are name, value, … */
export function isEvents(headers: readonly string[]): boolean {
  const type = valueOf(headers, typeName)?.trimStart().toLowerCase();
  return type?.startsWith(eventsType) === true && !/[^\s;]/.test(type.charAt(eventsType.length));
}

/** Whether the length of a body is told before it. */
export function isSized(headers: readonly string[]): boolean {
  return valueOf(headers, lengthName) !== undefined;
}

/** The headers without a length. */
export function withoutLength(headers: readonly string[]): string[] {
  return headers.filter((_, index) => headers[index - (index % 2)]?.toLowerCase() !== lengthName);
}

/** Is asked about every response: names of another length aren't looked at. */
function valueOf(headers: readonly string[], lowerName: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index];
    if (name?.length === lowerName.length && name.toLowerCase() === lowerName) return headers[index + 1];
  }
  return undefined;
}

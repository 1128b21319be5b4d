// Headers as HTTP sends them, and those of them that are for one connection only.

/** Headers as HTTP sends them: name, value, name, value … Order, case and repetition are kept. */
export type HeaderList = readonly string[];

/**
 * For one connection only (RFC 9110, 7.6.1). `trailer` is among them because it promises what the next connection may not
 * be able to keep; trailers of a response are sent without it where they can be.
 */
export const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers that `Connection` can't take away: without them it would be another request. */
const protectedNames: ReadonlySet<string> = new Set(['host', 'content-length']);

/** Names of headers that `Connection` declares to be for this connection only; undefined if there are none. */
export function connectionOptions(values: readonly string[]): ReadonlySet<string> | undefined {
  if (values.length === 0 || (values.length === 1 && isCommonOption(values[0]))) return undefined;
  const options = values.flatMap((value) => value.toLowerCase().split(',')).map((option) => option.trim());
  const named = options.filter((option) => option !== '' && option !== 'close' && option !== 'keep-alive');
  return named.length === 0 ? undefined : new Set(named.filter((name) => !protectedNames.has(name)));
}

/** The headers but those of some names, in lower case. */
export function without(headers: readonly string[], names: ReadonlySet<string>): string[] {
  return headers.filter((_, index) => !names.has((headers[index - (index % 2)] ?? '').toLowerCase()));
}

/** What nearly every client sends. */
function isCommonOption(value: string | undefined): boolean {
  return value === 'keep-alive' || value === 'close' || value === 'Keep-Alive';
}

// The headers of a request from outside as rules see them: what isn't believed of them isn't there, as it isn't for the component.
import type { HeaderList } from './connection-headers.ts';
import type { Origin } from './origin.ts';
import { selectorHeaders } from './selector.ts';

/** Told anew by the router, or by nobody. */
const replaced: ReadonlySet<string> = new Set([
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'forwarded',
]);

/** Headers (name, value, …) that rules are matched with. */
export function matchedHeaders(headers: HeaderList, { host, proto, path, peer }: Origin): string[] {
  const matched: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const lower = name.toLowerCase();
    const isSeen = isClaim(lower) ? peer === 'proxy' && !replaced.has(lower) : !isOwnHeader(lower);
    if (isSeen) matched.push(name, headers[index + 1] ?? '');
  }
  if (host !== undefined) matched.push('x-forwarded-host', host);
  matched.push('x-forwarded-proto', proto, 'x-forwarded-for', path);
  return matched;
}

/** Whether it says where a request comes from. */
function isClaim(lower: string): boolean {
  return lower.startsWith('x-forwarded-') || lower === 'x-real-ip' || lower === 'forwarded';
}

/** Whether a header is fox's, by its name in lower case. */
export function isOwnHeader(lower: string): boolean {
  return lower.startsWith('x-fox-') || lower.startsWith('kf-') || selectorHeaders.has(lower);
}

// The headers of a component's response on their way through the router: what is left out, and what is added.
import { connectionOptions, type HeaderList, hopByHop, without } from './connection-headers.ts';

/** Headers by which the edge tells who answered; a component can't set them there. */
export const ownResponseHeaders: ReadonlySet<string> = new Set([
  'fox-version',
  'fox-virtual-env',
  'fox-component',
]);

/** A cookie that comes back under a name of fox's; browsers send one without a name (`=kf-ve=x`) as its value alone. */
const setsOwnCookie = /^[\s=]*kf-/;

/** The headers of a component's response without those for one connection only and fox's cookies; with `own` added, if it is the edge's. */
export function responseHeaders(headers: HeaderList, own: HeaderList): string[] {
  const kept: string[] = [];
  const options: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const value = headers[index + 1] ?? '';
    const lower = name.toLowerCase();
    if (lower === 'connection') options.push(value);
    else if (lower === 'set-cookie' && setsOwnCookie.test(value)) continue;
    else if (!hopByHop.has(lower) && (own.length === 0 || !ownResponseHeaders.has(lower)))
      kept.push(name, value);
  }
  const named = connectionOptions(options);
  const rest = named === undefined ? kept : without(kept, named);
  for (const each of own) rest.push(each);
  return rest;
}

/** Whether a field may stand behind a body: those that say how the body is framed may not (RFC 9110, 6.5.1). */
export function isTrailer(lowerName: string): boolean {
  return lowerName !== 'content-length' && !hopByHop.has(lowerName) && !ownResponseHeaders.has(lowerName);
}

// The head of a component's response as the client gets it: addresses stay in context, and caches don't mix contexts.
import { keptPrivately } from './caching.ts';
import { cookieInContext, locationInContext, refreshInContext, type RequestAddress } from './redirects.ts';

/** What is made of a response. */
export interface ResponseShape {
  /** Present where addresses have to be looked at. */
  readonly address?: RequestAddress;
  /** Present where it was chosen by more than its URL: headers of the request that it was chosen by. */
  readonly chosenBy?: readonly string[];
  /** `Set-Cookie` values that it gets if it is an HTML page. */
  readonly cookiesOfPage: readonly string[];
  /** Lower-case names of headers that it may not have. */
  readonly withheld?: ReadonlySet<string>;
}

/** Headers (name, value, …) in their shape. */
export function shapedHeaders(
  headers: readonly string[],
  { address, chosenBy, cookiesOfPage, withheld }: ResponseShape,
): string[] {
  const shaped: string[] = [];
  let isPage = false;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const value = headers[index + 1] ?? '';
    const lower = name.toLowerCase();
    if (withheld?.has(lower) === true) continue;
    if (lower === 'content-type') isPage ||= /^\s*text\/html\b/i.test(value);
    shaped.push(name, address === undefined ? value : inContext(lower, value, address));
  }
  if (isPage) for (const cookie of cookiesOfPage) shaped.push('set-cookie', cookie);
  return chosenBy === undefined ? shaped : keptPrivately(shaped, chosenBy);
}

/**
 * `Content-Location` and `Link` stay as they are, as links in a page do: they are part of what the component says, and one
 * that lives below a sub-path heeds `X-Forwarded-Prefix` in them.
 */
function inContext(lower: string, value: string, address: RequestAddress): string {
  if (lower === 'location') return locationInContext(value, address);
  if (lower === 'refresh') return refreshInContext(value, address);
  return lower === 'set-cookie' ? cookieInContext(value, address) : value;
}

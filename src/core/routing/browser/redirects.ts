// Addresses in a component's response that would lead out of the context of its request: they are made to stay in it.
import { selectorQuery } from '../selector.ts';

/** Where the request of a response was sent to. */
export interface RequestAddress {
  /** Hosts, with their ports, by which client and component know it. */
  readonly hosts: readonly string[];
  /** Path and query, as the component has seen them. */
  readonly target: string;
  /** Sub-path that was removed from the path: `/team-a`. */
  readonly prefix?: string;
  /** That with what others have removed before: `/outer/team-a`. A component that heeds it has it in its addresses. */
  readonly wholePrefix?: string;
  /** Selectors in its query, as they stood there: `kf-dep=v2`. */
  readonly selectors: string;
}

/**
 * A `Location` that stays in context: on the same host it gets the environment's sub-path, unless it has it, and the
 * selectors of the request, unless it selects something itself. Cookies wouldn't do: a browser that is redirected after a
 * typed URL says of the second request, too, that it was typed.
 */
export function locationInContext(location: string, address: RequestAddress): string {
  // Browsers take a backslash for a slash and leave tabs out; others don't, and would go to another host.
  if (/[\\\t]/.test(location)) return location;
  const [, origin = '', authority, path = '', query = '', fragment = ''] =
    /^((?:https?:)?\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/is.exec(location) ?? [];
  if (authority === undefined ? hasScheme(location) : !isOwnHost(authority, address)) return location;
  // What says only where in the document is of the same URL, query and all.
  if (origin === '' && path === '' && query === '') return location;
  const isRelative = authority === undefined && !path.startsWith('/');
  const placed = isRelative ? relativeInContext(path, address) : pathInContext(path, address);
  return `${origin}${placed}${withSelectors(query, address)}${fragment}`;
}

/** The component takes itself to be at the top: what climbs up there must not climb over it. */
function relativeInContext(path: string, address: RequestAddress): string {
  if (address.prefix === undefined || !path.split('/').includes('..')) return path;
  return pathInContext(new URL(path, `http://host${address.target}`).pathname, address);
}

/** A `Refresh` (`5; url=/next`) likewise. */
export function refreshInContext(value: string, address: RequestAddress): string {
  const [, before, quote = '', url] =
    /^(\s*[\d.]+\s*[;,]?\s*url\s*=\s*)(["']?)(.*?)\2\s*$/i.exec(value) ?? [];
  if (before === undefined || url === undefined) return value;
  return `${before}${quote}${locationInContext(url, address)}${quote}`;
}

/**
 * A `Set-Cookie` whose path lies below the sub-path, so that cookies of environments of one host are kept apart. One without
 * a path is there anyway; `__Host-` cookies are of the whole host, or browsers don't take them; fox's own know their place.
 */
export function cookieInContext(cookie: string, address: RequestAddress): string {
  if (address.prefix === undefined || /^\s*(?:__Host-|kf-)/i.test(cookie)) return cookie;
  const [pair = '', ...attributes] = cookie.split(';');
  const placed = attributes.map((attribute) => {
    const [, before, path] = /^(\s*path\s*=\s*)(\/.*?)\s*$/i.exec(attribute) ?? [];
    if (before === undefined || path === undefined) return attribute;
    const whole = pathInContext(path, address);
    // The sub-path itself is among what is below it only without a slash at its end.
    return `${before}${path === '/' ? whole.slice(0, -1) : whole}`;
  });
  return [pair, ...placed].join(';');
}

/** An absolute path below the sub-path. */
function pathInContext(path: string, { prefix, wholePrefix = prefix }: RequestAddress): string {
  if (prefix === undefined) return path;
  const has = (one = prefix) => path === one || path.startsWith(`${one}/`);
  return has(prefix) || has(wholePrefix) ? path : `${prefix}${path}`;
}

function withSelectors(query: string, { selectors }: RequestAddress): string {
  if (selectors === '' || selectorQuery(query) !== '') return query;
  return query.length > 1 ? `${query}&${selectors}` : `?${selectors}`;
}

function hasScheme(location: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(location);
}

function isOwnHost(authority: string, { hosts }: RequestAddress): boolean {
  return hosts.some((host) => plainHost(host) === plainHost(authority));
}

/** Lower case, and without a port that goes without saying. */
function plainHost(host: string): string {
  return host.toLowerCase().replace(/:(?:80|443)?$/, '');
}

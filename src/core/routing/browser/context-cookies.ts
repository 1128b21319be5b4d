// The cookies by which a browser keeps its context: their names, how they are taken out of a request, and how they are set.
import { decodeSegment } from '../rules/request-path.ts';

/** Whatever begins so is fox's: no component ever sees it. */
const ownPrefix = 'kf-';

/** Names of cookies; those that end in an environment are about that one alone. */
export const cookieName = {
  /** Virtual environment that was selected. */
  environment: 'kf-ve',
  /** Version that was selected there, as it was named. */
  deployment: (environment: string) => `kf-dep.${environment}`,
  /** Proof that this may be asked for. */
  signature: (environment: string) => `kf-sig.${environment}`,
  /** Version that the page came from when nothing was selected. */
  page: (environment: string) => `kf-page.${environment}`,
} as const;

/** Longer than any value of ours. */
const maxLength = 256;

/** Cookies of fox in a request, by name; a value that can't be one of ours is empty. */
export type ContextCookies = ReadonlyMap<string, string>;

export const noCookies: ContextCookies = new Map();

/** The cookies of fox, and the headers without them. */
export interface TakenCookies {
  readonly cookies: ContextCookies;
  /** Name, value, …; other cookies keep their order and their bytes, and a header that has none of them is left out. */
  readonly headers: readonly string[];
}

/** Takes fox's cookies out of headers (name, value, …). The first of a name counts: it is the one of the longest path. */
export function takeCookies(headers: readonly string[]): TakenCookies {
  if (!hasOwn(headers)) return { cookies: noCookies, headers };
  const cookies = new Map<string, string>();
  const rest: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const value = headers[index + 1] ?? '';
    const kept = isCookieHeader(name) ? takeFrom(value, cookies) : value;
    if (kept !== undefined) rest.push(name, kept);
  }
  return { cookies, headers: rest };
}

function hasOwn(headers: readonly string[]): boolean {
  for (let index = 0; index < headers.length; index += 2)
    if (isCookieHeader(headers[index]) && headers[index + 1]?.includes(ownPrefix) === true) return true;
  return false;
}

function isCookieHeader(name = ''): boolean {
  return name.length === 'cookie'.length && name.toLowerCase() === 'cookie';
}

/** @returns what is left of a `Cookie` header; undefined: nothing. */
function takeFrom(value: string, cookies: Map<string, string>): string | undefined {
  const parts = value.split(';');
  const kept = parts.filter((part) => {
    const cookie = part.trim();
    if (!cookie.startsWith(ownPrefix)) return true;
    const equals = cookie.indexOf('=');
    const name = equals === -1 ? cookie : cookie.slice(0, equals).trimEnd();
    if (!cookies.has(name)) cookies.set(name, equals === -1 ? '' : readValue(cookie.slice(equals + 1)));
    return false;
  });
  if (kept.length === parts.length) return value;
  const rest = kept.join(';');
  if (rest.trim() === '') return undefined;
  return kept[0] === parts[0] ? rest : rest.trimStart();
}

function readValue(text: string): string {
  return text.length > maxLength ? '' : decodeSegment(text.trim());
}

/** Where a cookie is sent back to. */
export interface CookiePlace {
  /** `/`, or the sub-path of its environment. */
  readonly path: string;
  /** By https only. */
  readonly isSecure: boolean;
}

/** The `Set-Cookie` of a cookie that ends with the browser's session, or, without a value, at once. */
export function setCookie(name: string, value: string | undefined, { path, isSecure }: CookiePlace): string {
  return [
    `${name}=${encodeURIComponent(value ?? '')}`,
    `Path=${path}`,
    ...(value === undefined ? ['Max-Age=0'] : []),
    'HttpOnly',
    'SameSite=Lax',
    ...(isSecure ? ['Secure'] : []),
  ].join('; ');
}

// Which requests the router carries at all: what it matches must be what the component sees.
import type { HeaderList } from './connection-headers.ts';
import type { Problem } from './problem.ts';
import { isSafePath } from './rules/request-path.ts';

/** Bytes that the target and the headers of a request have at most, in all: more than a browser sends; the context and its baggage fit on top. */
export const longestHead = 32 * 1024;

/** Why a request is refused for the length of its head; undefined if it isn't. Node counts so: without separators. */
export function headProblem(target: string, headers: HeaderList): Problem | undefined {
  const length = [target, ...headers].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return length < longestHead ? undefined : headTooLong;
}

/** What requests with a longer head are told. */
export const headTooLong = headTooLarge('The target and the headers of the request are too long.');

/** The head of a request exceeds what the router takes. */
export function headTooLarge(detail: string): Problem {
  return {
    problem: 'headers-too-large',
    detail,
    try: ['Send fewer or shorter headers, e.g. fewer cookies.'],
  };
}

/** CONNECT asks for no path: it never gets as far as other requests. */
export const connectRefused: Problem = {
  problem: 'method-refused',
  detail: 'CONNECT is not passed on: the router opens no tunnels.',
  try: ['Use another method.'],
};

/** Why a method is refused; undefined if it is carried. */
export function methodProblem(method: string): Problem | undefined {
  if (method === 'CONNECT') return connectRefused;
  if (method !== 'TRACE') return undefined;
  return {
    problem: 'method-refused',
    detail: 'TRACE is not passed on: it would show what the router adds.',
    try: ['Use another method.'],
  };
}

/** Why a request that says twice where it goes is refused, or a target that can't be matched safely; undefined if it isn't. */
export function targetProblem(target: string, hosts: readonly string[]): Problem | undefined {
  if (hosts.length > 1) return badRequest('The request has several Host headers.');
  if (!target.startsWith('/')) return badTarget('is not a path', target);
  return isSafePath(pathOf(target))
    ? undefined
    : badTarget('contains a dot segment, a backslash or "#"', target);
}

/** The path of a target, without its query. */
function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}

function badTarget(what: string, target: string): Problem {
  return badRequest(`The request target ${target.slice(0, 200)} ${what}.`);
}

function badRequest(detail: string): Problem {
  return {
    problem: 'bad-request',
    detail,
    try: ['Send one Host header and a path as browsers do: absolute, without "." and ".." segments.'],
  };
}

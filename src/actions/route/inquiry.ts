// Reads what is typed of a request to be explained, as clients would send it.
import { METHODS } from 'node:http';
import { isIP } from 'node:net';
import { FoxError } from '../../core/errors.ts';
import { didYouMean } from '../../core/names.ts';
import { plainAddress } from '../../core/routing/networks.ts';
import type { Inquiry } from '../../core/routing/explain/explain-request.ts';

/** A request as it is typed. */
export interface TypedRequest {
  /** URL, or path and query. */
  readonly url: string;
  readonly method?: string;
  /** `name: value` */
  readonly header?: readonly string[];
  readonly client?: string;
  /** The same as the selectors of these names, where the request itself has none. */
  readonly virtualEnv?: string;
  readonly version?: string;
}

/** Who asks unless it is said: an address that is nobody's (RFC 5737), and this machine, which everybody is to the embedded cluster. */
const anybody = { kubernetes: '192.0.2.1', embedded: '127.0.0.1' } as const;

/**
 * The request as it arrives at the edge.
 * @param edge base URL by which the routers are reached; a path alone is asked of it. Undefined: nobody knows one.
 * @throws FoxError USAGE.
 */
export function readInquiry(
  typed: TypedRequest,
  edge: string | undefined,
  cluster: 'embedded' | 'kubernetes',
): Inquiry {
  const headers = (typed.header ?? []).map(readHeader);
  const { host = hostIn(edge), target } = readUrl(typed.url);
  const has = (wanted: string) => headers.some(([name]) => name.toLowerCase() === wanted);
  const added = [
    ['host', host] as const,
    ['kf-ve', typed.virtualEnv] as const,
    ['kf-dep', typed.version] as const,
  ];
  return {
    method: readMethod(typed.method ?? 'GET'),
    target,
    headers: [
      ...added.flatMap(([name, value]) => (value === undefined || has(name) ? [] : [name, value])),
      ...headers.flat(),
    ],
    peer: readClient(typed.client ?? anybody[cluster]),
  };
}

/**
 * What is typed stays as it is, as with `curl --path-as-is`: what browsers would resolve first is refused by routers. The
 * fragment stays with the client, and what can't stand in a request's first line is encoded.
 */
function readUrl(text: string): { readonly host?: string; readonly target: string } {
  const [, origin, rest = ''] = /^(https?:\/\/[^/?#\\]*)?([^#]*)/i.exec(text) ?? [];
  const isPath = rest.startsWith('/');
  if (origin === undefined) {
    if (!isPath) throw notUrl(text);
    return { target: encoded(rest) };
  }
  if (!URL.canParse(origin) || rest.startsWith('\\')) throw notUrl(text);
  return { host: new URL(origin).host, target: encoded(isPath ? rest : `/${rest}`) };
}

function encoded(target: string): string {
  return target.replaceAll(/[^!-~]+/g, (part) => encodeURIComponent(Buffer.from(part).toString()));
}

function notUrl(text: string): FoxError {
  const looksLikeHost = /^[\w.-]+(:\d+)?(\/|$)/.test(text) && /[.:]/.test(text.split('/')[0] ?? '');
  return new FoxError('USAGE', `${JSON.stringify(text)} is neither a URL nor a path`, {
    hints: [
      looksLikeHost
        ? `With its scheme it is a URL: \`fox route explain http://${text}\`.`
        : `A path begins with "/": \`fox route explain /${text.replace(/^.*:\/\/[^/]*\/?/, '').replace(/[^\w./?=&-]/g, '')}\`.`,
      "Quote what the shell would take for its own: `fox route explain '/orders?kf-dep=v2'`.",
    ],
  });
}

function hostIn(edge: string | undefined): string | undefined {
  return edge === undefined ? undefined : new URL(edge).host;
}

function readMethod(text: string): string {
  const method = text.toUpperCase();
  if (METHODS.includes(method)) return method;
  const guess = didYouMean(method, METHODS);
  throw new FoxError('USAGE', `${JSON.stringify(text)} is no method of HTTP`, {
    hints: [guess === undefined ? 'Write -X POST, for instance.' : `Did you mean ${guess}?`],
  });
}

/** Name and value of a header as it is typed. @throws FoxError USAGE. */
export function readHeader(text: string): [string, string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*([^\0\r\n]*?)\s*$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new FoxError('USAGE', `${JSON.stringify(text)} is no header`, {
    hints: ["Write a name, a colon and a value: -H 'accept: text/html'."],
  });
}

function readClient(text: string): string {
  const address = plainAddress(text);
  if (isIP(address) !== 0) return address;
  throw new FoxError('USAGE', `${JSON.stringify(text)} is no address`, {
    hints: ['Write it as 203.0.113.7 or 2001:db8::7, without a port.'],
  });
}

// The headers of a request on their way through the router: what is left out, what is carried, what is added.
import { connectionOptions, type HeaderList, hopByHop, without } from './connection-headers.ts';
import { type Context, type Marks, writeBaggage } from './context.ts';
import { requestVariablesHeader } from '../environments/request-variables.ts';
import { routeParametersHeader } from './route-parameters.ts';
import type { Origin } from './origin.ts';
import { probeHeader } from './probe.ts';
import { selectorHeaders } from './selector.ts';

/** What a header is to the router; one that isn't listed is carried as it is. */
type Treatment = 'drop' | 'connection' | 'claim' | Sorted;

/** Headers that the router reads or rewrites. */
type Sorted =
  | 'baggage'
  | 'traceparent'
  | 'tracestate'
  | 'requestId'
  | 'forwardedFor'
  | 'forwardedHost'
  | 'forwardedProto'
  | 'forwarded'
  | 'te'
  | 'host';

const requestTreatment: ReadonlyMap<string, Treatment> = new Map<string, Treatment>([
  ...[...hopByHop].map((name): [string, Treatment] => [name, 'drop']),
  ...[...selectorHeaders].map((name): [string, Treatment] => [name, 'drop']),
  // The router itself answers it.
  ['expect', 'drop'],
  ['http2-settings', 'drop'],
  [probeHeader, 'drop'],
  ['connection', 'connection'],
  ['te', 'te'],
  ['baggage', 'baggage'],
  ['traceparent', 'traceparent'],
  ['tracestate', 'tracestate'],
  ['x-request-id', 'requestId'],
  ['x-forwarded-for', 'forwardedFor'],
  ['x-forwarded-host', 'forwardedHost'],
  ['x-forwarded-proto', 'forwardedProto'],
  ['forwarded', 'forwarded'],
  ['x-real-ip', 'claim'],
  ['host', 'host'],
]);

/** Headers that begin so say where a request comes from, or what it asked for. */
const claimPrefix = 'x-forwarded-';

/** Headers that begin so are fox's. */
const ownPrefixes = ['x-fox-', 'kf-'] as const;

/** Headers of a request, sorted out: values by what they are. */
export interface SortedHeaders extends Readonly<Record<Sorted, string[]>> {
  /** Carried as they are: name, value, … */
  readonly carried: string[];
  /** Carried where they are believed, such as `X-Forwarded-Port`: name, value, … */
  readonly claims: string[];
}

/** Sorts a request's headers. Those that are for one connection only, selectors and all `x-fox-*` and `kf-*` are left out. */
export function sortHeaders(headers: HeaderList): SortedHeaders {
  const sorted: SortedHeaders = {
    carried: [],
    claims: [],
    baggage: [],
    traceparent: [],
    tracestate: [],
    requestId: [],
    forwardedFor: [],
    forwardedHost: [],
    forwardedProto: [],
    forwarded: [],
    te: [],
    host: [],
  };
  const options: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const value = headers[index + 1] ?? '';
    const lower = name.toLowerCase();
    const treatment = requestTreatment.get(lower);
    if (treatment === undefined) {
      if (lower.startsWith(claimPrefix)) sorted.claims.push(name, value);
      else if (!isOwn(lower) && !isDisguised(lower)) sorted.carried.push(name, value);
    } else if (treatment === 'claim') sorted.claims.push(name, value);
    else if (treatment === 'connection') options.push(value);
    else if (treatment !== 'drop') sorted[treatment].push(value);
  }
  const named = connectionOptions(options);
  if (named === undefined) return sorted;
  return { ...sorted, carried: without(sorted.carried, named), claims: without(sorted.claims, named) };
}

function isOwn(lower: string): boolean {
  return ownPrefixes.some((prefix) => lower.startsWith(prefix));
}

/** Frameworks that tell headers as variables take `_` for `-`: there, `X_Fox_Env` would be the header that the router writes. */
function isDisguised(lower: string): boolean {
  if (!lower.includes('_')) return false;
  const plain = lower.replaceAll('_', '-');
  return requestTreatment.has(plain) || plain.startsWith(claimPrefix) || isOwn(plain);
}

/** By what a request is known from hop to hop. */
export interface Trace {
  readonly requestId: string;
  /** W3C Trace Context. */
  readonly traceparent: string;
  readonly tracestate: readonly string[];
}

/**
 * What a request is known by, kept as it came, or made anew where it is missing or can't be read.
 * @param newId a fresh id: 32 lower-case hex digits, not all zero.
 */
export function traceOf(sorted: SortedHeaders, newId: () => string): Trace {
  const requestId = requestIdOf(sorted) ?? newId();
  const [traceparent, another] = sorted.traceparent;
  if (traceparent !== undefined && another === undefined && isTraceparent(traceparent))
    return { requestId, traceparent, tracestate: sorted.tracestate };
  return { requestId, traceparent: `00-${newId()}-${newId().slice(0, 16)}-00`, tracestate: [] };
}

/** What the router adds to a request. */
export interface Additions {
  readonly context: Context | undefined;
  /** Other members of its baggage. */
  readonly others: readonly string[];
  readonly marks?: Marks | undefined;
  readonly origin: Origin;
  readonly trace: Trace;
  /** What the component is told of its request-bound variables. */
  readonly told?: string | undefined;
  /** What the route's rule has captured. */
  readonly parameters?: string | undefined;
  /** Sub-path that was removed from the path: `/team-a`. */
  readonly prefix?: string | undefined;
}

/** The headers that a component gets. */
export function requestHeaders(
  sorted: SortedHeaders,
  { context, others, marks, origin, trace, told, parameters, prefix }: Additions,
): string[] {
  const headers = [...sorted.carried];
  const [host] = sorted.host;
  if (host !== undefined) headers.push('host', host);
  addOrigin(headers, sorted, origin, prefix);
  headers.push('x-request-id', trace.requestId, 'traceparent', trace.traceparent);
  for (const state of trace.tracestate) headers.push('tracestate', state);
  const baggage = writeBaggage(context, others, marks);
  if (baggage !== undefined) headers.push('baggage', baggage);
  if (told !== undefined) headers.push(requestVariablesHeader, told);
  if (parameters !== undefined) headers.push(routeParametersHeader, parameters);
  // Trailers of the response are passed on. Nothing else of it: the rest is about the framing of one connection.
  if (sorted.te.some(wantsTrailers)) headers.push('te', 'trailers');
  return headers;
}

/** Tells where the request comes from, and what others say of that who are believed. */
function addOrigin(
  headers: string[],
  { claims, forwarded }: SortedHeaders,
  { peer, host, proto, path }: Origin,
  prefix: string | undefined,
): void {
  const believed = peer === 'anybody' ? [] : claims;
  headers.push(...(prefix === undefined ? believed : withPrefix(believed, prefix)));
  if (host !== undefined) headers.push('x-forwarded-host', host);
  headers.push('x-forwarded-proto', proto, 'x-forwarded-for', path);
  // The same in one header (RFC 7239). Proxies that write the others pass on what their clients say in this one.
  if (peer === 'component') for (const each of forwarded) headers.push('forwarded', each);
}

const forwardedPrefix = 'x-forwarded-prefix';

/** What others have removed from the path before, as far as they are believed, and what was removed now. */
export function wholePrefix(
  { claims }: Pick<SortedHeaders, 'claims'>,
  { peer }: Origin,
  prefix: string,
): string {
  return peer === 'anybody' ? prefix : `${prefixIn(claims)}${prefix}`;
}

function withPrefix(claims: readonly string[], prefix: string): string[] {
  return [...without(claims, new Set([forwardedPrefix])), forwardedPrefix, `${prefixIn(claims)}${prefix}`];
}

function prefixIn(claims: readonly string[]): string {
  return claims
    .filter((_, index) => index % 2 === 1 && claims[index - 1]?.toLowerCase() === forwardedPrefix)
    .flatMap((value) => value.split(','))
    .map((value) => value.trim().replace(/\/+$/, ''))
    .join('');
}

function requestIdOf({ requestId: [id, another] }: SortedHeaders): string | undefined {
  return id !== undefined && another === undefined && /^[\x21-\x7e]{1,200}$/.test(id) ? id : undefined;
}

function wantsTrailers(value: string): boolean {
  return value.split(',').some((each) => each.trim().toLowerCase() === 'trailers');
}

function isTraceparent(value: string): boolean {
  return /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-|$)/.test(value);
}

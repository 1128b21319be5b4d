// Calls by http and https: request and get, in all the ways in which they can be called.
import type { ClientRequest, OutgoingHttpHeaders } from 'node:http';
import { defaultPort, type IsCallee } from './callees.ts';
import { type Context, contexts, lackingHeaders } from './context.ts';
import { harmlessly } from './harmless.ts';

/** What of a module is replaced. */
interface HttpModule {
  request: unknown;
  get: unknown;
  readonly globalAgent: object;
}

type RequestFunction = (this: unknown, ...args: unknown[]) => ClientRequest;

interface CallOptions {
  readonly protocol?: string | null;
  readonly host?: string | null;
  readonly hostname?: string | null;
  readonly port?: string | number | null;
  readonly defaultPort?: string | number;
  readonly socketPath?: string;
  readonly headers?: OutgoingHttpHeaders | readonly string[] | readonly (readonly [string, string])[];
}

/** Has calls that are made by a module carry the context, where they are for other components. */
export function carryByHttp(module: HttpModule, isCallee: IsCallee): void {
  const original = module.request as RequestFunction;
  const secure = (module.globalAgent as { readonly defaultPort?: number }).defaultPort === 443;
  const request: RequestFunction = function request(...args) {
    const context = contexts.getStore();
    if (context === undefined || harmlessly(() => isForCallee(args, secure, isCallee)) !== true)
      return Reflect.apply(original, this, args);
    const call = Reflect.apply(original, this, harmlessly(() => withRawHeaders(args, context)) ?? args);
    harmlessly(() => carryLate(call, context));
    return call;
  };
  const get: RequestFunction = function get(...args) {
    const call = Reflect.apply(request, this, args);
    call.end();
    return call;
  };
  module.request = request;
  module.get = get;
}

/** Options are the first argument, or the second behind a URL. */
function optionsOf(args: readonly unknown[]): { readonly url?: URL; readonly options: CallOptions } {
  const [first, second] = args;
  const given = (second !== null && typeof second === 'object' ? second : {}) as CallOptions;
  if (typeof first === 'string') return { url: new URL(first), options: given };
  if (first instanceof URL) return { url: first, options: given };
  return { options: first ?? {} };
}

function isForCallee(args: readonly unknown[], secure: boolean, isCallee: IsCallee): boolean {
  const [first] = args;
  // Node refuses it by itself.
  if (typeof first === 'string' && !URL.canParse(first)) return false;
  const { url, options } = optionsOf(args);
  if (typeof options.socketPath === 'string') return false;
  const host = options.hostname ?? options.host ?? url?.hostname ?? 'localhost';
  const port = options.port ?? url?.port ?? '';
  const usual = options.defaultPort ?? defaultPort(secure ? 'https:' : 'http:');
  return isCallee(host, port === '' ? usual : port);
}

/** A list of headers, and those of a call that waits for `100 Continue`, are written at once: nothing can be added later. */
function withRawHeaders(args: readonly unknown[], context: Context): unknown[] | undefined {
  const { url, options } = optionsOf(args);
  const { headers } = options;
  if (headers === undefined || headers === null) return undefined;
  const given = headerPairs(headers);
  const own = (name: string) => {
    const values = given.filter(([each]) => lowerCase(each) === name).map(([, value]) => String(value));
    return values.length === 0 ? undefined : values.join(',');
  };
  if (given.length === 0 || (!Array.isArray(headers) && own('expect') === undefined)) return undefined;
  const lacking = lackingHeaders(context, own);
  const replaced = new Set(lacking.map(([name]) => name));
  const all = [...given.filter(([name]) => !replaced.has(lowerCase(name))), ...lacking];
  const changed = { ...options, headers: inFormOf(headers, all) };
  const complete: unknown = Object.assign(Object.create(Object.getPrototypeOf(options) as object), changed);
  return url === undefined ? [complete, ...args.slice(1)] : [args[0], complete, ...args.slice(2)];
}

type Headers = NonNullable<CallOptions['headers']>;
type Pair = readonly [name: unknown, value: unknown];

/** None where a list has a name without a value: Node refuses it by itself. */
function headerPairs(headers: Headers): readonly Pair[] {
  if (!Array.isArray(headers)) return Object.entries(headers);
  if (Array.isArray(headers[0])) return headers as readonly Pair[];
  const flat = headers as readonly unknown[];
  if (flat.length % 2 !== 0) return [];
  return flat.flatMap((name, index): Pair[] => (index % 2 === 0 ? [[name, flat[index + 1]]] : []));
}

/** As they were given: a map, a list of pairs, or a list of names and values, each of which may be a list itself. */
function inFormOf(headers: Headers, pairs: readonly Pair[]): unknown {
  if (!Array.isArray(headers)) return Object.fromEntries(pairs) as unknown;
  return Array.isArray(headers[0]) ? pairs : pairs.flatMap((pair) => [...pair]);
}

function lowerCase(name: unknown): string {
  return String(name).toLowerCase();
}

/** What every Node calls, as a method, to write a request's head. */
const headWriter = '_implicitHeader';

/** Adds what is lacking at the last moment: until then the program, and its tracer, may set headers of their own. */
function carryLate(call: ClientRequest, context: Context): void {
  if (call.headersSent) return;
  const write = (call as unknown as Readonly<Record<string, unknown>>)[headWriter];
  const add = () => {
    const lacking = lackingHeaders(context, (name) => textOf(call.getHeader(name)));
    for (const [name, value] of lacking) call.setHeader(name, value);
  };
  // Early is better than never.
  if (typeof write !== 'function') return add();
  const value = function writeHeader(this: unknown): void {
    harmlessly(add);
    Reflect.apply(write, this, []);
  };
  Object.defineProperty(call, headWriter, { value, writable: true, configurable: true });
}

function textOf(value: string | number | readonly string[] | undefined): string | undefined {
  return value === undefined ? undefined : typeof value === 'object' ? value.join(',') : String(value);
}

// For components in Node, if they like: the variables and the context of the request being answered. Stands alone, as a copy too.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Value of a variable that is delivered with each request. */
export type VariableValue = string | number | boolean | readonly (string | number)[];

/** Headers as Node or as the web has them. */
export type HeadersLike =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | undefined };

/** A request as Node's servers or web frameworks give it. */
export interface RequestLike {
  readonly headers: HeadersLike;
}

interface RequestContext {
  readonly headers: HeadersLike;
  variables?: Readonly<Record<string, VariableValue>>;
}

/** What goes along with each call that is made for a request. */
const contextNames = ['baggage', 'traceparent', 'tracestate', 'x-request-id'];

const storage = new AsyncLocalStorage<RequestContext>();

/**
 * A handler that knows its request everywhere below it, across awaits, timers and events: `createServer(withContext(
 * handler))`, or around the `fetch(request)` of a web framework.
 */
export function withContext<Result>(
  handler: (request: IncomingMessage, response: ServerResponse) => Result,
): (request: IncomingMessage, response: ServerResponse) => Result;
export function withContext<Request extends RequestLike, Rest extends unknown[], Result>(
  handler: (request: Request, ...rest: Rest) => Result,
): (request: Request, ...rest: Rest) => Result;
export function withContext<Request extends RequestLike, Rest extends unknown[], Result>(
  handler: (request: Request, ...rest: Rest) => Result,
): (request: Request, ...rest: Rest) => Result {
  return (request, ...rest) => {
    const context: RequestContext = { headers: request.headers };
    // Node tells of bodies and ends of connections from outside of the handler.
    for (const each of [request, ...rest]) keepContext(each, context);
    return storage.run(context, () => handler(request, ...rest));
  };
}

/**
 * Values of the variables that this component declares with `bind: request`, by name and of their declared types, in the
 * virtual environment of the request that is being answered. Empty where there is no request, or nobody has sent any.
 * @throws TypeError if what was sent isn't what fox sends.
 */
export function variables(): Readonly<Record<string, VariableValue>> {
  const context = storage.getStore();
  if (context === undefined) return {};
  context.variables ??= parseVariables(headerOf(context.headers, 'x-fox-env'));
  return context.variables;
}

/**
 * What the rule of the route, by which the request being answered has entered the app, captures by name: `{id}` of
 * ``Path(`/orders/{id}`)``, decoded. Empty where there is no request, or nothing is captured; components that are called by others get none.
 */
export function params(): Readonly<Record<string, string>> {
  const headers = storage.getStore()?.headers;
  const header = headers === undefined ? undefined : headerOf(headers, 'x-fox-params');
  return Object.freeze(Object.fromEntries(new URLSearchParams(header ?? '')));
}

/** The headers that a call to another component must carry to belong to the request that is being answered. */
export function contextHeaders(): Record<string, string> {
  const headers = storage.getStore()?.headers;
  if (headers === undefined) return {};
  return Object.fromEntries(
    contextNames.flatMap((name) => {
      const value = headerOf(headers, name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/**
 * `fetch` for calls to other components: adds {@link contextHeaders} unless the call says otherwise. What is called
 * gets to see them, so take the plain `fetch` for the outside world.
 */
export const fetch: typeof globalThis.fetch = (input, init) => {
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
  for (const [name, value] of Object.entries(contextHeaders()))
    if (!headers.has(name)) headers.set(name, value);
  return globalThis.fetch(input, { ...init, headers });
};

function parseVariables(header: string | undefined): Readonly<Record<string, VariableValue>> {
  if (header === undefined) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(header, 'base64url').toString());
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      return Object.freeze(value as Record<string, VariableValue>);
  } catch {
    // Told below, as anything else that it shouldn't be.
  }
  throw new TypeError('the header x-fox-env is not what fox sends: base64url of a JSON object');
}

function headerOf(headers: HeadersLike, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined;
  const value = (headers as Readonly<Record<string, string | readonly string[] | undefined>>)[name];
  return typeof value === 'object' ? value.join(',') : value;
}

/** Makes an event emitter's listeners run in a context, whoever emits. */
function keepContext(emitter: unknown, context: RequestContext): void {
  if (emitter === null || typeof emitter !== 'object' || !('emit' in emitter)) return;
  const { emit } = emitter;
  if (typeof emit !== 'function') return;
  emitter.emit = (...args: unknown[]): unknown =>
    storage.run(context, () => Reflect.apply(emit, emitter, args) as unknown);
}

// Calls by undici, the package as well as the one in Node: each of them tells of the requests that it makes.
import { subscribe } from 'node:diagnostics_channel';
import { defaultPort, type IsCallee } from './callees.ts';
import { type Context, contexts, lackingHeaders } from './context.ts';
import { carriedMark } from './fetch-calls.ts';
import { harmlessly } from './harmless.ts';

/** A request as undici is about to send it. */
interface UndiciRequest {
  readonly origin?: string | URL;
  /** Name, value, …; before undici 6 as text. */
  headers: string | (string | string[])[];
  addHeader(name: string, value: string): unknown;
}

/** Has requests of any undici carry the context, where they are for other components. */
export function carryByUndici(isCallee: IsCallee): void {
  subscribe('undici:request:create', (message) => {
    harmlessly(() => carry((message as { readonly request: UndiciRequest }).request, isCallee));
  });
}

function carry(request: UndiciRequest, isCallee: IsCallee): void {
  const { protocol, hostname, port } = new URL(String(request.origin));
  const mark = headerOf(request, carriedMark);
  if (!isCallee(hostname, port === '' ? defaultPort(protocol) : port)) {
    // A redirect to the outside world.
    if (mark !== undefined) for (const name of [carriedMark, ...mark.split(',')]) removeHeader(request, name);
    return;
  }
  if (mark !== undefined) return;
  const context = contextFor(request);
  if (context === undefined) return;
  for (const [name, value] of lackingHeaders(context, (each) => headerOf(request, each))) {
    removeHeader(request, name);
    request.addHeader(name, value);
  }
}

interface Scope {
  runInAsyncScope<T>(work: () => T): T;
}

/**
 * The context in which the call was made. A pool that was busy then sends it while it hears of the end of another request,
 * in the context of that one: the handlers of undici's own functions remember, of others it isn't known any more.
 */
function contextFor(request: UndiciRequest): Context | undefined {
  const key = Object.getOwnPropertySymbols(request).find(({ description }) => description === 'handler');
  const handler = key === undefined ? undefined : (request as unknown as Record<symbol, unknown>)[key];
  if (isScope(handler)) return handler.runInAsyncScope(() => contexts.getStore());
  const context = contexts.getStore();
  return context === undefined || isFromQueue() ? undefined : context;
}

function isScope(handler: unknown): handler is Scope {
  return typeof (handler as Partial<Scope> | undefined)?.runInAsyncScope === 'function';
}

/** By the function in which pools of any undici take calls from their queue. Better none than that of another request. */
function isFromQueue(): boolean {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 25;
  const { stack = '' } = new Error('where from');
  Error.stackTraceLimit = stackTraceLimit;
  return /^ +at (?:\S*\.)?\[?onDrain\]? /m.test(stack);
}

function headerOf({ headers }: UndiciRequest, name: string): string | undefined {
  if (typeof headers === 'string') return new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(headers)?.[1];
  for (let index = 0; index < headers.length; index += 2)
    if (String(headers[index]).toLowerCase() === name) return String(headers[index + 1]);
  return undefined;
}

function removeHeader(request: UndiciRequest, name: string): void {
  if (typeof request.headers === 'string') {
    request.headers = request.headers.replace(new RegExp(`^${name}:.*\\r\\n`, 'gim'), '');
    return;
  }
  const { headers } = request;
  for (let index = headers.length - 2; index >= 0; index -= 2)
    if (String(headers[index]).toLowerCase() === name) headers.splice(index, 2);
}

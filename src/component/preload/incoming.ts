// Requests that come in: whatever happens for one, happens in its context.
import type { IncomingMessage, Server } from 'node:http';
import { type Context, contextOf, contexts } from './context.ts';
import { harmlessly } from './harmless.ts';

type Emit = (this: unknown, ...args: unknown[]) => boolean;

/** Events of a server that bring a request: `(request, response)` or `(request, socket, head)`. */
const requestEvents: ReadonlySet<unknown> = new Set([
  'request',
  'upgrade',
  'connect',
  'checkContinue',
  'checkExpectation',
]);

/** Has all servers of a class run what listens to their requests in the contexts of these. */
export function keepContexts(prototype: Pick<Server, 'emit'>): void {
  const own = Object.hasOwn(prototype, 'emit') ? prototype.emit : undefined;
  const parent = Object.getPrototypeOf(prototype) as { readonly emit: unknown };
  // Others may replace the one that is inherited later.
  const emitOf = () => (own ?? parent.emit) as Emit;
  define(prototype, function emit(...args) {
    if (!requestEvents.has(args[0])) return Reflect.apply(emitOf(), this, args);
    const context = harmlessly(() => enter(args[1] as IncomingMessage, args[2]));
    if (context === undefined) return Reflect.apply(emitOf(), this, args);
    return contexts.run(context, () => Reflect.apply(emitOf(), this, args));
  });
}

function enter(request: IncomingMessage, answer: unknown): Context {
  const context = contextOf(request.headers);
  // Node tells of bodies and of ends of connections from outside of what listens to the request.
  keep(request, context);
  keep(answer, context);
  return context;
}

/** Makes what listens to an event emitter run in a context, whoever emits. */
function keep(emitter: unknown, context: Context): void {
  const { emit } = (emitter ?? {}) as { readonly emit?: unknown };
  if (typeof emit !== 'function') return;
  define(emitter as object, function keptEmit(...args) {
    return contexts.run(context, () => Reflect.apply(emit as Emit, this, args));
  });
}

function define(emitter: object, emit: Emit): void {
  Object.defineProperty(emitter, 'emit', { value: emit, writable: true, configurable: true });
}

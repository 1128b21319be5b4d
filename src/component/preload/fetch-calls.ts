// Calls by the global fetch: it is known when it is called what they belong to, be they sent much later.
import { defaultPort, type IsCallee } from './callees.ts';
import { type Context, contexts, lackingHeaders } from './context.ts';
import { harmlessly } from './harmless.ts';

/** Names the headers that were added, so that they are taken away again when a redirect leads elsewhere. Routers drop it. */
export const carriedMark = 'x-fox-carried';

type Fetch = typeof globalThis.fetch;

/** Has what is called by the global `fetch` carry the context, where it is for other components. */
export function carryByFetch(isCallee: IsCallee): void {
  const original = globalThis.fetch;
  if (typeof original !== 'function') return;
  const fetch: Fetch = async function fetch(input, init) {
    const call = harmlessly(() => withContext(input, init, isCallee));
    return call === undefined ? original(input, init) : original(...call);
  };
  Object.defineProperty(globalThis, 'fetch', {
    value: fetch,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

type Call = Parameters<Fetch>;

/** The call with what it lacks; undefined where it lacks nothing, or is wrong: `fetch` itself tells that. */
function withContext(...[input, init, isCallee]: [...Call, IsCallee]): Call | undefined {
  const context = contexts.getStore();
  if (context === undefined) return undefined;
  const address = input instanceof Request ? input.url : String(input);
  if (!URL.canParse(address)) return undefined;
  const { protocol, hostname, port } = new URL(address);
  if (!isCallee(hostname, port === '' ? defaultPort(protocol) : port)) return undefined;
  try {
    return input instanceof Request || !isPlain(init)
      ? [withHeaders(new Request(input, init), context)]
      : [input, { ...init, headers: withHeaders({ headers: new Headers(init?.headers) }, context).headers }];
  } catch {
    return undefined;
  }
}

/** Whether it can be copied; then nothing needs to be made of it twice. */
function isPlain(init: RequestInit | undefined): boolean {
  return init === undefined || Object.getPrototypeOf(init) === Object.prototype;
}

function withHeaders<T extends { readonly headers: Headers }>(request: T, context: Context): T {
  const { headers } = request;
  const lacking = lackingHeaders(context, (name) => headers.get(name) ?? undefined);
  for (const [name, value] of lacking) headers.set(name, value);
  if (lacking.length > 0) headers.set(carriedMark, lacking.map(([name]) => name).join(','));
  return request;
}

// Calls by the global fetch: it is known when it is called what they belong to, be they sent much later.
import { defaultPort, type IsCallee } from './callees.ts';
import { contexts, lackingHeaders } from './context.ts';
import { harmlessly } from './harmless.ts';

/** Names the headers that were added, so that they are taken away again when a redirect leads elsewhere. Routers drop it. */
export const carriedMark = 'x-fox-carried';

type Fetch = typeof globalThis.fetch;

/** Has what is called by the global `fetch` carry the context, where it is for other components. */
export function carryByFetch(isCallee: IsCallee): void {
  const original = globalThis.fetch;
  if (typeof original !== 'function') return;
  const fetch: Fetch = async function fetch(input, init) {
    const request = harmlessly(() => withContext(input, init, isCallee));
    return request === undefined ? original(input, init) : original(request);
  };
  Object.defineProperty(globalThis, 'fetch', {
    ...Object.getOwnPropertyDescriptor(globalThis, 'fetch'),
    value: fetch,
  });
}

function withContext(...[input, init, isCallee]: [...Parameters<Fetch>, IsCallee]): Request | undefined {
  const context = contexts.getStore();
  if (context === undefined) return undefined;
  const address = input instanceof Request ? input.url : String(input);
  if (!URL.canParse(address)) return undefined;
  const { protocol, hostname, port } = new URL(address);
  if (!isCallee(hostname, port === '' ? defaultPort(protocol) : port)) return undefined;
  const request = requestOf(input, init);
  if (request === undefined) return undefined;
  const { headers } = request;
  const lacking = lackingHeaders(context, (name) => headers.get(name) ?? undefined);
  for (const [name, value] of lacking) headers.set(name, value);
  if (lacking.length > 0) headers.set(carriedMark, lacking.map(([name]) => name).join(','));
  return request;
}

/** Undefined where the call is wrong: the caller gets to hear that from `fetch` itself. */
function requestOf(...[input, init]: Parameters<Fetch>): Request | undefined {
  try {
    return new Request(input, init);
  } catch {
    return undefined;
  }
}

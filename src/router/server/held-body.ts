// Bodies that clients hold back until they are told to send them (`Expect: 100-continue`): they are told once a pod takes it.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What tells the client to send the body of a request. */
const held = new WeakMap<IncomingMessage, () => void>();

/**
 * The client isn't told anything yet. If it is answered before it is asked, nobody knows whether the body will come, and what
 * comes next on the connection could be taken for it: the connection is closed then.
 */
export function holdBody(request: IncomingMessage, response: ServerResponse): void {
  const { shouldKeepAlive } = response;
  response.shouldKeepAlive = false;
  held.set(request, () => {
    if (response.headersSent) return;
    response.shouldKeepAlive = shouldKeepAlive;
    response.writeContinue();
  });
}

/** The body is wanted: a client that holds it back is told so. */
export function askForBody(request: IncomingMessage): void {
  held.get(request)?.();
  held.delete(request);
}

/** Whether the client waits to be told to send the body. */
export function isHeldBack(request: IncomingMessage): boolean {
  return held.has(request);
}

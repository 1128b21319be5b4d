// Carries bytes between local connections and the router, without looking at them.
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Opens a connection to the router. */
export interface OpenUpstream {
  (signal: AbortSignal): Promise<Duplex>;
}

/** Whoever has said all and hears nothing for so long (in ms) has gone: a connection through the API can't hand on that one side has ended. */
const halfOpenMilliseconds = 1_000;

/** A server, not listening yet, whose connections each get one of their own to the router. */
export function byteProxy(open: OpenUpstream, onFailure: (error: Error) => void): Server {
  // What comes before there is a connection to the router waits in the socket.
  return createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (local) => {
    void carry(local, open).catch((error: unknown) => {
      local.destroy();
      onFailure(error instanceof Error ? error : new Error(String(error)));
    });
  });
}

async function carry(local: Socket, open: OpenUpstream): Promise<void> {
  const gone = new AbortController();
  local.on('error', () => local.destroy());
  local.on('close', () => gone.abort());
  const remote = await open(gone.signal).catch((error: unknown) => {
    if (gone.signal.aborted) return undefined;
    throw error;
  });
  if (remote === undefined) return;
  join(local, remote);
}

/** Joins both sides until both have ended, or one breaks. */
export function join(local: Socket, remote: Duplex): void {
  const end = () => {
    local.destroy();
    remote.destroy();
  };
  if (local.destroyed) return end();
  for (const each of [local, remote]) each.on('error', end);
  local.on('close', () => remote.destroy());
  // What was received before the other side ended is still handed on.
  remote.on('close', () => local.end(end));
  local.on('end', () => local.setTimeout(halfOpenMilliseconds, end));
  local.pipe(remote);
  remote.pipe(local);
}

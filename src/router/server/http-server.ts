// The HTTP servers of the router: Node's own parser in its strict mode, with limits, and an end that lets requests finish.
import { createServer, type RequestListener, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that isn't listening yet. */
export function createHttpServer(listener: RequestListener): Server {
  const server = createServer(
    {
      // More than a browser sends; the context and its baggage fit on top.
      maxHeaderSize: 32 * 1024,
      headersTimeout: 30_000,
      // Bodies may take as long as they move; RequestBody cuts off those that don't.
      requestTimeout: 0,
      // Longer than the idle time of the usual load balancers, so that they close first.
      keepAliveTimeout: 75_000,
      insecureHTTPParser: false,
      noDelay: true,
    },
    listener,
  );
  server.on('connect', (_, socket) => {
    socket.end('HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
  });
  return server;
}

/** Responses that are yet to begin tell their client not to come back by this connection. */
export function sendElsewhere(server: Server): void {
  server.prependListener('request', (_, response) => {
    response.shouldKeepAlive = false;
  });
}

/** Accepts no more connections, lets requests finish within `patience` ms, and then ends the rest. */
export async function closeServers(servers: readonly Server[], patience: number): Promise<void> {
  const open = new Set(servers);
  for (const server of servers) {
    sendElsewhere(server);
    server.close(() => open.delete(server));
  }
  const deadline = Date.now() + patience;
  while (open.size > 0 && Date.now() < deadline) {
    for (const server of open) server.closeIdleConnections();
    await delay(20);
  }
  for (const server of servers) server.closeAllConnections();
}

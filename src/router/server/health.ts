// Answers the probes of Kubernetes, on a port of its own: no path of an app can collide with it.
import { createServer, type Server } from 'node:http';

/** What makes the router not ready; undefined if it is. */
export interface Readiness {
  (): string | undefined;
}

/** `/healthz`: the process answers. `/readyz`: requests may come. */
export function createHealthServer(unreadyBecause: Readiness): Server {
  return createServer((request, response) => {
    request.resume();
    const reason = request.url === '/readyz' ? unreadyBecause() : undefined;
    const status = request.url === '/readyz' || request.url === '/healthz' ? 200 : 404;
    response.writeHead(reason === undefined ? status : 503, {
      'content-type': 'text/plain',
      'cache-control': 'no-store',
    });
    response.end(`${reason ?? (status === 200 ? 'ok' : 'not found')}\n`);
  });
}

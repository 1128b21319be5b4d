// The HTTP servers of the router: Node's own parser in its strict mode, with limits, and an end that lets requests finish.
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { longestHead } from '../../core/routing/carried-request.ts';
import { answerProblem } from '../requests/answer.ts';
import { takeAbsoluteTarget } from './absolute-target.ts';
import { endStalled, refuseBytes, refuseConnect } from './bad-connections.ts';
import { holdBody } from './held-body.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { mostHeaders, requestFlaw } from './request-flaw.ts';
import { acceptUpgrades, asksForWebSocket, cutUpgraded } from './upgrades.ts';

/** How long clients may take, in ms. */
export interface ClientPatience {
  /** To send the head of a request. */
  readonly head: number;
  /** To read on, while there is something to read. */
  readonly stalled: number;
}

export const defaultClientPatience: ClientPatience = { head: 30_000, stalled: 60_000 };

/** More connections than this are closed at once, while those that stand go on. Each takes memory, idle or not. */
const mostConnections = 10_000;

/** Node 24 asks which requests are upgrades; before, all that offer one are. */
const onlyWebSockets = { shouldUpgradeCallback: asksForWebSocket };

/** A server that isn't listening yet. */
export function createHttpServer(listener: RequestListener, patience: ClientPatience): Server {
  const requests = new OneAtATime((request, response) => {
    const flaw = requestFlaw(request) ?? takeAbsoluteTarget(request);
    if (flaw === undefined) return listener(request, response);
    response.shouldKeepAlive = false;
    answerProblem(response, flaw);
  });
  const server = createServer(
    {
      // The target counts, too.
      maxHeaderSize: longestHead,
      headersTimeout: patience.head,
      // Node looks for late heads only this often; by default every 30 s.
      connectionsCheckingInterval: Math.ceil(patience.head / 10),
      // Bodies may take as long as they move; RequestBody cuts off those that don't.
      requestTimeout: 0,
      // Longer than the idle time of the usual load balancers, so that they close first.
      keepAliveTimeout: 75_000,
      // No spaces before colons, bare line feeds, lengths beside chunks, nor whatever else two parsers may take for two things.
      insecureHTTPParser: false,
      // What lacks one is refused with a reason.
      requireHostHeader: false,
      // Raw headers are passed on as they came; the router reads none that could be joined.
      joinDuplicateHeaders: false,
      noDelay: true,
      // Peers that are gone without a word are noticed under streams that are silent.
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      ...onlyWebSockets,
    },
    requests.take,
  );
  acceptUpgrades(server, requests);
  server.on('checkContinue', (request, response) => {
    holdBody(request, response);
    requests.take(request, response);
  });
  // One more than may be, so that too many are seen.
  server.maxHeadersCount = mostHeaders + 1;
  server.maxConnections = mostConnections;
  // A connection may live for ever: load balancers keep theirs.
  server.maxRequestsPerSocket = 0;
  server.setTimeout(patience.stalled, (socket) => endStalled(socket, requests));
  server.on('clientError', (error, socket) => refuseBytes(error, socket, requests));
  server.on('connect', (_, socket) => refuseConnect(socket, requests));
  return server;
}

/** Responses that are yet to begin tell their client not to come back by this connection. */
export function sendElsewhere(server: Server): void {
  for (const event of ['request', 'checkContinue'])
    server.prependListener(event, (_, response: ServerResponse) => {
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
  for (const server of servers) {
    server.closeAllConnections();
    cutUpgraded(server);
  }
}

// Requests that ask for another protocol: WebSockets are routed like all requests, other offers are declined by not mentioning them.
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { UpgradeResponse, upgradeProtocol } from '../delivery/upgrade-response.ts';
import { endWith } from './bad-connections.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import { requestFlaw } from './request-flaw.ts';

/** Open connections that have asked for a WebSocket, by server. */
const upgraded = new WeakMap<Server, Set<UpgradeResponse>>();

/** Requests for WebSockets are taken as all requests are; their responses are {@link UpgradeResponse}s. */
export function acceptUpgrades(server: Server, requests: OneAtATime): void {
  const open = new Set<UpgradeResponse>();
  upgraded.set(server, open);
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // What is sent behind a request that isn't answered yet is sent by nobody who waits for answers.
    if (requests.currentOf(socket) !== undefined) return void socket.destroy();
    // Of too many headers Node keeps some only: what is given back might lack the one that says how long the body is.
    const flaw = requestFlaw(request);
    if (flaw !== undefined) return endWith(socket, flaw);
    if (!asksForWebSocket(request)) return declineUpgrade(server, request, head);
    const response = new UpgradeResponse(request, head);
    open.add(response);
    socket.once('close', () => open.delete(response));
    requests.take(request, response);
  });
}

/** Ends all of a server's connections that are, or might become, WebSockets. */
export function cutUpgraded(server: Server): void {
  for (const response of upgraded.get(server) ?? []) response.cut();
}

/**
 * Whether an offer to upgrade is one that a WebSocket can begin with (RFC 6455, 4.1). A body would have to be read before the
 * protocol changes; nobody sends one, and a component that takes it for frames, or frames for a request, must not be led to.
 */
export function asksForWebSocket({ method, httpVersion, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    httpVersion === '1.1' &&
    headers['transfer-encoding'] === undefined &&
    Number(headers['content-length'] ?? 0) === 0 &&
    tokens(headers.upgrade).includes(upgradeProtocol)
  );
}

/**
 * Goes on as if nothing had been offered (RFC 9110, 7.8): Node has stopped to read the connection as HTTP, so that it is
 * given back, beginning with the same request without its offer.
 */
function declineUpgrade(server: Server, request: IncomingMessage, head: Buffer): void {
  const { socket, method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.toLowerCase() !== 'upgrade')
      lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

function tokens(value = ''): string[] {
  return value.split(',').map((token) => token.trim().toLowerCase());
}

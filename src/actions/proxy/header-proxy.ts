// An HTTP proxy that adds headers to requests and hands everything else on as it is, WebSockets and streams included.
import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from './byte-proxy.ts';

/** Where requests go. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
}

/** Makes the headers (name, value, name, value …) with which a request goes on. */
export interface RewriteHeaders {
  (target: string, headers: readonly string[]): string[];
}

const maxHeaderSize = 128 * 1024;
/** Belong to one connection, not to the request. */
const ofConnection: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection']);
/** May be sent again when a connection turns out to be dead. */
const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A server, not listening yet. `agent` keeps connections to the router and is to be destroyed at the end. */
export function headerProxy(upstream: Upstream, rewrite: RewriteHeaders): { server: Server; agent: Agent } {
  const agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
  const server = createServer({ maxHeaderSize, requestTimeout: 0, keepAliveTimeout: 60_000 });
  const send = (incoming: IncomingMessage) =>
    request({
      ...upstream,
      agent,
      maxHeaderSize,
      setHost: false,
      method: incoming.method,
      path: incoming.url,
      headers: rewrite(incoming.url ?? '/', withoutConnection(incoming.rawHeaders)),
    });
  server.on('request', (incoming, outgoing) => forward(incoming, outgoing, send));
  server.on('upgrade', (incoming: IncomingMessage, local: Socket, head: Buffer) => {
    const remote = connect({ ...upstream, allowHalfOpen: true, noDelay: true });
    const headers = rewrite(incoming.url ?? '/', incoming.rawHeaders);
    // As node has read them: one byte per character.
    remote.write(headText(`${incoming.method} ${incoming.url} HTTP/1.1`, headers), 'latin1');
    if (head.length > 0) remote.write(head);
    join(local, remote);
  });
  return { server, agent };
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  send: (incoming: IncomingMessage) => ClientRequest,
  isRepeated = false,
): void {
  const sent = send(incoming);
  const hasBody =
    incoming.headers['transfer-encoding'] !== undefined ||
    Number(incoming.headers['content-length'] ?? 0) > 0;
  sent.on('response', (answer) => answerWith(answer, outgoing));
  sent.on('error', (error) => {
    const mayRepeat = sent.reusedSocket && !isRepeated && !hasBody && repeatable.has(incoming.method ?? '');
    if (outgoing.headersSent || outgoing.destroyed) outgoing.destroy();
    else if (mayRepeat) forward(incoming, outgoing, send, true);
    else refuse(outgoing, error);
  });
  outgoing.on('close', () => sent.destroy());
  if (hasBody) incoming.pipe(sent);
  else sent.end();
}

function answerWith(answer: IncomingMessage, outgoing: ServerResponse): void {
  const { statusCode = 502, statusMessage = '', rawHeaders } = answer;
  outgoing.writeHead(statusCode, statusMessage, withoutConnection(rawHeaders));
  // Streams whose first bytes take their time.
  outgoing.flushHeaders();
  answer.on('end', () => {
    const { rawTrailers } = answer;
    if (rawTrailers.length > 0) outgoing.addTrailers(pairsOf(rawTrailers));
  });
  answer.on('error', () => outgoing.destroy());
  answer.pipe(outgoing);
}

function refuse(outgoing: ServerResponse, error: Error): void {
  outgoing.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' });
  outgoing.end(`fox proxy: the router can't be reached: ${error.message}\n`);
}

function withoutConnection(headers: readonly string[]): string[] {
  return pairsOf(headers)
    .filter(([name]) => !ofConnection.has(name.toLowerCase()))
    .flat();
}

function pairsOf(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < flat.length; index += 2) pairs.push([flat[index] ?? '', flat[index + 1] ?? '']);
  return pairs;
}

function headText(line: string, headers: readonly string[]): string {
  const lines = pairsOf(headers).map(([name, value]) => `${name}: ${value}`);
  return [line, ...lines, '', ''].join('\r\n');
}

// A proxy in front of a registry that does to requests and answers what networks and busy servers do, and counts them.
import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What to do with a request; nothing: it is passed on. */
export type Fault =
  /** Answers itself. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Ends the connection when so many bytes of the request's body have gone through. */
  | { readonly cutRequestAfter: number }
  /** Ends the connection when so many bytes of the answer's body have gone through. */
  | { readonly cutAnswerAfter: number }
  /** Passes it on, and ends the connection before the answer. */
  | 'lose-answer'
  /** Changes the last byte of the answer's body. */
  | 'falsify'
  /** Passes it on without its Range, as a registry does that can't send parts. */
  | 'no-range'
  /** Takes the request and never answers. */
  | 'silence';

/** One that has been seen. */
export interface SeenRequest {
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Bytes of its body that came. */
  received: number;
}

/** The proxy. */
export interface FaultProxy {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly seen: SeenRequest[];
  /** `HEAD /v2/…`, without queries. */
  lines(): string[];
}

/** Chooses a fault for a request; `number` counts from 1. */
export type ChooseFault = (request: SeenRequest, number: number) => Fault | undefined;

/** Starts a proxy in front of `target` (`host:port`); the test's end stops it. */
export async function startProxy(target: string, choose: ChooseFault = () => undefined): Promise<FaultProxy> {
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const request = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      received: 0,
    };
    seen.push(request);
    incoming.on('error', () => outgoing.destroy());
    handle(target, incoming, outgoing, request, choose(request, seen.length));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const lines = () => seen.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen, lines };
}

function handle(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  seen: SeenRequest,
  fault: Fault | undefined,
): void {
  if (typeof fault === 'object' && 'status' in fault) {
    incoming.resume();
    outgoing.writeHead(fault.status, fault.headers).end(fault.body);
    return;
  }
  if (fault === 'silence') return;
  const headers = { ...incoming.headers };
  if (fault === 'no-range') delete headers.range;
  const [hostname, port] = target.split(':');
  const onward = httpRequest({ hostname, port, method: incoming.method, path: incoming.url, headers });
  const cut = () => {
    onward.destroy();
    incoming.socket.destroy();
  };
  onward.on('error', cut);
  onward.on('response', (answer) => passBack(answer, outgoing, fault, cut));
  incoming.on('data', (chunk: Buffer) => {
    const limit = typeof fault === 'object' && 'cutRequestAfter' in fault ? fault.cutRequestAfter : Infinity;
    const part = chunk.subarray(0, Math.max(0, limit - seen.received));
    seen.received += part.length;
    // What was let through has to arrive before the connection ends.
    if (seen.received >= limit) onward.write(part, () => setImmediate(cut));
    else onward.write(part);
  });
  incoming.on('end', () => onward.end());
}

function passBack(
  answer: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | undefined,
  cut: () => void,
): void {
  if (fault === 'lose-answer') {
    answer.resume();
    answer.on('end', cut);
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
  const limit = typeof fault === 'object' && 'cutAnswerAfter' in fault ? fault.cutAnswerAfter : Infinity;
  const length = Number(answer.headers['content-length'] ?? 0);
  let sent = 0;
  answer.on('data', (chunk: Buffer) => {
    const part = Buffer.from(chunk.subarray(0, Math.max(0, limit - sent)));
    sent += part.length;
    if (fault === 'falsify' && sent === length) part[part.length - 1] = (part.at(-1) ?? 0) ^ 1;
    if (sent >= limit) outgoing.write(part, () => setImmediate(cut));
    else outgoing.write(part);
  });
  answer.on('end', () => sent < limit && outgoing.end());
  answer.on('error', cut);
}

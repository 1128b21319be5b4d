// What becomes of connections whose bytes are no HTTP, or that have stalled.
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { connectRefused, headTooLong } from '../../core/routing/carried-request.ts';
import { type Problem, problemBody, problemKinds } from '../../core/routing/problem.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import { notHttp } from './request-flaw.ts';

/** Answers what the parser refuses, if that can be told from the answers to what came before it, and ends the connection. */
export function refuseBytes(error: Error, socket: Duplex, requests: OneAtATime): void {
  const current = requests.currentOf(socket);
  if (!socket.writable || ('code' in error && error.code === 'ECONNRESET')) socket.destroy();
  else if (current === undefined || isAbout(current, socket, requests)) endWith(socket, problemOf(error));
  else if (current.req.complete) endAfter(current, socket);
  else socket.destroy();
}

/** Ends a connection on which nothing moved for a while, unless it waits for the router. */
export function endStalled(socket: Duplex, requests: OneAtATime): void {
  if (requests.currentOf(socket) === undefined || socket.writableLength > 0) socket.destroy();
}

/** Refuses CONNECT, for which Node stops to read the connection as HTTP. Behind a request that isn't answered yet, it would look like its answer. */
export function refuseConnect(socket: Duplex, requests: OneAtATime): void {
  if (requests.currentOf(socket) !== undefined) return void socket.destroy();
  endWith(socket, connectRefused);
}

/** Ends a connection with an answer of the router. */
export function endWith(socket: Duplex, problem: Problem): void {
  const body = problemBody(problem);
  const { status, title } = problemKinds[problem.problem];
  // Whoever has sent this may be gone.
  socket.on('error', () => undefined);
  socket.end(
    [
      `HTTP/1.1 ${status} ${title}`,
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(body)}`,
      'cache-control: no-store',
      'connection: close',
      '',
      body,
    ].join('\r\n'),
    () => socket.destroy(),
  );
}

/** Whether the parser's error is about the body of the request that is being answered, and nothing was answered yet. */
function isAbout({ req, headersSent }: ServerResponse, socket: Duplex, requests: OneAtATime): boolean {
  return !req.complete && !headersSent && !requests.isWaiting(socket);
}

/** What came before the bytes that are refused is still answered. */
function endAfter(response: ServerResponse, socket: Duplex): void {
  response.shouldKeepAlive = false;
  response.once('close', () => socket.destroy());
}

function problemOf(error: Error): Problem {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return {
      problem: 'request-timeout',
      detail: "The request's head did not arrive in time.",
      try: ['Send the request at once.'],
    };
  if (code === 'HPE_HEADER_OVERFLOW') return headTooLong;
  return notHttp(
    `The bytes that arrived are not valid HTTP/1.1: ${error.message.replace(/^Parse Error: /, '')}.`,
  );
}

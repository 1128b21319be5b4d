// Serves the API over HTTPS on loopback.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { FoxError } from '../../core/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { StatusError } from '../store/status-error.ts';
import type { ServerCertificate } from './certificate.ts';
import { createDefaultNamespaces } from './default-namespaces.ts';
import { guarded } from './guard.ts';
import { createApi } from './handler.ts';
import type { PodLogs } from './pod-logs.ts';
import { type ApiHandler, type ApiRequest, type ApiResponse, statusResponse } from './request.ts';

const address = '127.0.0.1';
const maxBodyBytes = 3 * 2 ** 20;
const maxDrainedBytes = 64 * 2 ** 20;
/** Longer than clients keep an idle connection, so that they never write to one that was just closed. */
const keepAliveMilliseconds = 120_000;

/** What a server needs. */
export interface ServerOptions {
  readonly store: ObjectStore;
  readonly logs?: PodLogs;
  /** fox's version. */
  readonly version: string;
  /** What every request must carry. */
  readonly token: string;
  readonly certificate: ServerCertificate;
  /** 0: a free one is chosen. */
  readonly port: number;
  /** Told of bugs: requests that failed with something else than a Status. */
  readonly onError: (error: unknown) => void;
}

/** A server that listens. */
export interface ApiServer {
  /** Base URL. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and ends every connection, also watches and logs. */
  readonly close: () => Promise<void>;
}

/**
 * Makes the namespaces that every cluster has, and serves the API of a store.
 * @throws FoxError PORT_TAKEN.
 */
export async function startApiServer(options: ServerOptions): Promise<ApiServer> {
  const { store, token, certificate, onError } = options;
  await createDefaultNamespaces(store);
  const handle = guarded(createApi(options), token);
  const server = createServer(
    {
      key: certificate.key,
      cert: certificate.certificate,
      keepAliveTimeout: keepAliveMilliseconds,
      minVersion: 'TLSv1.2',
    },
    (request, response) => {
      serve(handle, request, response).catch((error: unknown) => {
        onError(error);
        fail(response);
      });
    },
  );
  await listen(server, options.port);
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  return {
    url: `https://${address}:${bound.port}`,
    port: bound.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE' || cause.code === 'EACCES';
      const message = `can't listen on port ${port} of ${address}: ${cause.message}`;
      reject(taken ? new FoxError('PORT_TAKEN', message, { hints: ['Choose another port.'], cause }) : cause);
    });
    server.listen(port, address, () => resolve());
  });
}

async function serve(handle: ApiHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  let body: Buffer | undefined;
  try {
    body = await readBody(request);
  } catch {
    // The client went away in the middle: there is nobody to answer.
    return;
  }
  if (body === undefined) {
    response.setHeader('connection', 'close');
    await send(tooLarge(), request, response);
    return;
  }
  await send(await handle(toApiRequest(request, body, gone.signal)), request, response);
}

/**
 * The body, or undefined if it is too long. That is read to its end nevertheless, as far as it makes sense: a client that
 * still sends doesn't read its answer. Rejects when the client goes away in the middle.
 */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
    else chunks.length = 0;
    if (bytes > maxDrainedBytes) break;
  }
  return bytes > maxBodyBytes ? undefined : Buffer.concat(chunks, bytes);
}

function tooLarge(): ApiResponse {
  const message = `Request entity too large: limit is ${maxBodyBytes}`;
  return statusResponse(new StatusError(413, 'RequestEntityTooLarge', message));
}

function toApiRequest(
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: Buffer,
  signal: AbortSignal,
): ApiRequest {
  const { accept, authorization, host } = headers;
  return {
    method,
    url,
    headers: {
      accept,
      authorization,
      host,
      'content-type': headers['content-type'],
      'user-agent': headers['user-agent'],
    },
    body,
    signal,
  };
}

async function send(
  { status, headers, body }: ApiResponse,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    response.writeHead(status, {
      ...headers,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-cache, private',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
    return;
  }
  response.writeHead(status, { ...headers, 'cache-control': 'no-cache, private' });
  if (request.method === 'HEAD') {
    body.destroy();
    response.end();
    return;
  }
  // At once: who watches waits for the answer before the first change.
  response.flushHeaders();
  await pipeline(body, response).catch((error: unknown) => {
    // The pipeline has closed both ends already.
    if (!isClientsAffair(error)) throw error;
  });
}

/** The client went away, or was refused what it asked for in the middle, e.g. because it is too slow. */
function isClientsAffair(error: unknown): boolean {
  if (error instanceof StatusError) return true;
  const codes = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ABORT_ERR'];
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** Answers a request that failed because of a bug. */
function fail(response: ServerResponse): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, headers, body } = statusResponse(
    new StatusError(500, 'InternalError', 'Internal error occurred; see the cluster log'),
  );
  response.writeHead(status, headers);
  response.end(body);
}

// How requests reach a Kubernetes API: over HTTPS, with connections kept open for the next request.
import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as httpRequest,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import type { Readable } from 'node:stream';
import { hasCode } from '../../core/file-system-error.ts';
import { brokenOff, connectionError, elsewhere, silent, unauthorized } from './connection-error.ts';
import { Limiter } from './limiter.ts';

/** One request to the API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query. */
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
  readonly contentType?: string;
  /** Ends a watch or a log. Those live long: they don't count among the connections that others wait for. */
  readonly signal?: AbortSignal;
}

/** The answer; `body` must be read or destroyed. */
export interface ApiResponse {
  readonly status: number;
  /** The server's clock, in ms since 1970, where it tells (to the second). */
  readonly date?: number;
  /** Seconds after which to ask again, where the server has too much to do. */
  readonly retryAfter?: number;
  readonly body: Readable;
}

/** Sends a request. Over HTTPS, or straight to an API in the same process. */
export interface Transport {
  (request: ApiRequest): Promise<ApiResponse>;
}

/** What requests are made with: certificates, and headers with credentials. */
export interface ConnectionOptions extends RequestOptions {
  readonly headers?: OutgoingHttpHeaders;
}

/** Where an API is and how one proves who one is. */
export interface Connection {
  /** Base URL, e.g. `https://127.0.0.1:6443`, without a slash at its end. */
  readonly server: string;
  /**
   * What a request is made with: certificates, and headers with credentials. Asked before each, as tokens are rotated.
   * An agent among them leads through a proxy.
   */
  readonly options: () => ConnectionOptions | Promise<ConnectionOptions>;
  /** The cluster didn't accept what these options prove. Whether there may be others now. */
  readonly renew?: (refused: ConnectionOptions) => boolean;
  /** The proxy, as it may be shown. */
  readonly through?: string;
  /** What to try. */
  readonly hints: { readonly unreachable: readonly string[]; readonly unauthorized: readonly string[] };
}

/** A cluster that is silent for so long (in ms), where it has something to say, hangs. */
const patience = 15_000;

/** Requests to the API at once, beside watches and logs; what goes beyond waits. */
const maxRequests = 16;

/** Idle connections end after so long (in ms), before something on the way forgets them. */
const idleMilliseconds = 20_000;

/** An open transport. */
export interface OpenTransport {
  readonly send: Transport;
  /** Ends idle connections. */
  close(): void;
}

/**
 * A transport over HTTPS (or HTTP, where the connection says so).
 * @param silence how long (in ms) the cluster may take to begin an answer.
 * @throws FoxError CLUSTER_UNREACHABLE from `send` when nothing answers, CLUSTER_UNAUTHORIZED when it doesn't know one;
 * the body fails with CLUSTER_UNREACHABLE when it breaks off.
 */
export function openTransport(connection: Connection, { silence = patience } = {}): OpenTransport {
  const agentOptions = { keepAlive: true, timeout: idleMilliseconds };
  const agent = isPlain(connection) ? new HttpAgent(agentOptions) : new HttpsAgent(agentOptions);
  const limiter = new Limiter(maxRequests);
  const ask = async (request: ApiRequest, options: ConnectionOptions) => {
    if (request.signal !== undefined) return exchange(connection, options, request, silence);
    // Not the agent's own limit: waiting there would count as the cluster's silence.
    await limiter.enter();
    try {
      const response = await exchange(connection, options, request, silence);
      response.once('close', () => limiter.leave());
      return response;
    } catch (error) {
      limiter.leave();
      throw error;
    }
  };
  const send: Transport = async (request) => {
    for (let isFirst = true; ; isFirst = false) {
      const options = await connection.options();
      const response = await ask(request, { agent, ...options });
      const { statusCode } = response;
      if (statusCode !== 401 && !isRedirect(response)) return answerOf(response);
      response.resume();
      if (statusCode !== 401) throw elsewhere(connection, response);
      if (!isFirst || connection.renew?.(options) !== true) throw unauthorized(connection, options);
    }
  };
  return { send, close: () => agent.destroy() };
}

function isPlain({ server }: Connection): boolean {
  return server.startsWith('http:');
}

async function exchange(
  connection: Connection,
  options: ConnectionOptions,
  request: ApiRequest,
  silence: number,
): Promise<IncomingMessage> {
  const { method, path, body, contentType, signal } = request;
  const make = isPlain(connection) ? httpRequest : httpsRequest;
  let outgoing: ClientRequest | undefined;
  try {
    outgoing = make(new URL(connection.server + path), {
      ...options,
      method,
      // The API notes it as the manager of the fields that are written.
      headers: {
        'user-agent': 'fox',
        ...options.headers,
        accept: 'application/json',
        ...contentHeaders(body, contentType),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    return await responseTo(outgoing.end(body), silence, signal);
  } catch (cause) {
    outgoing?.destroy();
    if (signal?.aborted === true) throw signal.reason;
    // The server closed a kept connection just when it was used again.
    if (method === 'GET' && outgoing?.reusedSocket === true && hasCode(cause, 'ECONNRESET', 'EPIPE'))
      return await exchange(connection, options, request, silence);
    throw connectionError(connection, options, cause);
  }
}

/** The request's own end isn't enough: it says nothing while the way to the server is still being opened. */
async function responseTo(
  outgoing: ClientRequest,
  silence: number,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  let end: ((error: Error) => void) | undefined;
  const onAbort = () => end?.(new Error('aborted'));
  const timer = setTimeout(() => end?.(silent(silence)), silence);
  signal?.addEventListener('abort', onAbort);
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      end = reject;
      outgoing.on('response', resolve).on('error', reject);
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function contentHeaders(body: string | undefined, contentType = 'application/json'): Record<string, string> {
  return body === undefined
    ? {}
    : { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) };
}

function answerOf(response: IncomingMessage): ApiResponse {
  const date = Date.parse(response.headers.date ?? '');
  const wait = response.headers['retry-after'];
  return {
    status: response.statusCode ?? 0,
    body: response,
    ...(Number.isNaN(date) ? {} : { date }),
    // A date instead of seconds isn't in use among Kubernetes' servers.
    ...(wait === undefined || !/^\d{1,6}$/.test(wait) ? {} : { retryAfter: Number(wait) }),
  };
}

function isRedirect({ statusCode = 0, headers }: IncomingMessage): boolean {
  return statusCode >= 300 && statusCode < 400 && headers.location !== undefined;
}

/** Text of an answer that ends. @throws FoxError CLUSTER_UNREACHABLE when it breaks off. */
export async function wholeText(body: Readable): Promise<string> {
  const timer = setTimeout(() => body.destroy(silent(patience)), patience);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of body) {
      timer.refresh();
      chunks.push(Buffer.from(chunk as Buffer | string));
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    throw brokenOff(error);
  } finally {
    clearTimeout(timer);
  }
}

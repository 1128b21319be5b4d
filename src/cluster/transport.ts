// How requests reach a Kubernetes API: over HTTPS, with connections kept open for the next request.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { FoxError } from '../core/errors.ts';

/** One request to the API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query. */
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** The answer; `body` must be read or destroyed. */
export interface ApiResponse {
  readonly status: number;
  /** The server's clock, in ms since 1970, where it tells (to the second). */
  readonly date?: number;
  readonly body: Readable;
}

/** Sends a request. Over HTTPS, or straight to an API in the same process. */
export interface Transport {
  (request: ApiRequest): Promise<ApiResponse>;
}

/** Where an API is and how one proves who one is. */
export interface Connection {
  /** Base URL, e.g. `https://127.0.0.1:6443`. */
  readonly server: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly certificateAuthority: string;
  readonly token: string;
}

/** A cluster that is silent for so long (in ms), where it has something to say, hangs. */
const patience = 15_000;

/**
 * A transport over HTTPS; `close` ends its idle connections.
 * @throws FoxError CLUSTER_UNREACHABLE from `send` when nothing answers; the body fails likewise when it breaks off.
 */
export function httpsTransport(connection: Connection): { send: Transport; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 16, ca: connection.certificateAuthority });
  const send: Transport = async ({ method, path, body, contentType, signal }) => {
    const headers: Record<string, string> = {
      accept: 'application/json',
      authorization: `Bearer ${connection.token}`,
    };
    if (body !== undefined) {
      headers['content-type'] = contentType ?? 'application/json';
      headers['content-length'] = String(Buffer.byteLength(body));
    }
    const outgoing = httpsRequest(new URL(path, connection.server), {
      method,
      headers,
      agent,
      ...(signal === undefined ? {} : { signal }),
    });
    const timer = setTimeout(() => outgoing.destroy(silence()), patience);
    outgoing.end(body);
    try {
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      const date = Date.parse(response.headers.date ?? '');
      return { status: response.statusCode ?? 0, body: response, ...(Number.isNaN(date) ? {} : { date }) };
    } catch (cause) {
      if (signal?.aborted === true) throw signal.reason;
      throw unreachable(connection.server, cause);
    } finally {
      clearTimeout(timer);
    }
  };
  return { send, close: () => agent.destroy() };
}

function unreachable(server: string, cause: unknown): FoxError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FoxError('CLUSTER_UNREACHABLE', `no cluster answers at ${server}: ${why}`, {
    hints: [
      'Run the command again: it starts the embedded cluster if that has ended.',
      '`fox cluster stop` ends one that hangs.',
    ],
    cause,
  });
}

/** Text of an answer that ends. @throws FoxError CLUSTER_UNREACHABLE when it breaks off. */
export async function wholeText(body: Readable): Promise<string> {
  const timer = setTimeout(() => body.destroy(silence()), patience);
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

function silence(): Error {
  return new Error(`it was silent for ${patience / 1_000} s`);
}

/** The error for an answer that began and didn't end. */
export function brokenOff(cause: unknown): FoxError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FoxError('CLUSTER_UNREACHABLE', `the connection to the cluster broke off: ${why}`, {
    hints: ['Run the command again: it starts the embedded cluster if that has ended.'],
    cause,
  });
}

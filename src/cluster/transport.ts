// How requests reach a Kubernetes API: over HTTPS, with connections kept open for the next request.
import { once } from 'node:events';
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
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

/** Where an API is and how one proves who one is. */
export interface Connection {
  /** Base URL, e.g. `https://127.0.0.1:6443`. */
  readonly server: string;
  /** What a request is made with: certificates, and headers with credentials. Asked before each, as tokens are rotated. */
  readonly options: () => RequestOptions | Promise<RequestOptions>;
  /** The options' own agent leads through a proxy, and is to be used. */
  readonly usesProxy?: boolean;
  /** What to try. */
  readonly hints: { readonly unreachable: readonly string[]; readonly unauthorized: readonly string[] };
}

/** A cluster that is silent for so long (in ms), where it has something to say, hangs. */
const patience = 15_000;

/** Connections to the API at once, beside those of watches and logs; what goes beyond waits. */
const maxSockets = 16;

/** An open transport. */
export interface OpenTransport {
  readonly send: Transport;
  /** Ends idle connections. */
  close(): void;
}

/**
 * A transport over HTTPS (or HTTP, where the connection says so).
 * @throws FoxError CLUSTER_UNREACHABLE from `send` when nothing answers, CLUSTER_UNAUTHORIZED when it doesn't know one;
 * the body fails with CLUSTER_UNREACHABLE when it breaks off.
 */
export function openTransport(connection: Connection): OpenTransport {
  const agents = new Map<number, Agent>();
  const agentFor = (options: RequestOptions, limit: number) => {
    const agent = agents.get(limit) ?? makeAgent(connection, options, limit);
    agents.set(limit, agent);
    return agent;
  };
  const send: Transport = async ({ method, path, body, contentType, signal }) => {
    const { agent: proxy, headers, ...options } = await connection.options();
    const outgoing = (connection.server.startsWith('http:') ? httpRequest : httpsRequest)(
      new URL(connection.server + path),
      {
        ...options,
        method,
        headers: { ...headers, accept: 'application/json', ...contentHeaders(body, contentType) },
        agent:
          connection.usesProxy === true
            ? proxy
            : agentFor(options, signal === undefined ? maxSockets : Number.POSITIVE_INFINITY),
        ...(signal === undefined ? {} : { signal }),
      },
    );
    const timer = setTimeout(() => outgoing.destroy(silence()), patience);
    outgoing.end(body);
    try {
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      if (response.statusCode === 401) {
        response.resume();
        throw unauthorized(connection);
      }
      const date = Date.parse(response.headers.date ?? '');
      const wait = response.headers['retry-after'];
      return {
        status: response.statusCode ?? 0,
        body: response,
        ...(Number.isNaN(date) ? {} : { date }),
        // A date instead of seconds isn't in use among Kubernetes' servers.
        ...(wait === undefined || !/^\d{1,6}$/.test(wait) ? {} : { retryAfter: Number(wait) }),
      };
    } catch (cause) {
      if (signal?.aborted === true) throw signal.reason;
      throw cause instanceof FoxError ? cause : unreachable(connection, cause);
    } finally {
      clearTimeout(timer);
    }
  };
  return { send, close: () => agents.forEach((agent) => agent.destroy()) };
}

function contentHeaders(body: string | undefined, contentType = 'application/json'): Record<string, string> {
  return body === undefined
    ? {}
    : { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) };
}

function makeAgent({ server }: Connection, options: RequestOptions, limit: number): Agent {
  if (server.startsWith('http:')) return new HttpAgent({ keepAlive: true, maxSockets: limit }) as Agent;
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const given = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return new Agent({ keepAlive: true, maxSockets: limit, ...Object.fromEntries(present) });
}

function unauthorized({ server, hints }: Connection): FoxError {
  return new FoxError(
    'CLUSTER_UNAUTHORIZED',
    `the cluster at ${server} doesn't accept these credentials (401)`,
    { hints: hints.unauthorized },
  );
}

function unreachable({ server, hints }: Connection, cause: unknown): FoxError {
  const tls = tlsProblems[(cause as { readonly code?: string } | undefined)?.code ?? ''];
  if (tls !== undefined) {
    return new FoxError('CLUSTER_UNREACHABLE', `the cluster at ${server} can't be trusted: ${tls}`, {
      hints: [
        'Get a new kubeconfig from whoever runs the cluster; the clock of this machine may be wrong, too.',
      ],
      cause,
    });
  }
  return new FoxError('CLUSTER_UNREACHABLE', `no cluster answers at ${server}: ${reasonOf(cause)}`, {
    hints: hints.unreachable,
    cause,
  });
}

const wrongAuthority = "its certificate is not signed by the kubeconfig's authority";

/** What is wrong with a server's certificate, by Node's code for it. */
const tlsProblems: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: wrongAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: wrongAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: wrongAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: wrongAuthority,
};

/** A connection that was tried at several addresses fails without a message of its own. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(reasonOf).join('; ');
  return cause instanceof Error ? cause.message : String(cause);
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
    hints: [
      'Run the command again: it goes on where it was; and starts the embedded cluster if that has ended.',
    ],
    cause,
  });
}

// Requests to the Kubernetes API, as the kubeconfig says: address, certificates, credentials.
import { once } from 'node:events';
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { FoxError } from '../../core/errors.ts';
import { timeLimit } from '../../core/time-limit.ts';

/** Below what a Lease lives, so that a dead connection is noticed in time. */
const answerMilliseconds = 10_000;

/** TCP probes of silent connections begin after this. */
const keepAliveMilliseconds = 15_000;

/** An answer of the API that isn't 2xx. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly status: number;

  constructor(status: number, message: string) {
    super(`the Kubernetes API answered ${status}: ${message}`);
    this.status = status;
  }
}

/** What is sent. */
export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path with query. */
  readonly path: string;
  /** Sent as JSON; as a merge patch with PATCH. */
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/** The API of one cluster. Errors of the network pass as they are; they are what callers wait and retry for. */
export class Api {
  readonly #config: KubeConfig;
  readonly #server: string;
  #agent: RequestOptions['agent'];

  /**
   * @param kubeconfig its path; without it, the service account of the pod that this process runs in.
   * @throws FoxError CONFIG_INVALID if the file isn't a kubeconfig with a current cluster, or this isn't a pod.
   */
  constructor(kubeconfig: string | undefined) {
    this.#config = kubeconfig === undefined ? serviceAccount() : readKubeconfig(kubeconfig);
    const server = this.#config.getCurrentCluster()?.server;
    if (server === undefined) throw new FoxError('CONFIG_INVALID', `${kubeconfig} has no current cluster`);
    this.#server = server.replace(/\/$/, '');
  }

  /** Sends a request and reads its answer as JSON. @throws ApiFailure */
  async json<T>(call: ApiCall): Promise<T> {
    const signal = timeLimit(answerMilliseconds, ...(call.signal === undefined ? [] : [call.signal]));
    return JSON.parse(await text(await this.stream({ ...call, signal }))) as T;
  }

  /** Sends a request and hands out its answer while it comes; only the signal ends it. @throws ApiFailure */
  async stream({ method, path, body, signal }: ApiCall): Promise<IncomingMessage> {
    const content = body === undefined ? undefined : JSON.stringify(body);
    const options: RequestOptions = {
      method,
      headers: { accept: 'application/json' },
      ...(signal === undefined ? {} : { signal }),
    };
    // Credentials are asked for each time: tokens are rotated.
    await this.#config.applyToHTTPSOptions(options);
    options.agent = this.#agent ??= this.#keepAlive(options);
    if (content !== undefined) {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      options.headers = {
        ...options.headers,
        'content-type': type,
        'content-length': Buffer.byteLength(content),
      };
    }
    const url = new URL(this.#server + path);
    const outgoing = url.protocol === 'http:' ? httpRequest(url, options) : httpsRequest(url, options);
    outgoing.end(content);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    // A connection that is reset from now on is told to whoever reads the answer; here it would end the process.
    outgoing.on('error', () => undefined);
    response.socket.setKeepAlive(true, keepAliveMilliseconds);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw new ApiFailure(status, messageOf(await text(response)));
  }

  /** Closes idle connections. */
  close(): void {
    if (typeof this.#agent === 'object') this.#agent.destroy();
  }

  /** The kubeconfig's own agent (a proxy) closes after each request; without one, connections are kept for the next. */
  #keepAlive(options: RequestOptions): RequestOptions['agent'] {
    if (this.#config.getCurrentCluster()?.proxyUrl !== undefined) return options.agent;
    const keep = { keepAlive: true, keepAliveMsecs: keepAliveMilliseconds };
    if (this.#server.startsWith('http:')) return new HttpAgent(keep);
    const { ca, cert, key, rejectUnauthorized, servername } = options;
    return new HttpsAgent({
      ...keep,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
      ...(servername === undefined ? {} : { servername }),
    });
  }
}

function readKubeconfig(path: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(path);
  } catch (cause) {
    throw new FoxError('CONFIG_INVALID', `${path} is not a kubeconfig`, { cause });
  }
  return config;
}

/** Its token is read again every minute, as it is rotated. */
function serviceAccount(): KubeConfig {
  if ((process.env['KUBERNETES_SERVICE_HOST'] ?? '') === '')
    throw new FoxError('CONFIG_INVALID', 'this is no pod of a cluster, and no kubeconfig is given');
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
}

function messageOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: string };
    return message ?? body.slice(0, 200);
  } catch {
    return body.slice(0, 200);
  }
}

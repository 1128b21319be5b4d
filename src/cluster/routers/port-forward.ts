// Connects to a port of a pod through the Kubernetes API, for those who can't reach the pod's network.
import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ClientOptions, WebSocket } from 'ws';
import { FoxError } from '../../core/errors.ts';
import { ForwardedStream } from './forwarded-stream.ts';
import { type Connection, wholeText } from '../api/transport.ts';

/** A port of a pod. */
export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** The version of Kubernetes' protocol that all kubelets speak over WebSockets: a channel for data, one for errors. */
const protocol = 'v4.channel.k8s.io';
/** An API server, or a node behind it, that needs longer (in ms) to connect doesn't answer. */
const patience = 10_000;

/** Opens connections to pods of one cluster. */
export class PortForward {
  readonly #connection: Connection;
  /** Of its own, as connections end with what they carry; it remembers TLS sessions. */
  readonly #agent: HttpAgent;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#agent = connection.server.startsWith('http:') ? new HttpAgent() : new Agent();
  }

  /**
   * Connects to a port of a pod.
   * @throws FoxError NOT_FOUND if the pod is gone, CLUSTER_FORBIDDEN, or CLUSTER_UNREACHABLE.
   */
  async connect(target: PodPort, signal: AbortSignal): Promise<Duplex> {
    const { server } = this.#connection;
    const { namespace, pod, port } = target;
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/portforward?ports=${port}`;
    const { headers, agent, ca, cert, key, passphrase, rejectUnauthorized, servername } =
      await this.#connection.options();
    signal.throwIfAborted();
    const socket = new WebSocket(server.replace(/^http/, 'ws') + path, protocol, {
      ...given({ ca, cert, key, passphrase, rejectUnauthorized, servername }),
      ...(headers === undefined ? {} : { headers: headers as Record<string, string> }),
      agent: agent === undefined || agent === false || agent === true ? this.#agent : agent,
      handshakeTimeout: patience,
      perMessageDeflate: false,
    });
    const answer = await answered(socket, signal).catch((cause: unknown) => {
      throw signal.aborted ? signal.reason : unreachable(target, cause);
    });
    if (answer !== undefined) throw await refused(target, answer);
    return new ForwardedStream(socket);
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Options without those that aren't given. */
function given(options: Readonly<Record<string, unknown>>): ClientOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Waits until it is open; resolves to what is said instead, if that is an answer. */
async function answered(socket: WebSocket, signal: AbortSignal): Promise<IncomingMessage | undefined> {
  const end = () => socket.terminate();
  // Not an option of the request: that would end the connection later, too.
  signal.addEventListener('abort', end, { once: true });
  try {
    return await new Promise<IncomingMessage | undefined>((resolve, reject) => {
      socket.once('open', () => {
        // What comes at once waits until somebody listens.
        socket.pause();
        resolve(undefined);
      });
      socket.once('unexpected-response', (_, response) => resolve(response));
      socket.once('error', reject);
    });
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function unreachable({ pod }: PodPort, cause: unknown): FoxError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FoxError('CLUSTER_UNREACHABLE', `pod ${pod} can't be reached through the cluster: ${why}`, {
    cause,
  });
}

/** The API, or the kubelet behind it, answered with an error. */
async function refused({ pod }: PodPort, response: IncomingMessage): Promise<FoxError> {
  const text = await wholeText(response);
  const { message = text.slice(0, 200).trim() } = parseStatus(text);
  const said = `the cluster refuses a connection to pod ${pod}: ${message || `HTTP status ${response.statusCode}`}`;
  if (response.statusCode === 404) return new FoxError('NOT_FOUND', said);
  if (response.statusCode === 401) return new FoxError('CLUSTER_UNAUTHORIZED', said);
  if (response.statusCode === 403) {
    return new FoxError('CLUSTER_FORBIDDEN', said, {
      hints: ['It takes a Role with the verbs get and create on pods/portforward.'],
    });
  }
  return new FoxError('CLUSTER_UNREACHABLE', said);
}

function parseStatus(text: string): { message?: string } {
  try {
    return JSON.parse(text) as { message?: string };
  } catch {
    return {};
  }
}

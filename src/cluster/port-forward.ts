// Connects to a port of a pod through the Kubernetes API, for those who can't reach the pod's network.
import { createHash, randomBytes } from 'node:crypto';
import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
} from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { FoxError } from '../core/errors.ts';
import { ForwardedStream } from './forwarded-stream.ts';
import { type Connection, wholeText } from './transport.ts';

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
    const key = randomBytes(16).toString('base64');
    const { headers, agent, ...options } = await this.#connection.options();
    const outgoing = (server.startsWith('http:') ? httpRequest : httpsRequest)(new URL(server + path), {
      ...options,
      agent: agent ?? this.#agent,
      headers: {
        ...headers,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': key,
        'sec-websocket-protocol': protocol,
      },
    });
    const answer = await answered(outgoing, signal).catch((cause: unknown) => {
      throw signal.aborted ? signal.reason : unreachable(target, cause);
    });
    if (!('head' in answer)) throw await refused(target, answer);
    if (!isAgreed(answer.response, key)) {
      answer.socket.destroy();
      throw unreachable(target, new Error('something on the way to the cluster speaks no WebSocket'));
    }
    return new ForwardedStream(answer.socket, answer.head);
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Sends the request; waits for the upgrade, or for what is said instead. */
async function answered(outgoing: ClientRequest, signal: AbortSignal): Promise<Upgraded | IncomingMessage> {
  signal.throwIfAborted();
  const end = () => outgoing.destroy();
  const timer = setTimeout(
    () => outgoing.destroy(new Error(`no answer within ${patience / 1_000} s`)),
    patience,
  );
  // Not the request's own option: that would end the connection later, too.
  signal.addEventListener('abort', end, { once: true });
  try {
    return await new Promise<Upgraded | IncomingMessage>((resolve, reject) => {
      outgoing.on('upgrade', (response, socket, head) => resolve({ response, socket, head }));
      outgoing.on('response', resolve);
      outgoing.on('error', reject);
      outgoing.end();
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

interface Upgraded {
  readonly response: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** RFC 6455, section 1.3. */
const acceptedKey = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

function isAgreed({ headers }: IncomingMessage, key: string): boolean {
  const accept = createHash('sha1').update(`${key}${acceptedKey}`).digest('base64');
  return headers['sec-websocket-accept'] === accept && headers['sec-websocket-protocol'] === protocol;
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

// A plain client of a Kubernetes API for contract tests, and the cluster that they run against.
import { randomBytes, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll } from 'vitest';
import { parse } from 'yaml';
import { loadCertificate } from '../../src/embedded/api/certificate.ts';
import { startGarbageCollector } from '../../src/embedded/api/garbage-collector.ts';
import { renderKubeconfig } from '../../src/embedded/api/kubeconfig.ts';
import type { PodLogs } from '../../src/embedded/api/pod-logs.ts';
import { startApiServer } from '../../src/embedded/api/server.ts';
import { openStore } from '../../src/embedded/store/lmdb-store.ts';
import type { ObjectStore } from '../../src/embedded/store/object-store.ts';

/** Where an API is, and what proves who asks. */
export interface Credentials {
  readonly server: string;
  readonly authority: string;
  readonly token?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/** Loosely typed JSON of the API: tests look into it deeply. */
// oxlint-disable-next-line typescript/no-explicit-any -- the tests compare what they find, a wrong path fails them
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The body, if it is JSON. */
  readonly body: Json;
}

export interface RequestOptions {
  /** Sent as JSON; text and bytes as they are. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

const mergePatch = { 'content-type': 'application/merge-patch+json' };

/** A client with kept connections. */
export class ApiClient {
  readonly credentials: Credentials;
  readonly #agent: Agent;

  constructor(credentials: Credentials) {
    this.credentials = credentials;
    const { authority: ca, certificate: cert, key } = credentials;
    this.#agent = new Agent({
      keepAlive: true,
      ca,
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    });
  }

  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const response = await this.open(method, path, options);
    const content = await text(response);
    const isJson = (response.headers['content-type'] ?? '').startsWith('application/json') && content !== '';
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      text: content,
      body: isJson ? JSON.parse(content) : undefined,
    };
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request('GET', path, { headers });
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.request('POST', path, { body });
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.request('PUT', path, { body });
  }

  patch(path: string, body: unknown): Promise<Answer> {
    return this.request('PATCH', path, { body, headers: mergePatch });
  }

  delete(path: string, body?: unknown): Promise<Answer> {
    return this.request('DELETE', path, body === undefined ? {} : { body });
  }

  /** Begins a watch; resolves when the server has answered. */
  async watch(path: string, headers: Record<string, string> = {}): Promise<Watch> {
    return new Watch(await this.open('GET', path, { headers }));
  }

  /** Sends a request and answers when the response begins. */
  async open(
    method: string,
    path: string,
    { body, headers = {} }: RequestOptions = {},
  ): Promise<IncomingMessage> {
    const { token, server } = this.credentials;
    const content =
      typeof body === 'string' || Buffer.isBuffer(body) || body === undefined ? body : JSON.stringify(body);
    const request = httpsRequest(new URL(path, server), {
      method,
      agent: this.#agent,
      ...(headers['host'] === undefined ? {} : { servername: 'localhost' }),
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(content === undefined ? {} : { 'content-type': 'application/json' }),
        ...(content === undefined || headers['transfer-encoding'] !== undefined
          ? {}
          : { 'content-length': Buffer.byteLength(content) }),
        ...headers,
      },
    });
    request.end(content);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  }

  close(): void {
    this.#agent.destroy();
  }
}

export interface WatchEvent {
  readonly type: string;
  readonly object: Json;
}

/** A running watch; collects what it is told. */
export class Watch {
  readonly status: number;
  readonly events: WatchEvent[] = [];
  /** Resolves when the server ends the stream. */
  readonly ended: Promise<void>;
  readonly #response: IncomingMessage;
  readonly #news = new EventEmitter();

  constructor(response: IncomingMessage) {
    this.#response = response;
    this.status = response.statusCode ?? 0;
    this.ended = this.#read();
  }

  /** Waits until the events fulfil a condition, and answers them. */
  async until(
    condition: (events: readonly WatchEvent[]) => boolean,
    milliseconds = 10_000,
  ): Promise<WatchEvent[]> {
    const signal = AbortSignal.timeout(milliseconds);
    while (!condition(this.events)) {
      await once(this.#news, 'event', { signal }).catch((cause: unknown) => {
        throw new Error(`a watch didn't see what was waited for, but ${JSON.stringify(this.events)}`, {
          cause,
        });
      });
    }
    return this.events;
  }

  /** Waits for so many events, and answers `TYPE name` of each. */
  async names(count: number): Promise<string[]> {
    await this.until((events) => events.length >= count);
    return this.events.map(({ type, object }) => `${type} ${object.metadata?.name}`);
  }

  close(): void {
    this.#response.destroy();
  }

  async #read(): Promise<void> {
    try {
      for await (const line of createInterface(this.#response)) {
        this.events.push(JSON.parse(line) as WatchEvent);
        this.#news.emit('event');
      }
    } catch (error) {
      // Closed by the test.
      if (!this.#response.destroyed) throw error;
    }
  }
}

/** The cluster under test. */
export interface TestCluster {
  readonly client: ApiClient;
  /** Of the embedded cluster; absent for a cluster given in FOX_TEST_KUBECONFIG. */
  readonly store?: ObjectStore;
  readonly kubeconfig: string;
  readonly close: () => Promise<void>;
}

/** The cluster of FOX_TEST_KUBECONFIG, or an embedded one in a directory of its own. */
export async function openTestCluster(): Promise<TestCluster> {
  const given = process.env['FOX_TEST_KUBECONFIG'];
  if (given === undefined || given === '') return openEmbedded();
  const kubeconfig = await readFile(given, 'utf8');
  const client = new ApiClient(credentialsOf(kubeconfig));
  return { client, kubeconfig, close: async () => client.close() };
}

/** The cluster under test with a namespace of its own, for the tests of a file. */
export interface TestNamespace {
  readonly namespace: string;
  /** Path of the namespace in the API's groups. */
  readonly core: string;
  readonly apps: string;
  readonly coordination: string;
  /** Not before the tests begin. */
  readonly client: () => ApiClient;
  /** A name that nothing has yet. */
  readonly newName: () => string;
}

/** Opens the cluster under test and makes a namespace, and removes it after the file's tests. */
export function testNamespace(): TestNamespace {
  const namespace = `fox-test-${randomBytes(4).toString('hex')}`;
  const opening = openTestCluster();
  let client: ApiClient | undefined;
  beforeAll(async () => {
    ({ client } = await opening);
    const { status } = await client.post('/api/v1/namespaces', { metadata: { name: namespace } });
    if (status !== 201) throw new Error(`the cluster made no namespace: ${status}`);
  });
  afterAll(async () => {
    await client?.delete(`/api/v1/namespaces/${namespace}`);
    await (await opening).close();
  });
  return {
    namespace,
    core: `/api/v1/namespaces/${namespace}`,
    apps: `/apis/apps/v1/namespaces/${namespace}`,
    coordination: `/apis/coordination.k8s.io/v1/namespaces/${namespace}`,
    client: () => {
      if (client === undefined) throw new Error('the tests have not begun');
      return client;
    },
    newName: () => `t${randomBytes(5).toString('hex')}`,
  };
}

/** An embedded cluster's API, without anything that runs pods. */
export async function openEmbedded(logs?: PodLogs): Promise<TestCluster & { readonly store: ObjectStore }> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
  const store = openStore(join(directory, 'store'));
  const certificate = await loadCertificate(join(directory, 'tls.pem'));
  const token = randomUUID();
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const server = await startApiServer({
    store,
    version: '0.0.0-test',
    token,
    certificate,
    port: 0,
    onError,
    ...(logs === undefined ? {} : { logs }),
  });
  const stopCollector = startGarbageCollector(store, onError);
  const kubeconfig = renderKubeconfig({ server: server.url, authority: certificate.authority, token });
  const client = new ApiClient(credentialsOf(kubeconfig));
  const close = async () => {
    client.close();
    await stopCollector();
    await server.close();
    await store.close();
    await rm(directory, { recursive: true, force: true });
    if (errors.length > 0) throw new AggregateError(errors, 'the API had bugs while it was tested');
  };
  return { client, store, kubeconfig, close };
}

function credentialsOf(kubeconfig: string): Credentials {
  const config: Json = parse(kubeconfig);
  const named = (list: Json[], name: string) => list.find((one) => one.name === name);
  const { context } = named(config.contexts, config['current-context']);
  const { cluster } = named(config.clusters, context.cluster);
  const { user } = named(config.users, context.user);
  return {
    server: cluster.server,
    authority: decoded(cluster['certificate-authority-data']) ?? '',
    token: user.token,
    certificate: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  };
}

function decoded(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString();
}

/** A Deployment that any cluster accepts. */
export function deployment(name: string, labels: Record<string, string> = {}): Json {
  const selector = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas: 0,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: selector },
        spec: { containers: [{ name: 'main', image: 'example.com/app:1' }] },
      },
    },
  };
}

/** A ConfigMap. */
export function configMap(
  name: string,
  data: Record<string, string> = {},
  labels: Record<string, string> = {},
): Json {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data };
}

/** A pod that no node takes: with a scheduler that doesn't exist it stays as it is on any cluster. */
export function pod(name: string, labels: Record<string, string> = {}): Json {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { schedulerName: 'nobody', containers: [{ name: 'main', image: 'example.com/app:1' }] },
  };
}

/** Asks until the answer fulfils a condition. */
export async function eventually<T>(
  ask: () => Promise<T>,
  condition: (value: T) => boolean,
  milliseconds = 10_000,
): Promise<T> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const value = await ask();
    if (condition(value)) return value;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(value)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

// The cluster that the contract tests of this folder run against, and a plain client of its API: the embedded one with everything that makes
// pods run, or the one of FOX_TEST_KUBECONFIG. There, tests that run pods need FOX_TEST_IMAGE: an image with `node` on its PATH, by
// a reference that the cluster can pull.
import { randomBytes, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import { parse } from 'yaml';
import { loadCertificate } from '../../../src/embedded/api/certificate.ts';
import { createDefaultNamespaces } from '../../../src/embedded/api/default-namespaces.ts';
import { startGarbageCollector } from '../../../src/embedded/api/garbage-collector.ts';
import { renderKubeconfig } from '../../../src/embedded/api/kubeconfig.ts';
import type { PodLogs } from '../../../src/embedded/api/pod-logs.ts';
import { startApiServer } from '../../../src/embedded/api/server.ts';
import { startControllers } from '../../../src/embedded/controllers/start-controllers.ts';
import { PortAllocator } from '../../../src/embedded/runtime/port-allocator.ts';
import { ProcessRuntime } from '../../../src/embedded/runtime/process-runtime.ts';
import { openStore } from '../../../src/embedded/store/lmdb-store.ts';
import type { ObjectStore } from '../../../src/embedded/store/object-store.ts';
import { writeProgram } from '../../unit/embedded/image-fixture.ts';

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
  readonly kubeconfig: string;
  /** An image with `node`; undefined where none is given. */
  readonly image: string | undefined;
  readonly close: () => Promise<void>;
}

/** Path of the kubeconfig of the real cluster to test; undefined: the embedded one is tested. */
const given = process.env['FOX_TEST_KUBECONFIG'] === '' ? undefined : process.env['FOX_TEST_KUBECONFIG'];
const givenImage = process.env['FOX_TEST_IMAGE'] === '' ? undefined : process.env['FOX_TEST_IMAGE'];

/** Whether the cluster under test can run pods. */
export const runsPods = given === undefined || givenImage !== undefined;
if (!runsPods) process.stderr.write('skipped: tests that run pods (FOX_TEST_IMAGE names no image)\n');

/** The cluster of FOX_TEST_KUBECONFIG, or an embedded one in a directory of its own. */
export async function openTestCluster(): Promise<TestCluster> {
  if (given === undefined) return openWholeCluster();
  const kubeconfig = await readFile(given, 'utf8');
  const client = new ApiClient(credentialsOf(kubeconfig));
  return { client, kubeconfig, image: givenImage, close: async () => client.close() };
}

/** An embedded cluster with everything but a daemon: its pods run. */
async function openWholeCluster(): Promise<TestCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
  const images = join(directory, 'images');
  const image = await writeProgram(images, '');
  const reported: unknown[] = [];
  const report = (error: unknown) => void reported.push(error);
  let runtime: ProcessRuntime | undefined;
  let stopControllers: (() => Promise<void>) | undefined;
  const cluster = await openEmbedded(async (store) => {
    runtime = new ProcessRuntime({
      store,
      home: directory,
      images,
      ports: new PortAllocator(),
      environment: process.env,
      callPortPatience: 0,
      report,
    });
    await runtime.prepare();
    stopControllers = await startControllers(store, report);
    runtime.start();
    return runtime.logs;
  });
  const close = async () => {
    await runtime?.stop(2000);
    await stopControllers?.();
    await cluster.close();
    await rm(directory, { recursive: true, force: true });
    if (reported.length > 0) throw new AggregateError(reported, 'the cluster had bugs while it was tested');
  };
  return { ...cluster, image, close };
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
  /** As {@link client}. */
  readonly cluster: () => TestCluster;
  /** A name that nothing has yet. */
  readonly newName: () => string;
}

/** Opens the cluster under test and makes a namespace, and removes it after the file's tests. */
export function testNamespace(): TestNamespace {
  const namespace = `fox-test-${randomBytes(4).toString('hex')}`;
  const opening = openTestCluster();
  let cluster: TestCluster | undefined;
  beforeAll(async () => {
    cluster = await opening;
    const { client } = cluster;
    const { status } = await client.post('/api/v1/namespaces', { metadata: { name: namespace } });
    if (status !== 201) throw new Error(`the cluster made no namespace: ${status}`);
  });
  afterAll(async () => {
    await cluster?.client.delete(`/api/v1/namespaces/${namespace}`);
    await (await opening).close();
  });
  const opened = () => {
    if (cluster === undefined) throw new Error('the tests have not begun');
    return cluster;
  };
  return {
    namespace,
    core: `/api/v1/namespaces/${namespace}`,
    apps: `/apis/apps/v1/namespaces/${namespace}`,
    coordination: `/apis/coordination.k8s.io/v1/namespaces/${namespace}`,
    client: () => opened().client,
    cluster: opened,
    newName: () => `t${randomBytes(5).toString('hex')}`,
  };
}

/** An embedded cluster's API, by itself or with what `start` puts beside it. */
export async function openEmbedded(
  start: (store: ObjectStore) => Promise<PodLogs | undefined> = async () => undefined,
): Promise<Omit<TestCluster, 'image'> & { readonly store: ObjectStore }> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
  const store = await openUsedStore(join(directory, 'store'));
  const certificate = await loadCertificate(join(directory, 'tls.pem'));
  const token = randomUUID();
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const logs = await start(store);
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

/** A store that was used before: it has forgotten what happened then. */
async function openUsedStore(directory: string): Promise<ObjectStore> {
  const before = openStore(directory);
  await createDefaultNamespaces(before);
  await before.close();
  return openStore(directory);
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

/** A program for pods of an image with `node`: serves what it was started with, and says so. */
const program = `
const { PORT = '8080', GREETING = 'hello' } = process.env;
console.log(GREETING + ' is served');
require('node:http').createServer((request, response) => response.end(GREETING)).listen(Number(PORT));
process.on('SIGTERM', () => process.exit(0));
`;

/** A Deployment whose pods run and become ready on any cluster. */
export function runningDeployment(name: string, image: string, replicas = 1, greeting = 'hello'): Json {
  const sample = deployment(name);
  sample.spec.replicas = replicas;
  sample.spec.template.spec = {
    terminationGracePeriodSeconds: 2,
    enableServiceLinks: false,
    containers: [
      {
        name: 'main',
        image,
        command: ['node', '-e', program],
        env: [{ name: 'GREETING', value: greeting }],
        ports: [{ name: 'http', containerPort: 8080 }],
        readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
      },
    ],
  };
  return sample;
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
    await pause(20);
  }
}

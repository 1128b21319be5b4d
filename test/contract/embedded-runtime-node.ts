// A node of the embedded cluster in this process, with a store and images of its own, as tests need it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deleteObject } from '../../src/embedded/api/deletion.ts';
import type { Container, ContainerStatus, Pod, PodSpec } from '../../src/embedded/runtime/pod.ts';
import { isReady } from '../../src/embedded/runtime/pod.ts';
import { PortAllocator } from '../../src/embedded/runtime/port-allocator.ts';
import { ProcessRuntime } from '../../src/embedded/runtime/process-runtime.ts';
import { openStore } from '../../src/embedded/store/lmdb-store.ts';
import type { ObjectStore } from '../../src/embedded/store/object-store.ts';
import { eventually } from '../unit/embedded/eventually.ts';
import { writeProgram } from '../unit/embedded/image-fixture.ts';

/** How a pod differs from one that runs `node server.js` once, for ever. */
export interface PodSample {
  readonly name?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly container?: Partial<Container>;
  readonly spec?: Partial<PodSpec>;
}

/** A store, a runtime, and what it takes to try them. */
export class TestNode {
  readonly dir: string;
  readonly store: ObjectStore;
  readonly errors: unknown[] = [];
  #runtime: ProcessRuntime;
  readonly #patience: number;

  private constructor(dir: string, patience: number) {
    this.dir = dir;
    this.#patience = patience;
    this.store = openStore(join(dir, 'store'));
    this.#runtime = this.#newRuntime();
  }

  /** @param callPortPatience how long pods wait for the router, in ms. */
  static async start(callPortPatience = 0): Promise<TestNode> {
    const node = new TestNode(await mkdtemp(join(tmpdir(), 'fox-node-')), callPortPatience);
    await node.#runtime.prepare();
    node.#runtime.start();
    return node;
  }

  get logs() {
    return this.#runtime.logs;
  }

  /** Ends everything and removes it. */
  async end(): Promise<void> {
    await this.#runtime.stop(500);
    await this.store.close();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Stops the runtime as the daemon does when it ends. */
  stop(milliseconds = 5000): Promise<void> {
    return this.#runtime.stop(milliseconds);
  }

  /** Starts another runtime after {@link stop}, as the next daemon does. */
  async startAgain(): Promise<void> {
    this.#runtime = this.#newRuntime();
    await this.#runtime.prepare();
    this.#runtime.start();
  }

  /** Directory of an image's layout. */
  get images(): string {
    return join(this.dir, 'images');
  }

  /** Makes a pod that runs a program, or the image that its container names. */
  async run(
    source: string,
    { name = 'web', labels = {}, annotations = {}, container = {}, spec = {} }: PodSample = {},
  ): Promise<Pod> {
    const image = container.image ?? (await writeProgram(this.images, source));
    const metadata = {
      name,
      namespace: 'default',
      uid: '',
      resourceVersion: '',
      creationTimestamp: '',
      labels,
      annotations,
    };
    const containers = [{ name: 'main', command: ['node', 'server.js'], ...container, image }];
    const created = await this.store.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { containers, ...spec },
    });
    return created as Pod;
  }

  pod(name = 'web'): Pod | undefined {
    return this.store.get('pods', 'default', name) as Pod | undefined;
  }

  status(name = 'web'): ContainerStatus | undefined {
    return this.pod(name)?.status?.containerStatuses?.[0];
  }

  /** Resolves to the pod as soon as `what` holds for it. */
  see(what: (pod: Pod, status: ContainerStatus | undefined) => boolean, name = 'web'): Promise<Pod> {
    return eventually(
      () => {
        const pod = this.pod(name);
        return pod !== undefined && what(pod, this.status(name)) && pod;
      },
      () => this.pod(name),
    );
  }

  seeReady(name = 'web'): Promise<Pod> {
    return this.see(isReady, name);
  }

  gone(name = 'web'): Promise<boolean> {
    return eventually(
      () => this.pod(name) === undefined,
      () => this.pod(name),
    );
  }

  async delete(name = 'web', gracePeriodSeconds?: number): Promise<void> {
    await deleteObject(
      this.store,
      'pods',
      'default',
      name,
      gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds },
    );
  }

  /** Asks a pod's process by HTTP. */
  async ask(path = '/', name = 'web'): Promise<string> {
    const port = this.pod(name)?.metadata.annotations?.['kubefox.io/port'];
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
    return response.text();
  }

  /** Reads a pod's log. */
  async log(
    options: { readonly previous?: boolean; readonly tailLines?: number } = {},
    name = 'web',
  ): Promise<string> {
    const { signal } = new AbortController();
    const wanted = { follow: false, previous: false, timestamps: false, ...options };
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.logs.read(this.pod(name)?.metadata.uid ?? '', wanted, signal))
      chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks).toString();
  }

  /** `reason: message` of the events about a pod. */
  events(name = 'web'): string[] {
    const about = this.store
      .list('events', 'default')
      .items.filter((event) => (event['involvedObject'] as { name?: string } | undefined)?.name === name);
    return about.map(({ reason, message }) => `${String(reason)}: ${String(message)}`);
  }

  #newRuntime(): ProcessRuntime {
    return new ProcessRuntime({
      store: this.store,
      home: this.dir,
      images: this.images,
      ports: new PortAllocator(),
      environment: process.env,
      callPortPatience: this.#patience,
      report: (error) => this.errors.push(error),
    });
  }
}

/** pid of a pod's process. */
export function pidOf(status: ContainerStatus | undefined): number {
  return Number(status?.containerID?.replace('process://', ''));
}

/** A server that says its environment at `/` and ends with `/exit?code`. */
export const server = `
const http = require('node:http');
console.log('starting on ' + process.env.PORT);
http.createServer((request, response) => {
  const { pathname, search } = new URL(request.url, 'http://x');
  if (pathname === '/exit') process.exit(Number(search.slice(1)));
  if (pathname === '/say') console.log(decodeURIComponent(search.slice(1)));
  response.end(JSON.stringify({ env: process.env, cwd: process.cwd(), args: process.argv.slice(2) }));
}).listen(Number(process.env.PORT));
process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });
`;

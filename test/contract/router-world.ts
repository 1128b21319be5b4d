// A namespace with components that really serve HTTP, and a router that serves it.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Agent, request } from 'undici';
import { annotation, kind, label, managedBy, objectName } from '../../src/core/labels.ts';
import { epochKey, release } from '../../src/core/release.ts';
import type { VariableValue } from '../../src/core/version/app.ts';
import type { Environment } from '../../src/core/environments/environment.ts';
import type { EnvironmentDefinition } from '../../src/core/environments/environment-definition.ts';
import { environmentObject } from '../../src/cluster/objects/environment-object.ts';
import { settingsObject } from '../../src/cluster/routers/settings-object.ts';
import { defaultRouterSettings, type RouterSettings } from '../../src/core/routing/router-settings.ts';
import { configurationObject } from '../../src/cluster/objects/configuration-object.ts';
import { encodeManifest, type VersionManifest } from '../../src/core/version/manifest.ts';
import { workloadsOf } from '../../src/core/version/workload.ts';
import { type Router, startRouter } from '../../src/router/start-router.ts';
import type { Patience } from '../../src/router/patience.ts';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { FakeKubernetes, type FakeObject } from './router-fake-kubernetes.ts';

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Waits until a condition holds; the deadline is for failures only. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A free loopback port. */
export async function freePort(): Promise<number> {
  const server = createNetServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A component's process, as far as HTTP can tell. */
export interface RunningPod {
  readonly name: string;
  readonly port: number;
  readonly server: Server;
  /** Requests that it has got. */
  readonly seen: IncomingMessage[];
  /** By callee, the port by which this workload calls it. */
  readonly callPorts: Readonly<Record<string, number>>;
}

/** What is started for a test, and ended after it. */
export class World {
  readonly api = new FakeKubernetes();
  readonly log: string[] = [];
  /** What was written of requests, as it was written. */
  accessLog = '';
  #dispatcher = new Agent({ keepAliveTimeout: 1_000 });
  readonly #ending: (() => Promise<unknown>)[] = [];
  #epoch = 0;
  #podCount = 0;
  readonly #callPorts = new Map<string, number>();
  directory = '';
  router: Router | undefined;

  static async create(): Promise<World> {
    const world = new World();
    world.directory = await mkdtemp(join(tmpdir(), 'fox-router-'));
    world.onEnd(async () => rm(world.directory, { recursive: true, force: true }));
    await world.api.start();
    world.onEnd(async () => world.api.stop());
    world.onEnd(async () => world.#dispatcher.destroy());
    return world;
  }

  onEnd(action: () => Promise<unknown>): void {
    this.#ending.unshift(action);
  }

  async end(): Promise<void> {
    for (const action of this.#ending.splice(0)) await action();
  }

  /** Closes the connections of its own requests. */
  async endConnections(): Promise<void> {
    const used = this.#dispatcher;
    this.#dispatcher = new Agent({ keepAliveTimeout: 1_000 });
    await used.destroy();
  }

  async writeKubeconfig(): Promise<string> {
    const path = join(this.directory, 'kubeconfig');
    await writeFile(path, this.api.kubeconfig);
    return path;
  }

  /** A released component with this listener, and the router in front of it. */
  async serve(listener: RequestListener): Promise<RunningPod> {
    this.putEnvironment('dev', {}, true);
    const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } });
    const pod = await this.runPod(manifest, 'dev', 'ui', listener);
    this.putVersion(manifest, ['dev']);
    this.putReleases({ 'dev.shop': 'v1' });
    await this.startRouter();
    return pod;
  }

  /** Starts a router in this process and waits until it is ready. */
  async startRouter(patience: Partial<Patience> = {}): Promise<Router> {
    const router = await this.startUnreadyRouter(patience);
    await router.ready;
    return router;
  }

  async startUnreadyRouter(patience: Partial<Patience> = {}): Promise<Router> {
    const kubeconfig = await this.writeKubeconfig();
    const edge = { host: '127.0.0.1', port: 0 };
    const log = (level: string, event: string, fields = {}) =>
      this.log.push(JSON.stringify({ level, event, ...fields }));
    const router = await startRouter({
      kubeconfig,
      namespace: 'default',
      id: 'test',
      version: '1.2.3',
      edge,
      log,
      accessLog: {
        write: (lines, done) => {
          this.accessLog += lines;
          done?.();
          return true;
        },
        writableLength: 0,
      },
      patience,
    });
    this.router = router;
    this.onEnd(async () => router.stop());
    return router;
  }

  putEnvironment(name: string, vars: Record<string, VariableValue> = {}, isDefault = false): void {
    this.putDefinition({ name, vars }, isDefault);
  }

  putDefinition(definition: EnvironmentDefinition, isDefault = false): void {
    this.api.put('configmaps', environmentObject(definition, isDefault) as unknown as FakeObject);
  }

  /** The line of a request in the access log, once it is there. */
  async logged(requestId: string): Promise<Readonly<Record<string, unknown>>> {
    return until(`request ${requestId} is logged`, () => {
      const line = this.accessLog.split('\n').find((each) => each.includes(`"requestId":"${requestId}"`));
      return line === undefined ? undefined : (JSON.parse(line) as Record<string, unknown>);
    });
  }

  /** What the routers go by. */
  putSettings(settings: Partial<RouterSettings>): void {
    const object = settingsObject({ ...defaultRouterSettings, ...settings });
    this.api.put('configmaps', object as unknown as FakeObject);
  }

  /** What a release of an app holds on to. @returns its name. */
  putConfiguration(app: string, revision: number, environment: Environment): string {
    const object = configurationObject(app, revision, environment) as unknown as FakeObject;
    this.api.put('configmaps', object);
    return object.metadata.name;
  }

  putVersion(manifest: VersionManifest, runsIn: readonly string[]): void {
    this.api.put('configmaps', {
      metadata: {
        name: objectName.version(manifest.app, manifest.version),
        labels: {
          [label.managedBy]: managedBy,
          [label.kind]: kind.version,
          [label.app]: manifest.app,
          [label.version]: manifest.version,
        },
        annotations: { [annotation.runsIn]: runsIn.join(',') },
      },
      binaryData: { manifest: encodeManifest(manifest) },
    });
  }

  /** Writes the release ConfigMap; keys are `environment.app`. `damage` stands in place of records. @returns its epoch. */
  putReleases(
    versions: Readonly<Record<string, string | { version: string; config: string }>>,
    damage: Readonly<Record<string, string>> = {},
  ): number {
    this.#epoch += 1;
    const asked = { id: String(this.#epoch), by: 'tester', reason: '', at: '2026-01-01T00:00:00Z' };
    const records = Object.entries(versions).map(([key, version]): [string, string] => [
      key,
      JSON.stringify(
        release(
          undefined,
          { ...(typeof version === 'string' ? { version } : version), manifestDigest: '0'.repeat(64) },
          asked,
        ),
      ),
    ]);
    this.api.put('configmaps', {
      metadata: {
        name: objectName.releases,
        labels: { [label.managedBy]: managedBy, [label.kind]: kind.releases },
      },
      data: { ...Object.fromEntries(records), ...damage, [epochKey]: String(this.#epoch) },
    });
    return this.#epoch;
  }

  /** Starts what a version needs in an environment, as far as it doesn't run yet, and notes it as ready pods. */
  async runVersion(
    manifest: VersionManifest,
    environment: string,
    listeners: Readonly<Record<string, RequestListener>> = {},
  ): Promise<Map<string, RunningPod>> {
    const pods = new Map<string, RunningPod>();
    for (const component of Object.keys(manifest.components)) {
      const listener =
        listeners[component] ?? ((_, response) => response.end(`${component} of ${manifest.version}`));
      pods.set(component, await this.runPod(manifest, environment, component, listener));
    }
    return pods;
  }

  /** Starts a pod of a component. */
  async runPod(
    manifest: VersionManifest,
    environment: string,
    component: string,
    listener: RequestListener,
    isReady = true,
    inForce: Omit<Environment, 'name'> = { vars: {} },
  ): Promise<RunningPod> {
    const seen: IncomingMessage[] = [];
    const server = createServer((incoming, response) => {
      seen.push(incoming);
      listener(incoming, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.onEnd(async () => closeServer(server));
    const { port } = server.address() as AddressInfo;
    const workload = workloadsOf(manifest, { name: environment, ...inForce }).get(component);
    if (workload === undefined) throw new Error(`no component ${component}`);
    const callPorts: Record<string, number> = {};
    for (const callee of workload.definition.template.calls) {
      const key = `${workload.hash} ${callee}`;
      const callPort = this.#callPorts.get(key) ?? (await freePort());
      this.#callPorts.set(key, callPort);
      callPorts[callee] = callPort;
    }
    const pod = { name: `${component}-${(this.#podCount += 1)}`, port, server, seen, callPorts };
    this.putPod(pod, { app: manifest.app, component, hash: workload.hash }, isReady);
    return pod;
  }

  putPod(
    { name, port, callPorts }: Pick<RunningPod, 'name' | 'port' | 'callPorts'>,
    workload: { app: string; component: string; hash: string },
    isReady = true,
  ): void {
    this.api.put('pods', {
      metadata: {
        name,
        labels: {
          [label.app]: workload.app,
          [label.component]: workload.component,
          [label.hash]: workload.hash.slice(0, 40),
        },
        annotations: { [annotation.port]: String(port), [annotation.callPorts]: JSON.stringify(callPorts) },
      },
      status: {
        podIP: '127.0.0.1',
        phase: 'Running',
        conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
      },
    });
  }

  /** Marks a pod as ready or not, or as going. */
  changePod(name: string, change: { isReady?: boolean; isGoing?: boolean }): void {
    const pod = this.api.get('pods', name);
    if (pod === undefined) throw new Error(`no pod ${name}`);
    const going = change.isGoing === true ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {};
    const status = {
      ...(pod['status'] as object),
      conditions: [{ type: 'Ready', status: change.isReady === true ? 'True' : 'False' }],
    };
    this.api.put('pods', { ...pod, metadata: { ...pod.metadata, ...going }, status });
  }

  /** Requests something of the edge. */
  async get(
    path: string,
    headers: Record<string, string> = {},
    base = this.router?.url ?? '',
  ): Promise<Answer> {
    return this.send('GET', path, { headers, base });
  }

  async send(
    method: 'GET' | 'POST' | 'PUT' | 'HEAD' | 'DELETE' | 'OPTIONS',
    path: string,
    {
      headers = {},
      base = this.router?.url ?? '',
      body,
    }: { headers?: Record<string, string>; base?: string; body?: string | Buffer } = {},
  ): Promise<Answer> {
    const answer = await request(base + path, {
      method,
      headers,
      dispatcher: this.#dispatcher,
      ...(body === undefined ? {} : { body }),
    });
    return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
  }

  /** Whether a router's Lease says that nobody holds it. */
  isGivenUp(id = 'test'): boolean {
    const spec = this.api.get('leases', objectName.routerLease(id))?.['spec'];
    return (spec as { holderIdentity?: string } | undefined)?.holderIdentity === '';
  }

  /** The epoch that the router's Lease tells. */
  acknowledged(): number | undefined {
    const lease = this.api.get('leases', objectName.routerLease('test'));
    const epoch = lease?.metadata.annotations?.[annotation.epoch];
    return epoch === undefined ? undefined : Number(epoch);
  }
}

export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

/** A listener that answers with what it got. */
export function echo(name: string): RequestListener {
  return (incoming, response) => {
    void reflect(name, incoming, response);
  };
}

async function reflect(name: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(incoming);
  const { method, url, headers, rawHeaders } = incoming;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ name, method, url, headers, rawHeaders, body }));
}

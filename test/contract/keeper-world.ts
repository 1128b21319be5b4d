// A namespace with an app in several virtual environments, for tests of how these end; its workloads have no pods.
import type { V1ConfigMap, V1Deployment, V1Lease, V1Secret } from '@kubernetes/client-node';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import type { ApiRequest, Transport } from '../../src/cluster/api/transport.ts';
import { Namespace, type NamespaceState } from '../../src/cluster/namespace.ts';
import { configurationObject } from '../../src/cluster/objects/configuration-object.ts';
import type { VariableDeclaration } from '../../src/core/version/app.ts';
import { configurationFor } from '../../src/core/environments/configuration.ts';
import type { EnvironmentDefinition } from '../../src/core/environments/environment-definition.ts';
import { FoxError } from '../../src/core/errors.ts';
import { annotation, objectName } from '../../src/core/labels.ts';
import { manifestDigest } from '../../src/core/version/manifest.ts';
import { release, releaseKey } from '../../src/core/release.ts';
import { workloadsOf } from '../../src/core/version/workload.ts';
import { keeperObjects } from '../../src/cluster/keeper/keeper-objects.ts';
import type { Level } from '../../src/keeper/log.ts';
import { type Keeper, startKeeper } from '../../src/keeper/start-keeper.ts';
import { manifestOf } from '../unit/core/version/identity-fixture.ts';
import { eventually } from '../unit/embedded/eventually.ts';
import { ApplyingCluster } from './applying-cluster.ts';

/** Long ago. */
export const past = '2020-01-01T00:00:00Z';

const env: Record<string, VariableDeclaration> = {
  COLOR: { type: 'string', required: false, default: 'red' },
};
const v1 = manifestOf('v1', { web: { env, replicas: 0 }, api: { replicas: 0 } });
const v2 = manifestOf('v2', { web: { env, source: '2', replicas: 0 }, api: { replicas: 0 } });

/** What the way to the cluster is like. */
export interface Weather {
  /** Requests get no answer, and aren't heard. */
  dead?: boolean;
  /** Requests fail. */
  away?: boolean;
  /** The server's clock is ahead by so many ms. */
  ahead?: number;
  /** Called before each write; what it throws, or never settles, comes instead of the write. */
  beforeWrite?: (request: ApiRequest) => void | Promise<void>;
}

/** A line of a keeper's log. */
export interface Line {
  readonly level: Level;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A keeper, what it has said, and its way to the cluster. */
export interface WorldKeeper {
  readonly keeper: Keeper;
  readonly lines: Line[];
  readonly weather: Weather;
  /** Waits for an event in its log, for the first or a later time. */
  readonly said: (event: string, times?: number) => Promise<Line>;
}

/** The namespace. */
export class KeeperWorld {
  readonly cluster: ApplyingCluster;
  readonly namespace: Namespace;
  readonly #keepers: WorldKeeper[] = [];

  private constructor(cluster: ApplyingCluster) {
    this.cluster = cluster;
    this.namespace = new Namespace(cluster.client, 'kubernetes', imageOf);
  }

  /** `dev` is the default environment: v1 runs and is released there. */
  static async open(): Promise<KeeperWorld> {
    const world = new KeeperWorld(await ApplyingCluster.open());
    await world.namespace.createEnvironment({ name: 'dev', vars: {} }, true);
    await world.namespace.writeVersion(v1, ['dev']);
    await world.run('dev', v1, 'red');
    await world.release('dev', 'v1', 1);
    return world;
  }

  /** Ends keepers, and the namespace. */
  async end(): Promise<void> {
    for (const { keeper, weather } of this.#keepers) {
      weather.away = false;
      // The dead don't hear it.
      if (weather.dead === true) void keeper.stop();
      else await keeper.stop();
    }
    await this.cluster.end();
  }

  async environment(name: string, more: Partial<EnvironmentDefinition> = {}): Promise<void> {
    await this.namespace.createEnvironment({ name, vars: {}, ...more }, false);
  }

  /**
   * An environment with everything that one can have: v1 runs there with a `web` of its own, v2 runs only there, and was
   * released there with what it holds on to, after v1. A Secret keeps values.
   */
  async fullEnvironment(name: string, more: Partial<EnvironmentDefinition> = {}): Promise<void> {
    const environment = { name, vars: { COLOR: 'blue' } };
    await this.environment(name, { ...more, vars: environment.vars });
    const known = await this.#version('v1');
    await this.namespace.addRunsIn(known, name);
    await this.run(name, v1, 'blue');
    await this.namespace.writeVersion(v2, [name]);
    const held = configurationFor(v2, { name, vars: { COLOR: 'gold' } });
    await this.cluster.client.create('configmaps', configurationObject('shop', 2, held));
    await this.run(name, v2, 'gold');
    await this.release(name, 'v2', 2, objectName.configuration('shop', name, 2));
    const secret: V1Secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: objectName.environment(name),
        labels: {
          'app.kubernetes.io/managed-by': 'fox',
          'kubefox.io/kind': 'environment',
          'kubefox.io/environment': name,
        },
      },
      stringData: { 'KEY.0123456789abcdef': 'a value' },
    };
    const { metadata } = await this.cluster.client.create('secrets', secret);
    await this.cluster.client.patch('configmaps', objectName.environment(name), {
      metadata: { annotations: { [annotation.secret]: metadata?.uid } },
    });
  }

  /** Makes the workloads of a version for a COLOR; those that are there stay. */
  async run(environment: string, manifest: typeof v1, color: string): Promise<void> {
    const origin = { version: manifest.version, commit: manifest.commit };
    const workloads = workloadsOf(manifest, { name: environment, vars: { COLOR: color } });
    for (const workload of workloads.values()) await this.namespace.createWorkload(workload, origin);
  }

  async release(environment: string, version: string, revision: number, config?: string): Promise<void> {
    const manifest = version === 'v1' ? v1 : v2;
    const target = {
      version,
      manifestDigest: manifestDigest(manifest),
      ...(config === undefined ? {} : { config }),
    };
    const request = { id: `${environment} ${revision}`, by: 'jane@laptop', reason: 'test', at: past };
    const record = { ...release(undefined, target, request), revision };
    await this.namespace.updateReleases(() => ({
      [releaseKey(environment, 'shop')]: JSON.stringify(record),
    }));
    await this.namespace.keepHistory('shop', environment, {
      ...record,
      id: `before ${revision}`,
      revision: 0,
    });
  }

  /** Starts a keeper, with a way to the cluster of its own. */
  keep(id: string, weather: Weather = {}, send: Transport = this.cluster.send): WorldKeeper {
    const lines: Line[] = [];
    const keeper = startKeeper({
      namespace: this.through(weather, send),
      id,
      version: '1.2.3',
      log: (level, event, fields = {}) => void lines.push({ level, event, fields }),
    });
    const said = async (event: string, times = 1) =>
      eventually(
        () => lines.filter((line) => line.event === event)[times - 1],
        () => lines,
        25_000,
      );
    const started = { keeper, lines, weather, said };
    this.#keepers.push(started);
    return started;
  }

  /** The namespace by another way. */
  through(weather: Weather, send: Transport = this.cluster.send): Namespace {
    const weathered: Transport = async (request) => {
      if (weather.dead === true) return new Promise(() => undefined);
      if (weather.away === true) throw new FoxError('CLUSTER_UNREACHABLE', 'away');
      if (request.method !== 'GET') await weather.beforeWrite?.(request);
      const response = await send(request);
      return { ...response, date: Date.now() + (weather.ahead ?? 0) };
    };
    return new Namespace(new ApiClient(weathered, this.cluster.client.namespace), 'kubernetes', imageOf);
  }

  /** Has somebody change what an environment says. */
  async say(name: string, more: Partial<EnvironmentDefinition>): Promise<void> {
    const definition = (await this.#environment(name)) ?? { name, vars: {} };
    await this.cluster.client.patch('configmaps', objectName.environment(name), {
      data: { environment: JSON.stringify({ ...definition, ...more }) },
    });
  }

  /** Names of environments. */
  async environments(): Promise<string[]> {
    const { environments } = await this.namespace.observe();
    return environments.map(({ definition }) => definition.name).toSorted();
  }

  async gone(name: string): Promise<void> {
    const look = async () => !(await this.environments()).includes(name);
    await eventually(look, () => this.#keepers.map(({ lines }) => lines), 25_000);
  }

  /** All that fox has in the namespace but Leases: `<collection>/<name>`; Deployments with their uid. */
  async inventory(): Promise<string[]> {
    const { client } = this.cluster;
    const selection = { labelSelector: 'app.kubernetes.io/managed-by=fox' };
    const [configMaps, secrets, deployments] = await Promise.all([
      client.list<V1ConfigMap>('configmaps', selection),
      client.list<V1Secret>('secrets', selection),
      client.list<V1Deployment>('deployments', selection),
    ]);
    return [
      ...configMaps.items.map(({ metadata }) => `configmap/${metadata?.name}`),
      ...secrets.items.map(({ metadata }) => `secret/${metadata?.name}`),
      ...deployments.items.map(({ metadata }) => `deployment/${metadata?.name} ${metadata?.uid}`),
    ].toSorted();
  }

  /** What matters of the state: who runs where, and what is released. */
  async story(): Promise<object> {
    const state: NamespaceState = await this.namespace.observe();
    return {
      runsIn: Object.fromEntries(state.versions.map(({ name, runsIn }) => [name, [...runsIn]])),
      released: [...state.releases.records].map(([environment, apps]) => [
        environment,
        ...[...apps.values()].map(({ version }) => version),
      ]),
    };
  }

  async leaseHolder(): Promise<string | undefined> {
    const lease = await this.cluster.client.get<V1Lease>('leases', objectName.keeper);
    return lease?.spec?.holderIdentity;
  }

  /** Applies the keeper's rights, but not its pod. */
  async grantRights(): Promise<void> {
    const { client } = this.cluster;
    const image = { name: 'none', pullSecrets: [] };
    const resources = {
      ServiceAccount: 'serviceaccounts',
      Role: 'roles',
      RoleBinding: 'rolebindings',
    } as const;
    for (const object of keeperObjects({ namespace: client.namespace, foxVersion: '1.2.3', image })) {
      const resource = Object.entries(resources).find(([kind]) => kind === object.kind)?.[1];
      if (resource !== undefined) await client.apply(resource, object);
    }
  }

  async #environment(name: string): Promise<EnvironmentDefinition | undefined> {
    const { environments } = await this.namespace.observe();
    return environments.find(({ definition }) => definition.name === name)?.definition;
  }

  async #version(name: string) {
    const { versions } = await this.namespace.observe();
    const found = versions.find((version) => version.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  }
}

function imageOf() {
  return { image: 'registry.example.com/shop:1' };
}

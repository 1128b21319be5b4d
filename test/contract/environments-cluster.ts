// An API in this process with a router that serves whatever it is told, and Deployments that are ready at once or never:
// for changes of virtual environments that are interrupted, raced or refused.
import type { V1ConfigMap, V1Deployment, V1Secret } from '@kubernetes/client-node';
import {
  type ChangeOptions,
  changeEnvironments,
  type MakeChange,
} from '../../src/actions/environments/change/change-environments.ts';
import type { ActionContext } from '../../src/actions/context.ts';
import type { EnvironmentChangeResult } from '../../src/actions/environments/change/change-result.ts';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import type { ApiRequest, Transport } from '../../src/cluster/api/transport.ts';
import { Namespace, type NamespaceState } from '../../src/cluster/namespace.ts';
import { definitionIn } from '../../src/cluster/objects/environment-object.ts';
import type { EnvironmentDefinition } from '../../src/core/environments/environment-definition.ts';
import type { FoxEvent } from '../../src/core/events.ts';
import { annotation, kind, label, managedBy, objectName } from '../../src/core/labels.ts';
import type { VersionManifest } from '../../src/core/version/manifest.ts';
import { releaseKey } from '../../src/core/release.ts';
import { wantedWorkloads } from '../../src/core/plan/wanted.ts';
import { environmentsByName } from '../../src/actions/environments/known/known-environments.ts';
import { recordOf } from '../unit/actions/namespace-fixture.ts';
import { ApplyingCluster } from './applying-cluster.ts';

const root = '/apis/apps/v1/namespaces/default/deployments';

/** Something that happens beside a request; it may throw to break it off. */
export type Beside = (request: ApiRequest) => Promise<void> | void;

/** A namespace in which versions run. */
export class EnvironmentsCluster {
  readonly client: ApiClient;
  readonly events: FoxEvent[] = [];
  /** Deployments that never become ready, by the name of their component. */
  readonly broken = new Set<string>();
  readonly #cluster: ApplyingCluster;

  private constructor(cluster: ApplyingCluster) {
    this.#cluster = cluster;
    this.client = cluster.client;
  }

  static async open(): Promise<EnvironmentsCluster> {
    const cluster = new EnvironmentsCluster(await ApplyingCluster.openHere());
    await cluster.#startRouter();
    return cluster;
  }

  async end(): Promise<void> {
    await this.#cluster.end();
  }

  /** fox's verbs, as a command has them. @param before what happens before a request is sent. @param after before its answer arrives. */
  namespace({ before, after }: { before?: Beside; after?: Beside } = {}): Namespace {
    const send: Transport = async (request) => {
      await before?.(request);
      // An API in this process doesn't see that nobody listens any more.
      request.signal?.throwIfAborted();
      const response = await this.#cluster.send(request);
      if (request.method === 'POST' && request.path.startsWith(root)) await this.#makeReady(request);
      await after?.(request);
      return response;
    };
    const client = new ApiClient(send, 'default');
    return new Namespace(client, 'kubernetes', () => ({ image: 'registry.test/shop:1' }));
  }

  /** Runs a version in environments that exist. */
  async deploy(manifest: VersionManifest, ...runsIn: readonly string[]): Promise<void> {
    const namespace = this.namespace();
    const known = environmentsByName(await namespace.observe());
    for (const { workload } of wantedWorkloads([{ manifest, runsIn }], known).values())
      await namespace.createWorkload(workload, { version: manifest.version, commit: manifest.commit });
    await namespace.writeVersion(manifest, runsIn);
  }

  /** Points plain traffic at a version. */
  async release(app: string, version: string, environment: string): Promise<void> {
    const record = recordOf(version);
    await this.namespace().updateReleases(() => ({ [releaseKey(environment, app)]: JSON.stringify(record) }));
  }

  /** The epoch that the router serves from now on. */
  async routerServes(epoch: number): Promise<void> {
    const annotations = { [annotation.epoch]: String(epoch) };
    await this.client.patch('leases', objectName.routerLease('test'), { metadata: { annotations } });
  }

  /** Makes environments, without any check. */
  async define(...definitions: readonly EnvironmentDefinition[]): Promise<void> {
    for (const definition of definitions) await this.namespace().createEnvironment(definition, false);
  }

  /** Changes environments as a command does. */
  async change(
    change: MakeChange,
    namespace: Namespace = this.namespace(),
    options: Partial<ChangeOptions & Pick<ActionContext, 'user'>> = {},
  ): Promise<EnvironmentChangeResult> {
    const all = { kind: 'env set', what: 'env set', defaultEnvironment: 'default', ...options };
    return changeEnvironments(
      { namespace, cluster: { kind: 'embedded' } },
      all,
      this.#context(options.user ?? 'jane@laptop'),
      change,
    );
  }

  observe(): Promise<NamespaceState> {
    return this.namespace().observe();
  }

  /** What an environment says; undefined if there is none. */
  async definition(name: string): Promise<EnvironmentDefinition | string | undefined> {
    const object = await this.client.get<V1ConfigMap>('configmaps', objectName.environment(name));
    return object === undefined ? undefined : definitionIn(object, name);
  }

  /** Names of all workloads. */
  async workloads(): Promise<string[]> {
    const { items } = await this.client.list<V1Deployment>('deployments');
    return items.map(({ metadata }) => metadata?.name ?? '').toSorted();
  }

  /** Keys of the secrets that fox keeps for an environment. */
  async secretKeys(name: string): Promise<string[]> {
    const secret = await this.client.get<V1Secret>('secrets', objectName.environment(name));
    return Object.keys(secret?.data ?? {}).toSorted();
  }

  /** Names of workloads that are wanted and aren't there: of what the environments say at this moment. */
  async lacking(): Promise<string[]> {
    const state = await this.observe();
    const there = new Set(await this.workloads());
    return [...wantedWorkloads(state.versions, environmentsByName(state)).values()]
      .map(({ workload: { app, component, hash } }) => objectName.workload(app, component, hash))
      .filter((name) => !there.has(name));
  }

  /** Others changes an environment, not by fox. */
  async edit(definition: EnvironmentDefinition, manager: string): Promise<void> {
    const path = `/api/v1/namespaces/default/configmaps/${objectName.environment(definition.name)}?fieldManager=${manager}`;
    const data = { environment: JSON.stringify(definition) };
    await this.#cluster.request('PATCH', path, { data }, 'application/merge-patch+json');
  }

  /** A command that was killed can't give its Lease back: as if it had run out. */
  async forgetLease(): Promise<void> {
    await this.client.delete('leases', objectName.writeLease);
  }

  #context(user: string): ActionContext {
    return {
      cwd: '/',
      env: {},
      emit: (event) => void this.events.push(event),
      signal: new AbortController().signal,
      now: () => new Date('2026-01-02T03:04:05Z'),
      newId: () => 'id',
      user,
      installation: '/',
    };
  }

  async #makeReady({ body = '{}' }: ApiRequest): Promise<void> {
    const { metadata = {} } = JSON.parse(body) as V1Deployment;
    if (this.broken.has(metadata.labels?.[label.component] ?? '')) return;
    const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
    const status = { ...counts, observedGeneration: 1 };
    await this.#cluster.request(
      'PATCH',
      `${root}/${metadata.name ?? ''}/status`,
      { status },
      'application/merge-patch+json',
    );
  }

  /** A router that is never behind. */
  async #startRouter(): Promise<void> {
    await this.client.create('leases', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: objectName.routerLease('test'),
        labels: { [label.managedBy]: managedBy, [label.kind]: kind.router },
        annotations: { [annotation.epoch]: '1000000' },
      },
      spec: {
        holderIdentity: 'test',
        leaseDurationSeconds: 3_600,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      },
    });
  }
}

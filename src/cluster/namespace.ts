// One namespace as fox uses it: versions, virtual environments, workloads, pods, releases and history.
import type { V1ConfigMap, V1Deployment, V1Pod, V1Service } from '@kubernetes/client-node';
import type { Environment } from '../core/environments/environment.ts';
import type { EnvironmentDefinition } from '../core/environments/environment-definition.ts';
import { FoxError } from '../core/errors.ts';
import { inParallel } from '../core/in-parallel.ts';
import { annotation, kind, label, managedBy, objectName, shortHash } from '../core/labels.ts';
import type { VersionManifest } from '../core/version/manifest.ts';
import { parseReleases, type ReleaseRecord, type Releases } from '../core/release.ts';
import type { RouterSettings } from '../core/routing/router-settings.ts';
import type { ExistingService, ServicePlan } from '../core/plan/service-plan.ts';
import type { SettledWorkload } from '../core/plan/settings-plan.ts';
import type { Workload } from '../core/version/workload.ts';
import type { ApiClient, ApplyOptions } from './api/api-client.ts';
import { isStatus } from './api/api-error.ts';
import { applyObject } from './api/apply.ts';
import {
  configurationObject,
  heldBy,
  putConfiguration,
  readConfiguration,
  type StoredConfiguration,
} from './objects/configuration-object.ts';
import { environmentObject, readEnvironment, type StoredEnvironment } from './objects/environment-object.ts';
import { keepHistory, readHistory } from './objects/history-object.ts';
import { type PodView, readPod } from './objects/pod-object.ts';
import type { PodImage } from './objects/pod-template.ts';
import { updateReleases } from './objects/releases-object.ts';
import { readService, serviceObject } from './objects/service-object.ts';
import { UnchangedObjects } from './objects/unchanged-objects.ts';
import { readVersion, type StoredVersion, versionObject } from './objects/version-object.ts';
import { createWorkload } from './objects/workload-creation.ts';
import { type DeployedWorkload, type Origin, readWorkload } from './objects/workload-object.ts';
import { applySettings, autoscaledDeployments } from './objects/workload-settings.ts';
import { settingsIn } from './routers/settings-object.ts';
import { SecretVault } from './secrets/vault.ts';

/** How many objects are applied at once. */
const parallelApplies = 16;

const managed = `${label.managedBy}=${managedBy}`;

/** Everything of fox's in a namespace, as of about one moment. */
export interface NamespaceState {
  /** Oldest first. */
  readonly versions: readonly StoredVersion[];
  readonly environments: readonly StoredEnvironment[];
  readonly releases: Releases;
  /** What releases in stable environments hold on to. */
  readonly configurations: readonly StoredConfiguration[];
  readonly workloads: readonly DeployedWorkload[];
  /** All Services, whoever made them; absent where components aren't reached by Services. */
  readonly services?: readonly ExistingService[];
  /** What the routers go by; why that can't be read, as a sentence fragment; absent: nobody has said anything. */
  readonly routerSettings?: RouterSettings | string;
}

/** `embedded` has no Services, no autoscalers and no budgets; it needs none. */
export type ClusterKind = 'embedded' | 'kubernetes';

/** How a cluster gets the image of a workload. */
export interface ImageOf {
  (workload: Workload): PodImage;
}

function embeddedImage({ app, component, definition }: Workload): PodImage {
  return { image: `${app}/${component}@${definition.image}` };
}

/** fox's verbs on a namespace. */
export class Namespace {
  readonly client: ApiClient;
  /** Values of secrets: recognised, kept, and found again for workloads. */
  readonly secrets: SecretVault;
  readonly #isKubernetes: boolean;
  readonly #imageOf: ImageOf;
  /** Commands observe twice or more; what is worked out of hundreds of environments is remembered by the object. */
  readonly #configMaps = new UnchangedObjects<V1ConfigMap>();

  /** @param imageOf how the cluster gets a workload's image. Default: by the name that the embedded one has for it. */
  constructor(client: ApiClient, cluster: ClusterKind = 'embedded', imageOf: ImageOf = embeddedImage) {
    this.client = client;
    this.secrets = new SecretVault(client);
    this.#isKubernetes = cluster === 'kubernetes';
    this.#imageOf = imageOf;
  }

  /** What kind of cluster it is a namespace of. */
  get cluster(): ClusterKind {
    return this.#isKubernetes ? 'kubernetes' : 'embedded';
  }

  /**
   * Reads everything but pods with two requests (three on Kubernetes, and one more while nothing is there), however
   * much there is.
   * @throws ApiError 404 if the namespace doesn't exist.
   */
  async observe(): Promise<NamespaceState> {
    const [configMaps, deployments, services] = await Promise.all([
      this.client.list<V1ConfigMap>('configmaps', {
        labelSelector: `${managed},${label.kind}!=${kind.history}`,
      }),
      this.client.list<V1Deployment>('deployments', { labelSelector: `${managed},${label.hash}` }),
      this.#isKubernetes ? this.client.list<V1Service>('services') : undefined,
    ]);
    const isEmpty = [configMaps, deployments, services].every(
      (list) => list === undefined || list.items.length === 0,
    );
    // Lists don't tell: those of a namespace that doesn't exist are empty, too.
    if (this.#isKubernetes && isEmpty) await this.client.requireNamespace();
    const objects = this.#configMaps.of(configMaps.items);
    const ofKind = (wanted: string) =>
      objects.filter(({ metadata }) => metadata?.labels?.[label.kind] === wanted);
    const releases = parseReleases(ofKind(kind.releases)[0]?.data);
    const configurations = ofKind(kind.configuration).flatMap((object) => readConfiguration(object) ?? []);
    const settings = ofKind(kind.routerSettings).find(({ metadata }) => metadata?.name === objectName.router);
    const held = (version: { app: string; name: string }) => heldBy(version, releases, configurations);
    return {
      versions: ofKind(kind.version)
        .map((object) => readVersion(object, held))
        .toSorted(byAge),
      environments: ofKind(kind.environment).map(readEnvironment),
      releases,
      configurations,
      workloads: deployments.items.map(readWorkload),
      ...(services === undefined ? {} : { services: services.items.map(readService) }),
      ...(settings === undefined ? {} : { routerSettings: settingsIn(settings) }),
    };
  }

  /** Pods of fox's workloads, all or those of one app, component or workload. */
  async pods(selection: { app?: string; component?: string; hash?: string } = {}): Promise<PodView[]> {
    const selectors = [
      selection.app === undefined ? [] : [`${label.app}=${selection.app}`],
      selection.component === undefined ? [] : [`${label.component}=${selection.component}`],
      [selection.hash === undefined ? label.hash : `${label.hash}=${shortHash(selection.hash)}`],
    ].flat();
    const list = await this.client.list<V1Pod>('pods', { labelSelector: selectors.join(',') });
    return list.items.map(readPod);
  }

  /**
   * Creates a workload's Deployment unless it exists, and before it the Secret that its pods use; what has their name and
   * is something else is refused. @returns whether it was made now.
   */
  async createWorkload(workload: Workload, origin: Origin): Promise<boolean> {
    return createWorkload(this.client, workload, origin, this.#imageOf(workload), this.secrets);
  }

  /** Applies the settings of a workload that are in no hash. */
  async settleWorkload(settled: SettledWorkload, options: ApplyOptions = {}): Promise<void> {
    await applySettings(this.client, settled, this.#isKubernetes, options);
  }

  /** Names of Deployments that an autoscaler scales, whoever made it. */
  async autoscaled(): Promise<ReadonlySet<string>> {
    return this.#isKubernetes ? autoscaledDeployments(this.client) : new Set();
  }

  /** Applies the Services that are missing or differ. @throws FoxError CONFLICT if somebody else manages one. */
  async applyServices({ apply }: ServicePlan, options: ApplyOptions = {}): Promise<void> {
    await inParallel(apply, parallelApplies, (service) =>
      applyObject(this.client, 'services', serviceObject(service), options),
    );
  }

  async removeServices({ remove }: ServicePlan): Promise<void> {
    for (const name of remove) await this.client.delete('services', name);
  }

  /** Sets how many pods a workload has. */
  async scaleWorkload(name: string, replicas: number): Promise<void> {
    await this.client.patch('deployments', name, { spec: { replicas } }, 'scale');
  }

  /** Deletes a workload; its pods end after they have drained. */
  async deleteWorkload(name: string): Promise<boolean> {
    return this.client.delete('deployments', name);
  }

  /**
   * Writes a version. `replaces` is the stored one that was seen before, for mutable versions.
   * @throws FoxError CONFLICT if somebody else wrote it meanwhile.
   */
  async writeVersion(
    manifest: VersionManifest,
    runsIn: readonly string[],
    replaces?: StoredVersion,
  ): Promise<void> {
    const object = versionObject(manifest, runsIn);
    const name = objectName.version(manifest.app, manifest.version);
    try {
      if (replaces === undefined) {
        await this.client.create('configmaps', object);
      } else {
        await this.client.replace('configmaps', name, {
          ...object,
          metadata: { ...object.metadata, resourceVersion: replaces.resourceVersion },
        });
      }
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
      throw new FoxError(
        'CONFLICT',
        `somebody else deployed ${manifest.version} of ${manifest.app} at the same time`,
        {
          hints: ['`fox versions` shows what it is now. Deploy again to compare it with yours.'],
          cause: error,
        },
      );
    }
  }

  /** Notes a further virtual environment in which a version is to run. */
  async addRunsIn(version: StoredVersion, environment: string): Promise<void> {
    if (version.runsIn.includes(environment)) return;
    await this.client.patch('configmaps', objectName.version(version.app, version.name), {
      metadata: {
        resourceVersion: version.resourceVersion,
        annotations: { [annotation.runsIn]: [...version.runsIn, environment].join(',') },
      },
    });
  }

  /** Takes that note back. */
  async removeRunsIn(version: StoredVersion, environment: string): Promise<void> {
    if (!version.runsIn.includes(environment)) return;
    const runsIn = version.runsIn.filter((name) => name !== environment);
    await this.client.patch('configmaps', objectName.version(version.app, version.name), {
      metadata: {
        resourceVersion: version.resourceVersion,
        annotations: { [annotation.runsIn]: runsIn.join(',') },
      },
    });
  }

  async deleteVersion(version: StoredVersion): Promise<boolean> {
    return this.client.delete('configmaps', objectName.version(version.app, version.name));
  }

  /** Creates a virtual environment; one of that name stays as it is. @returns whether it was made now. */
  async createEnvironment(environment: EnvironmentDefinition, isDefault: boolean): Promise<boolean> {
    try {
      await this.client.create('configmaps', environmentObject(environment, isDefault));
      return true;
    } catch (error) {
      if (isStatus(error, 409)) return false;
      throw error;
    }
  }

  /**
   * Changes the release ConfigMap and counts its epoch up, in one write that is guarded by its resourceVersion and
   * repeated when somebody else's write came in between. `change` gets what is there and gives the keys to set (null
   * removes one); it may throw to refuse. Counting up without a change makes routers acknowledge what they have seen
   * until then: they watch all of fox's ConfigMaps in one stream.
   * @returns the new epoch, and when the write was sent (ms, monotonic).
   */
  async updateReleases(
    change: (now: Releases) => Record<string, string | null>,
  ): Promise<{ epoch: number; sentAt: number }> {
    return updateReleases(this.client, change);
  }

  /**
   * Keeps what a release is to hold on to; what a release of that revision has left which never came to be is replaced.
   * @throws FoxError CONFLICT if something else has its name.
   */
  async keepConfiguration(app: string, revision: number, environment: Environment): Promise<void> {
    await putConfiguration(this.client, configurationObject(app, revision, environment));
  }

  /** Deletes what no release holds on to any more. */
  async deleteConfiguration({ name }: StoredConfiguration): Promise<void> {
    await this.client.delete('configmaps', name);
  }

  /** Past releases of an app in a virtual environment, newest first; the current one is in the release ConfigMap. */
  async history(app: string, environment: string): Promise<ReleaseRecord[]> {
    const object = await this.client.get<V1ConfigMap>('configmaps', objectName.history(app, environment));
    return readHistory(object);
  }

  /** Keeps a record that is about to be replaced. Idempotent by its id. */
  async keepHistory(app: string, environment: string, record: ReleaseRecord): Promise<void> {
    await keepHistory(this.client, app, environment, record);
  }
}

/** Creation times have whole seconds; within one, names decide, `v2` before `v10`: nothing else that an object tells stays as it is. */
function byAge(a: StoredVersion, b: StoredVersion): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  return a.name.localeCompare(b.name, 'en', { numeric: true });
}

// Gives each Deployment a ReplicaSet per template, moves pods from old ones to the current one, and tells in its status how far that is.
import { requirementsOf } from '../api/selectors.ts';
import type { KubeObject, ObjectStore, StoreEvent } from '../store/object-store.ts';
import { StatusError } from '../store/status-error.ts';
import { type Deployment, desiredAnnotation, maxAnnotation, revisionAnnotation } from './deployment.ts';
import { type DeploymentSets, deploymentStatus, progressDeadline } from './deployment-status.ts';
import { byAge, currentSet, inheritedAnnotations, newReplicaSet, revisionOf } from './new-replica-set.ts';
import { controlledBy, controllerOf, OwnedObjects } from './owned-objects.ts';
import { type ReplicaSet, replicasOf } from './replica-set.ts';
import { planRollout, rolloutBounds, type RolloutStep, type SizedSet } from './rollout-plan.ts';
import { WorkQueue } from './work-queue.ts';

const defaultHistory = 10;

/**
 * The controller of Deployments. All that it does follows from what the store holds, so it can be stopped at any
 * moment. ReplicaSets of a Deployment that is gone are the garbage collector's.
 */
export class DeploymentController {
  readonly #store: ObjectStore;
  readonly #queue: WorkQueue;
  readonly #sets = new OwnedObjects<ReplicaSet>('Deployment');
  /** Name of each Deployment by uid: `namespace/name`. */
  readonly #names = new Map<string, string>();
  #unwatch: (() => void) | undefined;

  constructor(store: ObjectStore, report: (error: unknown) => void) {
    this.#store = store;
    this.#queue = new WorkQueue((key) => this.#reconcile(key), report);
  }

  /** Begins to work; resolves when every Deployment has been looked at once. */
  async start(): Promise<void> {
    this.#unwatch = this.#store.watch(this.#store.version, (event) => this.#onEvent(event));
    for (const set of this.#store.list('replicasets').items) this.#sets.keep(set as ReplicaSet);
    for (const deployment of this.#store.list('deployments').items) this.#enqueue(deployment as Deployment);
    await this.#queue.idle();
  }

  /** Resolves when nothing is due or running. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** Resolves when what has happened until now is told in every status, and nothing is being done any more. */
  async stop(): Promise<void> {
    await this.#queue.idle();
    await this.#queue.stop();
    // Last: whoever still works must know of every ReplicaSet, or would make it again.
    this.#unwatch?.();
  }

  #onEvent({ resource, type, object }: StoreEvent): void {
    if (resource === 'deployments') {
      if (type === 'DELETED') this.#names.delete(object.metadata.uid);
      else this.#enqueue(object as Deployment);
    }
    if (resource === 'replicasets') {
      if (type === 'DELETED') this.#sets.drop(object as ReplicaSet);
      else this.#sets.keep(object as ReplicaSet);
      this.#wake(controllerOf(object)?.uid);
    }
    // Old pods that have ended let a Deployment that recreates go on.
    if (resource === 'pods' && type === 'DELETED') this.#wakeOwnerOf(object);
  }

  #wake(uid = ''): void {
    const name = this.#names.get(uid);
    if (name !== undefined) this.#queue.add(name);
  }

  #wakeOwnerOf(pod: KubeObject): void {
    const set = this.#store.get('replicasets', pod.metadata.namespace ?? '', controllerOf(pod)?.name ?? '');
    if (set !== undefined) this.#wake(controllerOf(set)?.uid);
  }

  #enqueue({ metadata: { uid, name, namespace = '' } }: Deployment): void {
    this.#names.set(uid, `${namespace}/${name}`);
    this.#queue.add(`${namespace}/${name}`);
  }

  async #reconcile(key: string): Promise<number | undefined> {
    const [namespace = '', name = ''] = key.split('/');
    const deployment = this.#store.get('deployments', namespace, name) as Deployment | undefined;
    if (deployment === undefined) return undefined;
    const made = deployment.metadata.deletionTimestamp === undefined && (await this.#roll(deployment));
    await this.#writeStatus(deployment, made);
    const current = this.#store.get('deployments', namespace, name) as Deployment | undefined;
    const deadline = current === undefined ? undefined : progressDeadline(current, Date.now());
    return deadline === undefined ? undefined : deadline + 10;
  }

  /** Takes the next step of a rollout. Resolves to whether a ReplicaSet was made. */
  async #roll(deployment: Deployment): Promise<boolean> {
    await this.#adopt(deployment);
    const { current, all } = this.#setsOf(deployment);
    const old = all.filter((set) => set !== current).toSorted(byAge);
    const recreates = deployment.spec.strategy?.type === 'Recreate';
    const sized = (set: ReplicaSet) => sizedSet(set, recreates && this.#hasPods(set));
    const step = planRollout(deployment, current === undefined ? undefined : sized(current), old.map(sized));
    const revision = Math.max(0, ...old.map(revisionOf)) + 1;
    if (current === undefined) return this.#make(deployment, step, revision);
    for (const set of all) await this.#resize(deployment, set, step, set === current ? revision : undefined);
    await this.#forget(deployment, old);
    return false;
  }

  async #make(deployment: Deployment, { sizes, newSize }: RolloutStep, revision: number): Promise<boolean> {
    for (const set of this.#sets.of(deployment)) await this.#resize(deployment, set, { sizes }, undefined);
    if (newSize === undefined) return false;
    const set = newReplicaSet(deployment, newSize, revision);
    try {
      await this.#store.create('replicasets', sizedFor(deployment, set, newSize));
      return true;
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'AlreadyExists') throw error;
      await this.#countCollision(deployment);
      return false;
    }
  }

  /** Another template has the name that this one's ReplicaSet should have: the next try has another name. */
  async #countCollision({ metadata: { name, namespace = '' } }: Deployment): Promise<void> {
    await this.#store.change('deployments', namespace, name, (object) => {
      const { status = {} } = object as Deployment;
      return { ...object, status: { ...status, collisionCount: (status.collisionCount ?? 0) + 1 } };
    });
  }

  async #resize(
    deployment: Deployment,
    { metadata: { name, namespace = '' } }: ReplicaSet,
    { sizes }: RolloutStep,
    revision: number | undefined,
  ): Promise<void> {
    await this.#store.change('replicasets', namespace, name, (object) => {
      const set = object as ReplicaSet;
      const replicas = sizes.get(name) ?? replicasOf(set);
      const sized = replicas > 0 || sizes.has(name) ? sizedFor(deployment, set, replicas) : set;
      return revision === undefined ? sized : currentFor(deployment, sized, revision);
    });
  }

  /** Takes over ReplicaSets that have its labels and are nobody's. */
  async #adopt(deployment: Deployment): Promise<void> {
    const { namespace = '' } = deployment.metadata;
    for (const { metadata } of this.#sets.free(namespace, requirementsOf(deployment.spec.selector))) {
      const owner = controlledBy({ ...deployment, apiVersion: 'apps/v1', kind: 'Deployment' });
      await this.#store.change('replicasets', namespace, metadata.name, (set) => {
        if (set.metadata.uid !== metadata.uid || controllerOf(set) !== undefined) return undefined;
        const ownerReferences = [...(set.metadata.ownerReferences ?? []), owner];
        return { ...set, metadata: { ...set.metadata, ownerReferences } };
      });
    }
  }

  /** Removes the oldest ReplicaSets that have nothing and are beyond what is kept to go back to. */
  async #forget({ spec }: Deployment, old: readonly ReplicaSet[]): Promise<void> {
    const empty = old.filter((set) => replicasOf(set) === 0 && (set.status?.replicas ?? 0) === 0);
    const surplus = empty.length - (spec.revisionHistoryLimit ?? defaultHistory);
    const oldest = empty.toSorted((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, surplus));
    for (const { metadata } of oldest)
      await this.#store.remove('replicasets', metadata.namespace ?? '', metadata.name, metadata.uid);
  }

  #setsOf(deployment: Deployment): DeploymentSets {
    const all = this.#sets.of(deployment);
    return { all, current: currentSet(deployment, all) };
  }

  #hasPods({ metadata: { uid, namespace } }: ReplicaSet): boolean {
    return this.#store.list('pods', namespace).items.some((pod) => controllerOf(pod)?.uid === uid);
  }

  async #writeStatus({ metadata: { uid, name, namespace = '' } }: Deployment, made: boolean): Promise<void> {
    await this.#store.change('deployments', namespace, name, (object) => {
      const deployment = object as Deployment;
      if (deployment.metadata.uid !== uid) return undefined;
      const sets = this.#setsOf(deployment);
      const status = deploymentStatus(deployment, { ...sets, isNew: made }, Date.now());
      const revision = sets.current?.metadata.annotations?.[revisionAnnotation];
      if (revision === undefined) return { ...deployment, status };
      const annotations = { ...deployment.metadata.annotations, [revisionAnnotation]: revision };
      return { ...deployment, metadata: { ...deployment.metadata, annotations }, status };
    });
  }
}

function sizedSet(set: ReplicaSet, hasPods: boolean): SizedSet {
  const { annotations = {}, name } = set.metadata;
  const desired = annotations[desiredAnnotation];
  const max = annotations[maxAnnotation];
  return {
    name,
    replicas: replicasOf(set),
    available: set.status?.availableReplicas ?? 0,
    hasPods,
    ...(desired === undefined ? {} : { desired: Number(desired) }),
    ...(max === undefined ? {} : { max: Number(max) }),
  };
}

/** A ReplicaSet with a size, and what that was decided by. */
function sizedFor(deployment: Deployment, set: ReplicaSet, replicas: number): ReplicaSet {
  const wanted = replicasOf(deployment);
  const annotations = {
    ...set.metadata.annotations,
    [desiredAnnotation]: String(wanted),
    [maxAnnotation]: String(wanted + rolloutBounds(deployment).surge),
  };
  return { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } };
}

/** The current ReplicaSet as its Deployment is now: its number is the highest, and it inherits annotations. */
function currentFor(deployment: Deployment, set: ReplicaSet, revision: number): ReplicaSet {
  const { minReadySeconds } = deployment.spec;
  const annotations = {
    ...set.metadata.annotations,
    ...inheritedAnnotations(deployment),
    [revisionAnnotation]: String(Math.max(revision, revisionOf(set))),
  };
  const spec = minReadySeconds === undefined ? set.spec : { ...set.spec, minReadySeconds };
  return { ...set, metadata: { ...set.metadata, annotations }, spec };
}

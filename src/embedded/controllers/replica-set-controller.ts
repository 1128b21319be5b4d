// Keeps as many pods as each ReplicaSet wants, and tells in its status how many there are.
import { deleteObject } from '../api/deletion.ts';
import { requirementsOf } from '../api/selectors.ts';
import type { Pod } from '../runtime/pod.ts';
import type { ObjectStore, StoreEvent } from '../store/object-store.ts';
import { StatusError } from '../store/status-error.ts';
import { controlledBy, controllerOf, OwnedObjects } from './owned-objects.ts';
import { type ReplicaSet, replicasOf } from './replica-set.ts';
import { activePods, availableIn, leastWanted, newPod, replicaSetStatus } from './replica-set-pod.ts';
import { WorkQueue } from './work-queue.ts';

/** How often a generated name may be taken. */
const nameAttempts = 8;

/**
 * The controller of ReplicaSets. All that it does follows from what the store holds, so it can be stopped at any
 * moment. Pods of a ReplicaSet that is gone are the garbage collector's.
 */
export class ReplicaSetController {
  readonly #store: ObjectStore;
  readonly #queue: WorkQueue;
  readonly #pods = new OwnedObjects<Pod>('ReplicaSet');
  /** Name of each ReplicaSet by uid: `namespace/name`. */
  readonly #names = new Map<string, string>();
  #unwatch: (() => void) | undefined;

  constructor(store: ObjectStore, report: (error: unknown) => void) {
    this.#store = store;
    this.#queue = new WorkQueue((key) => this.#reconcile(key), report);
  }

  /** Begins to work; resolves when every ReplicaSet has been looked at once. */
  async start(): Promise<void> {
    this.#unwatch = this.#store.watch(this.#store.version, (event) => this.#onEvent(event));
    for (const pod of this.#store.list('pods').items) this.#pods.keep(pod as Pod);
    for (const set of this.#store.list('replicasets').items) this.#enqueue(set as ReplicaSet);
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
    // Last: whoever still works must know of every pod, or would make it again.
    this.#unwatch?.();
  }

  #onEvent({ resource, type, object }: StoreEvent): void {
    if (resource === 'replicasets') {
      if (type === 'DELETED') this.#names.delete(object.metadata.uid);
      else this.#enqueue(object as ReplicaSet);
    }
    if (resource !== 'pods') return;
    if (type === 'DELETED') this.#pods.drop(object as Pod);
    else this.#pods.keep(object as Pod);
    const name = this.#names.get(controllerOf(object)?.uid ?? '');
    if (name !== undefined) this.#queue.add(name);
  }

  #enqueue({ metadata: { uid, name, namespace = '' } }: ReplicaSet): void {
    this.#names.set(uid, `${namespace}/${name}`);
    this.#queue.add(`${namespace}/${name}`);
  }

  async #reconcile(key: string): Promise<number | undefined> {
    const [namespace = '', name = ''] = key.split('/');
    const set = this.#store.get('replicasets', namespace, name) as ReplicaSet | undefined;
    if (set === undefined) return undefined;
    if (set.metadata.deletionTimestamp === undefined) await this.#fill(set);
    await this.#writeStatus(set);
    const now = Date.now();
    const waits = this.#pods.of(set).flatMap((pod) => availableIn(set, pod, now) ?? []);
    const future = waits.filter((wait) => wait > 0);
    return future.length === 0 ? undefined : Math.min(...future) + 10;
  }

  /** Makes and ends pods until there are as many as wanted. */
  async #fill(set: ReplicaSet): Promise<void> {
    await this.#adopt(set);
    const active = activePods(this.#pods.of(set)).toSorted(leastWanted);
    const missing = replicasOf(set) - active.length;
    for (let made = 0; made < missing; made++) await this.#create(set);
    for (const pod of active.slice(0, Math.max(0, -missing))) await this.#end(pod);
  }

  /** Takes over pods that have its labels and are nobody's. */
  async #adopt(set: ReplicaSet): Promise<void> {
    const { namespace = '' } = set.metadata;
    for (const { metadata } of this.#pods.free(namespace, requirementsOf(set.spec.selector))) {
      await this.#store.change('pods', namespace, metadata.name, (pod) => {
        if (pod.metadata.uid !== metadata.uid || controllerOf(pod) !== undefined) return undefined;
        const ownerReferences = [...(pod.metadata.ownerReferences ?? []), controlledBy(set)];
        return { ...pod, metadata: { ...pod.metadata, ownerReferences } };
      });
    }
  }

  async #create(set: ReplicaSet): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#store.create('pods', newPod(set));
        return;
      } catch (error) {
        const taken = error instanceof StatusError && error.reason === 'AlreadyExists';
        if (!taken || attempt === nameAttempts) throw error;
      }
    }
  }

  async #end({ metadata: { namespace = '', name } }: Pod): Promise<void> {
    try {
      await deleteObject(this.#store, 'pods', namespace, name);
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== 404) throw error;
    }
  }

  async #writeStatus({ metadata: { uid, name, namespace = '' } }: ReplicaSet): Promise<void> {
    await this.#store.change('replicasets', namespace, name, (object) => {
      const current = object as ReplicaSet;
      if (current.metadata.uid !== uid) return undefined;
      return { ...current, status: replicaSetStatus(current, this.#pods.of(current), Date.now()) };
    });
  }
}

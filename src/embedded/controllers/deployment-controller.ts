// Keeps as many pods as each Deployment wants, made from its template, and tells in its status how far that is.
import { deleteObject } from '../api/deletion.ts';
import type { Pod } from '../runtime/pod.ts';
import type { ObjectStore, StoreEvent } from '../store/object-store.ts';
import { StatusError } from '../store/status-error.ts';
import type { Deployment } from './deployment.ts';
import { availableIn, controllerOf, newPod, rolloutPod } from './deployment-pod.ts';
import { deploymentStatus, progressDeadline } from './deployment-status.ts';
import { planRollout, type RolloutPod } from './rollout-plan.ts';
import { WorkQueue } from './work-queue.ts';

/** How often a generated name may be taken. */
const nameAttempts = 8;

/**
 * The controller of Deployments. All that it does follows from what the store holds, so it can be stopped at any
 * moment. Pods of a Deployment that is gone are the garbage collector's.
 */
export class DeploymentController {
  readonly #store: ObjectStore;
  readonly #queue: WorkQueue;
  /** Pods by the uid of the Deployment that controls them. */
  readonly #pods = new Map<string, Map<string, Pod>>();
  /** uid of the Deployment that controls a pod, by the pod's uid. */
  readonly #owners = new Map<string, string>();
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
    for (const pod of this.#store.list('pods').items) this.#keep(pod as Pod);
    for (const deployment of this.#store.list('deployments').items) this.#enqueue(deployment as Deployment);
    await this.#queue.idle();
  }

  /** Resolves when what has happened until now is told in every status, and nothing is being done any more. */
  async stop(): Promise<void> {
    await this.#queue.idle();
    await this.#queue.stop();
    // Last: whoever still works must know of every pod, or would make it again.
    this.#unwatch?.();
  }

  #onEvent({ resource, type, object }: StoreEvent): void {
    if (resource === 'deployments') {
      if (type === 'DELETED') this.#names.delete(object.metadata.uid);
      else this.#enqueue(object as Deployment);
    }
    if (resource !== 'pods') return;
    if (type === 'DELETED') this.#drop(object as Pod);
    else this.#keep(object as Pod);
    const name = this.#names.get(controllerOf(object) ?? '');
    if (name !== undefined) this.#queue.add(name);
  }

  #enqueue({ metadata: { uid, name, namespace = '' } }: Deployment): void {
    this.#names.set(uid, `${namespace}/${name}`);
    this.#queue.add(`${namespace}/${name}`);
  }

  #keep(pod: Pod): void {
    // Its owner may have been taken from it.
    this.#drop(pod);
    const { uid } = pod.metadata;
    const owner = controllerOf(pod);
    if (owner === undefined) return;
    const pods = this.#pods.get(owner) ?? new Map<string, Pod>();
    this.#pods.set(owner, pods.set(uid, pod));
    this.#owners.set(uid, owner);
  }

  #drop({ metadata: { uid } }: Pod): void {
    const owner = this.#owners.get(uid) ?? '';
    const pods = this.#pods.get(owner);
    this.#owners.delete(uid);
    if (pods?.delete(uid) === true && pods.size === 0) this.#pods.delete(owner);
  }

  async #reconcile(key: string): Promise<number | undefined> {
    const [namespace = '', name = ''] = key.split('/');
    const deployment = this.#store.get('deployments', namespace, name) as Deployment | undefined;
    if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return undefined;
    const { create, end } = planRollout(deployment, this.#rolloutPods(deployment));
    for (let made = 0; made < create; made++) await this.#create(deployment);
    for (const pod of end) await this.#end(namespace, pod);
    await this.#writeStatus(deployment);
    return this.#nextLook(deployment);
  }

  #podsOf({ metadata: { uid } }: Deployment): Pod[] {
    return [...(this.#pods.get(uid)?.values() ?? [])];
  }

  #rolloutPods(deployment: Deployment): RolloutPod[] {
    return this.#podsOf(deployment).map((pod) => rolloutPod(deployment, pod));
  }

  async #create(deployment: Deployment): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#store.create('pods', newPod(deployment));
        return;
      } catch (error) {
        const taken = error instanceof StatusError && error.reason === 'AlreadyExists';
        if (!taken || attempt === nameAttempts) throw error;
      }
    }
  }

  async #end(namespace: string, name: string): Promise<void> {
    try {
      await deleteObject(this.#store, 'pods', namespace, name);
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== 404) throw error;
    }
  }

  async #writeStatus({ metadata: { uid, name, namespace = '' } }: Deployment): Promise<void> {
    await this.#store.change('deployments', namespace, name, (object) => {
      const current = object as Deployment;
      if (current.metadata.uid !== uid) return undefined;
      return { ...current, status: deploymentStatus(current, this.#rolloutPods(current)) };
    });
  }

  /** When time alone changes the status: a ready pod becomes available, a rollout has taken too long. */
  #nextLook(deployment: Deployment): number | undefined {
    const { namespace = '', name } = deployment.metadata;
    const current = this.#store.get('deployments', namespace, name) as Deployment | undefined;
    const waits = this.#podsOf(deployment).flatMap((pod) => availableIn(deployment, pod) ?? []);
    const deadline = current === undefined ? undefined : progressDeadline(current);
    const future = [...waits.filter((wait) => wait > 0), ...(deadline === undefined ? [] : [deadline])];
    return future.length === 0 ? undefined : Math.min(...future) + 10;
  }
}

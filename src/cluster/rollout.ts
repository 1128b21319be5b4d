// Waits until workloads are ready, or can be seen to fail.
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { label, managedBy } from '../core/labels.ts';
import type { ApiClient, Resource } from './api-client.ts';
import { type PodView, readPod } from './pod-object.ts';
import { type DeployedWorkload, readWorkload } from './workload-object.ts';

/** How far a rollout is. */
export interface RolloutState {
  /** Workloads that were waited for and are ready. */
  readonly ready: readonly DeployedWorkload[];
  readonly waiting: readonly DeployedWorkload[];
  /** Names of Deployments that don't exist (deleted meanwhile). */
  readonly missing: readonly string[];
  /** A pod that won't become ready by waiting, if there is one. */
  readonly failing: PodView | undefined;
  /** Pods of the workloads that aren't ready. */
  readonly pods: readonly PodView[];
}

/** After so many restarts a pod that isn't ready counts as failing. */
const tolerableRestarts = 2;
const hopeless = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'StartError', 'RunContainerError', 'CreateContainerConfigError', 'CreateContainerError']);

/**
 * Follows Deployments (by name) and their pods; `decide` is asked after each change and ends it by returning a value.
 * @throws the signal's reason when it aborts.
 */
export async function followRollout<T>(
  client: ApiClient,
  names: ReadonlySet<string>,
  decide: (state: RolloutState) => T | undefined,
  signal: AbortSignal,
): Promise<T> {
  const deployments = new Map<string, DeployedWorkload>();
  const pods = new Map<string, PodView>();
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  return new Promise<T>((resolve, reject) => {
    const finish = (end: () => void) => {
      stop.abort();
      end();
    };
    signal.addEventListener('abort', () => finish(() => reject(signal.reason)), { once: true });
    if (signal.aborted) return reject(signal.reason);
    let listed = 0;
    const look = () => {
      if (listed < 2 || stop.signal.aborted) return;
      const decision = decide(stateOf(names, deployments, pods));
      if (decision !== undefined) finish(() => resolve(decision));
    };
    const attend = <O extends V1Deployment | V1Pod>(resource: Resource, selector: string, put: (object: O, gone: boolean) => void, clear: () => void) => {
      const onList = () => {
        listed++;
        look();
      };
      keepWatching(client, resource, selector, { put, clear, onList, onChange: look }, either).catch((error: unknown) => {
        if (!stop.signal.aborted) finish(() => reject(error));
      });
    };
    attend<V1Deployment>(
      'deployments',
      `${label.managedBy}=${managedBy}`,
      (object, gone) => put(deployments, object.metadata?.name, gone ? undefined : readWorkload(object)),
      () => deployments.clear(),
    );
    attend<V1Pod>(
      'pods',
      label.hash,
      (object, gone) => put(pods, object.metadata?.uid, gone ? undefined : readPod(object)),
      () => pods.clear(),
    );
  });
}

function put<V>(map: Map<string, V>, key: string | undefined, value: V | undefined): void {
  if (key === undefined) return;
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

interface Attendance<O> {
  put(object: O, gone: boolean): void;
  clear(): void;
  onList(): void;
  onChange(): void;
}

/** Lists, then watches, and again when the server ends the stream. */
async function keepWatching<O>(
  client: ApiClient,
  resource: Resource,
  labelSelector: string,
  { put: keep, clear, onList, onChange }: Attendance<O>,
  signal: AbortSignal,
): Promise<void> {
  for (let first = true; !signal.aborted; first = false) {
    const list = await client.list<O>(resource, { labelSelector });
    clear();
    for (const object of list.items) keep(object, false);
    if (first) onList();
    else onChange();
    for await (const event of client.watch<O>(resource, list.resourceVersion, { labelSelector }, signal)) {
      keep(event.object, event.type === 'DELETED');
      onChange();
    }
  }
}

function stateOf(names: ReadonlySet<string>, deployments: ReadonlyMap<string, DeployedWorkload>, pods: ReadonlyMap<string, PodView>): RolloutState {
  const existing = [...names].flatMap((name) => deployments.get(name) ?? []);
  const waiting = existing.filter(({ ready }) => !ready);
  const hashes = new Set(waiting.map(({ app, component, hash }) => `${app}/${component}/${hash}`));
  const concerned = [...pods.values()].filter(({ app, component, hash, terminating }) => !terminating && hashes.has(`${app}/${component}/${hash}`));
  return {
    ready: existing.filter(({ ready }) => ready),
    waiting,
    missing: [...names].filter((name) => !deployments.has(name)),
    failing: concerned.find(isFailing),
    pods: concerned,
  };
}

function isFailing({ ready, restarts, state }: PodView): boolean {
  return !ready && (hopeless.has(state) || restarts >= tolerableRestarts);
}

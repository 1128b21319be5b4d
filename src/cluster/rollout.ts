// Waits until workloads are ready, or can be seen to fail.
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { label, managedBy } from '../core/labels.ts';
import { type ApiClient, isStatus, type Resource } from './api-client.ts';
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

/** A pod that has ended more often than that and waits for its next try counts as failing. */
const tolerableRestarts = 2;
/** States of pods whose image can't be had. */
export const imageStates: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
]);
/** States that don't pass by waiting. */
export const hopeless: ReadonlySet<string> = new Set([
  ...imageStates,
  'StartError',
  'RunContainerError',
  'CreateContainerConfigError',
  'CreateContainerError',
]);

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
  const decided = new AbortController();
  const until = AbortSignal.any([signal, decided.signal]);
  let decision: T | undefined;
  const look = () => {
    decision ??= decide(stateOf(names, deployments, pods));
    if (decision !== undefined) decided.abort();
  };
  const ofDeployments: Collection<V1Deployment, DeployedWorkload> = {
    resource: 'deployments',
    labelSelector: managed,
    read: readWorkload,
    seen: deployments,
  };
  const ofPods: Collection<V1Pod, PodView> = {
    resource: 'pods',
    labelSelector: label.hash,
    read: readPod,
    seen: pods,
  };
  try {
    const versions = await Promise.all([list(client, ofDeployments), list(client, ofPods)]);
    look();
    await Promise.all([
      keepWatching(client, ofDeployments, versions[0], look, until),
      keepWatching(client, ofPods, versions[1], look, until),
    ]);
  } finally {
    decided.abort();
  }
  if (decision === undefined) throw signal.reason;
  return decision;
}

const managed = `${label.managedBy}=${managedBy}`;

/** A collection of objects, and what is known of them by uid. */
interface Collection<O, V> {
  readonly resource: Resource;
  readonly labelSelector: string;
  readonly seen: Map<string, V>;
  read(this: void, object: O): V;
}

interface HasUid {
  readonly metadata?: { readonly uid?: string };
}

/** Reads the whole collection; its version is where a watch goes on. */
async function list<O extends HasUid, V>(
  client: ApiClient,
  { resource, labelSelector, seen, read }: Collection<O, V>,
): Promise<string> {
  const { items, resourceVersion } = await client.list<O>(resource, { labelSelector });
  seen.clear();
  for (const object of items) seen.set(object.metadata?.uid ?? '', read(object));
  return resourceVersion;
}

/** Keeps the collection up to date until the signal aborts; lists it anew when the server ends the watch. */
async function keepWatching<O extends HasUid, V>(
  client: ApiClient,
  collection: Collection<O, V>,
  resourceVersion: string,
  onChange: () => void,
  signal: AbortSignal,
): Promise<void> {
  const { resource, labelSelector, seen, read } = collection;
  for (let from = resourceVersion; !signal.aborted; from = await list(client, collection)) {
    onChange();
    try {
      for await (const { type, object } of client.watch<O>(resource, from, { labelSelector }, signal)) {
        const uid = object.metadata?.uid ?? '';
        if (type === 'DELETED') seen.delete(uid);
        else seen.set(uid, read(object));
        onChange();
      }
    } catch (error) {
      // What was seen last is too old to go on from: the list comes next.
      if (!signal.aborted && !isStatus(error, 410)) throw error;
    }
  }
}

function stateOf(
  names: ReadonlySet<string>,
  deployments: ReadonlyMap<string, DeployedWorkload>,
  pods: ReadonlyMap<string, PodView>,
): RolloutState {
  const existing = [...deployments.values()].filter(({ name }) => names.has(name));
  const there = new Set(existing.map(({ name }) => name));
  const waiting = existing.filter(({ ready }) => !ready);
  const hashes = new Set(waiting.map(({ app, component, hash }) => `${app}/${component}/${hash}`));
  const concerned = [...pods.values()].filter(
    ({ app, component, hash, terminating }) => !terminating && hashes.has(`${app}/${component}/${hash}`),
  );
  return {
    ready: existing.filter(({ ready }) => ready),
    waiting,
    missing: [...names].filter((name) => !there.has(name)),
    failing: concerned.find(isFailing),
    pods: concerned,
  };
}

function isFailing({ ready, restarts, state }: PodView): boolean {
  return !ready && (hopeless.has(state) || (state === 'CrashLoopBackOff' && restarts >= tolerableRestarts));
}

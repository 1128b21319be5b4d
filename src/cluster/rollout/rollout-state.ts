// How far workloads are, from their Deployments and pods, and what stands in the way of those that aren't ready.
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { label } from '../../core/labels.ts';
import type { Cause } from './cause.ts';
import { deploymentCause, podCause } from './failure-cause.ts';
import { type PodView, readPod } from '../objects/pod-object.ts';
import { readWorkload } from '../objects/workload-object.ts';

/** A workload and how far it is. */
export interface WorkloadProgress {
  /** Name of the Deployment. */
  readonly name: string;
  readonly component: string;
  readonly ready: boolean;
  readonly replicas: number;
  readonly available: number;
  /** Pods that aren't ready and aren't being ended, the newest first. */
  readonly pods: readonly PodView[];
  /** How many pods say that they are ready; the Deployment may not have counted them yet. */
  readonly readyPods: number;
  /** What stands in the way, where that is known. */
  readonly cause?: Cause;
  /** The pod that the cause is about; absent where it is about the Deployment. */
  readonly pod?: PodView;
}

/** How far a rollout is. */
export interface RolloutState {
  readonly workloads: readonly WorkloadProgress[];
  /** Names of Deployments that don't exist (deleted meanwhile). */
  readonly missing: readonly string[];
}

/** How far the Deployments of these names are. `expired` are those whose progress deadline had passed before. */
export function rolloutState(
  names: ReadonlySet<string>,
  deployments: Iterable<V1Deployment>,
  pods: Iterable<V1Pod>,
  expired: ReadonlySet<string> = new Set(),
): RolloutState {
  const all = [...pods];
  const isEnding = all.some(({ metadata }) => metadata?.deletionTimestamp !== undefined);
  const workloads = [...deployments]
    .filter(({ metadata }) => names.has(metadata?.name ?? ''))
    .map((deployment) => progressOf(deployment, all, { isEnding, expired }));
  const there = new Set(workloads.map(({ name }) => name));
  return { workloads, missing: [...names].filter((name) => !there.has(name)) };
}

/** Names of Deployments that have given up already: they may still become ready, and don't give up again. */
export function expiredDeployments(deployments: Iterable<V1Deployment>): Set<string> {
  const expired = [...deployments].filter((each) => deploymentCause(each)?.kind === 'deadline');
  return new Set(expired.map(({ metadata }) => metadata?.name ?? ''));
}

interface Surroundings {
  /** Some pod of the namespace is being ended, and will give back what it uses. */
  readonly isEnding: boolean;
  readonly expired: ReadonlySet<string>;
}

function progressOf(
  deployment: V1Deployment,
  pods: readonly V1Pod[],
  surroundings: Surroundings,
): WorkloadProgress {
  const { name, component, replicas, available, ready: isReady } = readWorkload(deployment);
  const base = {
    name,
    component: component === '' ? (deployment.metadata?.labels?.[label.name] ?? name) : component,
    ready: isReady && isComplete(deployment),
    replicas,
    available,
  };
  if (base.ready) return { ...base, pods: [], readyPods: available };
  const current = currentPods(deployment, pods);
  const unready = current.filter((pod) => !readPod(pod).ready);
  const concerned = unready.map((object) => ({
    pod: readPod(object),
    cause: podCause(object),
  }));
  const causes = concerned.flatMap(({ pod, cause }) => (cause === undefined ? [] : [{ pod, cause }]));
  const own = deploymentCause(deployment);
  const ofPod = causes.find(({ cause }) => cause.final) ?? causes[0];
  const worst = worstOf(own === undefined ? undefined : weighed(own, name, surroundings), ofPod);
  const readyPods = current.length - unready.length;
  return { ...base, pods: concerned.map(({ pod }) => pod), readyPods, ...worst };
}

/** What a Deployment says counts less than what its pods say, unless it is the only one who is sure. */
function worstOf(
  own: Cause | undefined,
  ofPod: { readonly pod: PodView; readonly cause: Cause } | undefined,
): { pod?: PodView; cause?: Cause } {
  if (own === undefined) return ofPod ?? {};
  if (ofPod === undefined) return { cause: own };
  if (ofPod.cause.final) return ofPod;
  // That it took too long says nothing new, but it is the end.
  if (own.kind === 'deadline') return { pod: ofPod.pod, cause: { ...ofPod.cause, final: own.final } };
  return { cause: own };
}

function weighed(cause: Cause, name: string, { isEnding, expired }: Surroundings): Cause {
  if (cause.kind === 'quota') return { ...cause, final: !isEnding };
  if (cause.kind === 'deadline') return { ...cause, final: !expired.has(name) };
  return cause;
}

/** No pod of an earlier template is left. */
function isComplete({ spec, status }: V1Deployment): boolean {
  const updated = status?.updatedReplicas ?? 0;
  return updated >= (spec?.replicas ?? 1) && (status?.replicas ?? 0) <= updated;
}

const templateHash = 'pod-template-hash';

/** Pods of the Deployment's current template that stay, the newest first, ended ones last. */
function currentPods({ metadata, spec, status }: V1Deployment, pods: readonly V1Pod[]): V1Pod[] {
  const isObserved = (status?.observedGeneration ?? -1) >= (metadata?.generation ?? 0);
  if (!isObserved || (status?.updatedReplicas ?? 0) === 0) return [];
  const wanted = Object.entries(spec?.selector.matchLabels ?? {});
  const own = pods
    .filter((pod) => wanted.every(([name, value]) => pod.metadata?.labels?.[name] === value))
    .toSorted((a, b) => createdAt(b) - createdAt(a));
  const newest = own[0]?.metadata?.labels?.[templateHash];
  return own
    .filter((pod) => pod.metadata?.labels?.[templateHash] === newest)
    .filter((pod) => pod.metadata?.deletionTimestamp === undefined)
    .toSorted((a, b) => Number(hasFailed(a)) - Number(hasFailed(b)));
}

function createdAt({ metadata }: V1Pod): number {
  return Date.parse(String(metadata?.creationTimestamp ?? '')) || 0;
}

function hasFailed({ status }: V1Pod): boolean {
  return status?.phase === 'Failed';
}

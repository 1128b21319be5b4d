// A ReplicaSet's pods: how they are made, which of them count, and which are wanted least.
import { isFinished, isReady, type Pod } from '../runtime/pod.ts';
import { randomName } from '../api/random-name.ts';
import type { KubeObject } from '../store/object-store.ts';
import { controlledBy } from './owned-objects.ts';
import type { ReplicaSet, ReplicaSetStatus } from './replica-set.ts';

/** A new pod of a ReplicaSet, to be created in the store, which sets uid, version and time. */
export function newPod(set: ReplicaSet): KubeObject {
  const { name, namespace } = set.metadata;
  const { metadata = {}, spec } = structuredClone(set.spec.template);
  const generateName = `${name}-`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: randomName(generateName),
      generateName,
      ...(namespace === undefined ? {} : { namespace }),
      uid: '',
      resourceVersion: '',
      creationTimestamp: '',
      labels: metadata.labels ?? {},
      annotations: metadata.annotations ?? {},
      ownerReferences: [controlledBy({ ...set, apiVersion: 'apps/v1', kind: 'ReplicaSet' })],
    },
    spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30, ...spec },
    status: { phase: 'Pending' },
  };
}

/** The pods that count: neither ended nor ending. */
export function activePods(pods: readonly Pod[]): Pod[] {
  return pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && !isFinished(pod));
}

/** Which pods go first: those that serve least, then the youngest. */
export function leastWanted(a: Pod, b: Pod): number {
  const names = a.metadata.name < b.metadata.name ? -1 : Number(a.metadata.name > b.metadata.name);
  const age = Date.parse(b.metadata.creationTimestamp) - Date.parse(a.metadata.creationTimestamp);
  return Number(isReady(a)) - Number(isReady(b)) || age || names;
}

/** The status of a ReplicaSet with these pods. */
export function replicaSetStatus(set: ReplicaSet, pods: readonly Pod[], now: number): ReplicaSetStatus {
  const active = activePods(pods);
  const labels = Object.entries(set.spec.template.metadata?.labels ?? {});
  const counts = {
    fullyLabeledReplicas: active.filter(({ metadata }) =>
      labels.every(([key, value]) => metadata.labels?.[key] === value),
    ).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((pod) => availableIn(set, pod, now) === 0).length,
  };
  // As on Kubernetes, what is none is left out.
  const shown = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  return { replicas: active.length, ...shown, observedGeneration: set.metadata.generation ?? 1 };
}

/** Milliseconds until a ready pod counts as available; undefined for one that isn't ready. */
export function availableIn({ spec }: ReplicaSet, pod: Pod, now: number): number | undefined {
  if (!isReady(pod)) return undefined;
  const since = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  const ready = since === undefined ? now : Date.parse(since);
  return Math.max(0, ready + (spec.minReadySeconds ?? 0) * 1000 - now);
}

// A Deployment's pods: how they are made, and how the rollout sees them.
import { randomInt } from 'node:crypto';
import { isReady, type Pod } from '../runtime/pod.ts';
import type { KubeObject, OwnerReference } from '../store/object-store.ts';
import { type Deployment, templateHash, templateHashAnnotation } from './deployment.ts';
import type { RolloutPod } from './rollout-plan.ts';

/** Kubernetes' alphabet for generated names: no vowels, so no words; nothing that looks like something else. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
/** Pods have the names of hosts. */
const nameLength = 63;

/** A new pod of a Deployment, to be created in the store, which sets uid, version and time. */
export function newPod(deployment: Deployment): KubeObject {
  const { name, namespace, uid } = deployment.metadata;
  const { metadata = {}, spec } = structuredClone(deployment.spec.template);
  const owner: OwnerReference = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name.slice(0, nameLength - suffixLength - 1)}-${suffix()}`,
      ...(namespace === undefined ? {} : { namespace }),
      uid: '',
      resourceVersion: '',
      creationTimestamp: '',
      labels: metadata.labels ?? {},
      annotations: { ...metadata.annotations, [templateHashAnnotation]: templateHash(deployment) },
      ownerReferences: [owner],
    },
    spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30, ...spec },
    status: { phase: 'Pending' },
  };
}

/** uid of the Deployment that controls a pod. */
export function controllerOf({ metadata }: KubeObject): string | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return owner?.kind === 'Deployment' ? owner.uid : undefined;
}

/** A pod as the rollout sees it. */
export function rolloutPod(deployment: Deployment, pod: Pod, now: number = Date.now()): RolloutPod {
  const { metadata } = pod;
  return {
    name: metadata.name,
    isCurrent: metadata.annotations?.[templateHashAnnotation] === templateHash(deployment),
    isLeaving: metadata.deletionTimestamp !== undefined,
    isReady: isReady(pod),
    isAvailable: availableIn(deployment, pod, now) === 0,
    createdAt: Date.parse(metadata.creationTimestamp),
  };
}

/** Milliseconds until a ready pod counts as available; undefined for one that isn't ready. */
export function availableIn({ spec }: Deployment, pod: Pod, now: number = Date.now()): number | undefined {
  if (!isReady(pod)) return undefined;
  const since = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  const ready = since === undefined ? now : Date.parse(since);
  return Math.max(0, ready + (spec.minReadySeconds ?? 0) * 1000 - now);
}

function suffix(): string {
  return Array.from({ length: suffixLength }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}

// The parts of a Deployment that its controller reads and writes, as the API's JSON has them.
import type { LabelSelector } from '../api/selectors.ts';
import type { Condition, PodSpec } from '../runtime/pod.ts';
import type { KubeObject } from '../store/object-store.ts';

/** A Deployment. */
export interface Deployment extends KubeObject {
  spec: DeploymentSpec;
  status?: DeploymentStatus;
}

/** What pods are made from. */
export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpec;
}

/** What is wanted. */
export interface DeploymentSpec {
  replicas?: number;
  paused?: boolean;
  minReadySeconds?: number;
  progressDeadlineSeconds?: number;
  revisionHistoryLimit?: number;
  selector: LabelSelector;
  strategy?: {
    type?: 'RollingUpdate' | 'Recreate';
    rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
  };
  template: PodTemplate;
  [field: string]: unknown;
}

/** What is. */
export interface DeploymentStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  collisionCount?: number;
  conditions?: Condition[];
}

/** Counts a Deployment's templates: on it the latest one's number, on each of its ReplicaSets its own. */
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
/** On a ReplicaSet: how many pods the Deployment wanted when it was sized last. */
export const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
/** On a ReplicaSet: how many pods the Deployment could have had then. */
export const maxAnnotation = 'deployment.kubernetes.io/max-replicas';

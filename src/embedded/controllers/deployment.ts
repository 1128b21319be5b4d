// The parts of a Deployment that its controller reads and writes, as the API's JSON has them.
import { contentHash, type Json } from '../../core/canonical.ts';
import type { Condition, PodSpec } from '../runtime/pod.ts';
import type { KubeObject } from '../store/object-store.ts';

/** A Deployment. */
export interface Deployment extends KubeObject {
  spec: DeploymentSpec;
  status?: DeploymentStatus;
}

/** What is wanted. */
export interface DeploymentSpec {
  replicas?: number;
  paused?: boolean;
  minReadySeconds?: number;
  progressDeadlineSeconds?: number;
  strategy?: {
    type?: 'RollingUpdate' | 'Recreate';
    rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
  };
  template: {
    metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
    spec: PodSpec;
  };
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
  conditions?: Condition[];
}

/** On a pod: which template it was made from. */
export const templateHashAnnotation = 'kubefox.io/template-hash';

/** Identifies a Deployment's pod template by its content. */
export function templateHash({ spec }: Deployment): string {
  return contentHash('pod template', spec.template as unknown as Json).slice(0, 10);
}

/** How many pods are wanted. */
export function replicasOf({ spec }: Deployment): number {
  return spec.replicas ?? 1;
}

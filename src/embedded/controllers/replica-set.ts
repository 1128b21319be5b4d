// The parts of a ReplicaSet that controllers read and write, as the API's JSON has them.
import type { LabelSelector } from '../api/selectors.ts';
import type { KubeObject } from '../store/object-store.ts';
import type { PodTemplate } from './deployment.ts';

/** A ReplicaSet: so many pods of one template. */
export interface ReplicaSet extends KubeObject {
  spec: {
    replicas?: number;
    minReadySeconds?: number;
    selector: LabelSelector;
    template: PodTemplate;
  };
  status?: ReplicaSetStatus;
}

/** What is. */
export interface ReplicaSetStatus {
  replicas: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  observedGeneration?: number;
}

/** How many pods are wanted. */
export function replicasOf({ spec }: { readonly spec: { readonly replicas?: number } }): number {
  return spec.replicas ?? 1;
}

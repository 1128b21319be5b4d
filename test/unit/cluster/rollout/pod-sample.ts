// Pods and Deployments as Kubernetes shows them, as far as tests of causes need them.
import type { V1ContainerStatus, V1Deployment, V1Pod, V1PodCondition } from '@kubernetes/client-node';
import { label, managedBy } from '../../../../src/core/labels.ts';

/** Texts of times, where the client's types want Dates. */
type Loose<T> = { readonly [K in keyof T]?: unknown };

/** Labels of the pods of a component. */
export function labelsOf(component: string): Record<string, string> {
  return {
    [label.managedBy]: managedBy,
    [label.app]: 'shop',
    [label.component]: component,
    [label.hash]: '0'.repeat(40),
  };
}

/** The status of a container that hasn't become ready. */
export function containerStatus(name: string, status: Loose<V1ContainerStatus>): V1ContainerStatus {
  return {
    name,
    ready: false,
    restartCount: 0,
    image: 'registry/shop/web',
    imageID: '',
    lastState: {},
    ...status,
  } as V1ContainerStatus;
}

/** How a pod differs from one of `web` that runs and isn't ready. */
export interface PodSample {
  readonly name?: string;
  readonly component?: string;
  readonly metadata?: Loose<V1Pod['metadata']>;
  readonly spec?: Loose<V1Pod['spec']>;
  readonly status?: Loose<V1Pod['status']>;
  readonly conditions?: readonly Loose<V1PodCondition>[];
}

/** A pod. */
export function podSample({
  name = 'shop-web-00000000-abcde',
  component = 'web',
  metadata = {},
  spec = {},
  status = {},
  conditions = [unready()],
}: PodSample): V1Pod {
  return {
    metadata: {
      name,
      uid: `uid of ${name}`,
      labels: labelsOf(component),
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: { containers: [{ name: component }], ...spec },
    status: { phase: 'Pending', conditions, ...status },
  } as unknown as V1Pod;
}

/** What a kubelet says of every pod that isn't ready. */
export function unready(component = 'web') {
  const message = `containers with unready status: [${component}]`;
  return { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message };
}

/** A Deployment of one pod that isn't ready. */
export function deploymentSample(
  name: string,
  { component = 'web', status = {}, generation = 1 }: DeploymentSample = {},
): V1Deployment {
  return {
    metadata: { name, uid: `uid of ${name}`, generation, labels: labelsOf(component) },
    spec: { replicas: 1, selector: { matchLabels: labelsOf(component) } },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, unavailableReplicas: 1, ...status },
  } as unknown as V1Deployment;
}

export interface DeploymentSample {
  readonly component?: string;
  readonly status?: Loose<V1Deployment['status']>;
  readonly generation?: number;
}

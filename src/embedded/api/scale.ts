// The scale of a Deployment: how many pods it wants and has, as autoscaling/v1 shows it.
import type { KubeObject } from '../store/object-store.ts';
import { type LabelSelector, selectorText } from './selectors.ts';

/** The Scale of a Deployment. */
export function readScale(deployment: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = deployment.metadata;
  const spec = deployment['spec'] as { replicas?: number; selector?: LabelSelector } | undefined;
  const status = deployment['status'] as { replicas?: number } | undefined;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
    },
    // None are left out, as Kubernetes does.
    spec: spec?.replicas === 0 ? {} : { replicas: spec?.replicas ?? 1 },
    status: { replicas: status?.replicas ?? 0, selector: selectorText(spec?.selector ?? {}) },
  };
}

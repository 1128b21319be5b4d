// The HorizontalPodAutoscaler of a workload, which it leaves with.
import type { V1OwnerReference, V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import type { Autoscale } from '../../core/version/pod-settings.ts';
import type { OwnedMetadata } from './owned-metadata.ts';

/** The autoscaler of a Deployment, to be applied. */
export function autoscalerObject(
  { min, max, cpu }: Autoscale,
  metadata: OwnedMetadata,
): V2HorizontalPodAutoscaler {
  const [owner] = metadata.ownerReferences;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: {
      scaleTargetRef: targetOf(owner),
      minReplicas: min,
      maxReplicas: max,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } },
        },
      ],
    },
  };
}

function targetOf({ apiVersion, kind, name }: V1OwnerReference) {
  return { apiVersion, kind, name };
}

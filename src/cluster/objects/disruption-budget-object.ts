// The PodDisruptionBudget of a workload, which it leaves with.
import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { DisruptionBudget } from '../../core/version/pod-settings.ts';
import type { OwnedMetadata } from './owned-metadata.ts';

/** The budget of a Deployment whose pods have these labels, to be applied. */
export function disruptionBudgetObject(
  { minAvailable, maxUnavailable }: DisruptionBudget,
  selector: Readonly<Record<string, string>>,
  metadata: OwnedMetadata,
): V1PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: {
      selector: { matchLabels: { ...selector } },
      ...(minAvailable === undefined ? {} : { minAvailable }),
      ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
    },
  };
}

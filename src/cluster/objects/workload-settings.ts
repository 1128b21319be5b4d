// Applies what is in no hash to a workload that exists: how it scales, how many pods may go, how they are replaced.
import type { V1Deployment, V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import { FoxError } from '../../core/errors.ts';
import { annotation, objectName } from '../../core/labels.ts';
import type { WorkloadSettings } from '../../core/version/pod-settings.ts';
import { type SettledWorkload, settingsText } from '../../core/plan/settings-plan.ts';
import type { ApiClient, ApplyOptions } from '../api/api-client.ts';
import { isStatus } from '../api/api-error.ts';
import { applyObject } from '../api/apply.ts';
import { autoscalerObject } from './autoscaler-object.ts';
import { disruptionBudgetObject } from './disruption-budget-object.ts';
import { ownedMetadata } from './owned-metadata.ts';
import { workloadSelector } from './workload-object.ts';

/** How Kubernetes replaces pods where nobody says otherwise. */
const defaultShare = '25%';

/**
 * Makes the settings of a workload what they should be; a Deployment that is gone is left alone. Can be interrupted at
 * any point: they are noted on the Deployment when all is done.
 * @param hasControllers the cluster scales workloads and heeds budgets; else the settings are only noted.
 * @throws FoxError CONFLICT if somebody else manages its autoscaler or budget.
 */
export async function applySettings(
  client: ApiClient,
  { workload, settings }: SettledWorkload,
  hasControllers: boolean,
  options: ApplyOptions = {},
): Promise<void> {
  const name = objectName.workload(workload.app, workload.component, workload.hash);
  const deployment = await client.get<V1Deployment>('deployments', name);
  if (deployment === undefined) return;
  if (hasControllers) {
    const before = noted(deployment);
    const metadata = ownedMetadata(deployment);
    const { autoscale, disruptionBudget } = settings;
    if (autoscale !== undefined) {
      await applyObject(client, 'horizontalpodautoscalers', autoscalerObject(autoscale, metadata), options);
    } else if (before.autoscale !== undefined) await client.delete('horizontalpodautoscalers', name);
    if (disruptionBudget !== undefined) {
      const budget = disruptionBudgetObject(disruptionBudget, workloadSelector(workload), metadata);
      await applyObject(client, 'poddisruptionbudgets', budget, options);
    } else if (before.disruptionBudget !== undefined) await client.delete('poddisruptionbudgets', name);
  }
  await client.patch('deployments', name, settingsPatch(settings));
}

function settingsPatch(settings: WorkloadSettings): object {
  const { maxSurge = defaultShare, maxUnavailable = defaultShare } = settings;
  return {
    metadata: { annotations: { [annotation.settings]: settingsText(settings) ?? null } },
    spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } },
  };
}

function noted({ metadata }: V1Deployment): WorkloadSettings {
  const text = metadata?.annotations?.[annotation.settings];
  if (text === undefined) return {};
  try {
    return JSON.parse(text) as WorkloadSettings;
  } catch (cause) {
    throw new FoxError(
      'CLUSTER_ERROR',
      `annotation ${annotation.settings} of Deployment ${metadata?.name} is damaged`,
      {
        hints: ['Remove the annotation, and run the command again.'],
        cause,
      },
    );
  }
}

/** Names of Deployments that an autoscaler scales, whoever made it. Who may not list autoscalers has none to mind. */
export async function autoscaledDeployments(client: ApiClient): Promise<Set<string>> {
  try {
    const { items } = await client.list<V2HorizontalPodAutoscaler>('horizontalpodautoscalers');
    const targets = items.flatMap(({ spec }) => (spec === undefined ? [] : [spec.scaleTargetRef]));
    return new Set(targets.filter(({ kind }) => kind === 'Deployment').map(({ name }) => name));
  } catch (error) {
    if (isStatus(error, 403) || isStatus(error, 404)) return new Set();
    throw error;
  }
}

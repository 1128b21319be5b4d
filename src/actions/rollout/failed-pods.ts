// Pods that failed before a command began: what they failed of may be mended, so they are made anew instead of waited for.
import type { ApiClient } from '../../cluster/api/api-client.ts';
import type { WorkloadProgress } from '../../cluster/rollout/rollout-state.ts';
import { FoxError } from '../../core/errors.ts';
import type { ActionContext } from '../context.ts';

/** Deletes the pods that won't become ready; their Deployments make new ones. @returns whether there were any. */
export async function restartFailed(
  client: ApiClient,
  workloads: readonly WorkloadProgress[],
  emit: ActionContext['emit'],
): Promise<boolean> {
  let restarted = false;
  for (const { component, cause, pod } of workloads) {
    if (cause?.final !== true || pod === undefined) continue;
    try {
      await client.delete('pods', pod.name);
    } catch (error) {
      // Not everybody who may deploy may delete pods: then what is wrong is told as it is.
      if (!(error instanceof FoxError) || error.code !== 'CLUSTER_FORBIDDEN') throw error;
      continue;
    }
    emit({ type: 'info', text: `${component} failed before and is tried again: ${cause.text}` });
    restarted = true;
  }
  return restarted;
}

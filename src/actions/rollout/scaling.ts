// Which existing workloads a rollout scales: what an autoscaler looks after is left to it.
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { workloadKey } from '../../core/version/workload.ts';

/** Without what an autoscaler scales that somebody else has made. Autoscalers leave alone what has no pods: that is scaled. */
export async function withoutAutoscaled(
  scale: Plan['scale'],
  namespace: Namespace,
  { workloads }: NamespaceState,
): Promise<Plan['scale']> {
  const deployed = new Map(workloads.map((each) => [workloadKey(each), each]));
  const isIdle = (key: string) => deployed.get(key)?.replicas === 0;
  if (scale.every(({ workload }) => isIdle(workloadKey(workload)))) return scale;
  const autoscaled = await namespace.autoscaled();
  return scale.filter(({ workload }) => {
    const key = workloadKey(workload);
    return isIdle(key) || !autoscaled.has(deployed.get(key)?.name ?? '');
  });
}

// Which existing workloads are scaled, and to how many pods: what an autoscaler looks after is left to it.
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import type { DeployedWorkload } from '../../cluster/objects/workload-object.ts';
import { objectName, shortHash } from '../../core/labels.ts';
import { findSurplus, type Scaling } from '../../core/plan/surplus.ts';
import { wantedWorkloads } from '../../core/plan/wanted.ts';
import type { WorkloadSettings } from '../../core/version/pod-settings.ts';
import { type Workload, workloadKey } from '../../core/version/workload.ts';
import { environmentsByName } from '../environments/known/known-environments.ts';
import { missingReferences } from '../leftovers/missing-references.ts';

/** Without what an autoscaler scales that somebody else has made. Autoscalers leave alone what has no pods: that is scaled. */
export async function withoutAutoscaled<Scaled extends { readonly workload: Workload }>(
  scale: readonly Scaled[],
  namespace: Namespace,
  { workloads }: NamespaceState,
): Promise<readonly Scaled[]> {
  const deployed = new Map(workloads.map((each) => [workloadKey(each), each]));
  const isIdle = (key: string) => deployed.get(key)?.replicas === 0;
  if (scale.every(({ workload }) => isIdle(workloadKey(workload)))) return scale;
  const autoscaled = await namespace.autoscaled();
  return scale.filter(({ workload }) => {
    const key = workloadKey(workload);
    return isIdle(key) || !autoscaled.has(deployed.get(key)?.name ?? '');
  });
}

/** By what name autoscalers set numbers of pods. */
const autoscalers = 'kube-controller-manager';

/** Who else than fox has set how many pods workloads have, by workload key; autoscalers that fox has made are fox's. */
export function replicasSetBy(workloads: readonly DeployedWorkload[]): Map<string, string> {
  return new Map(
    workloads.flatMap((workload) => {
      const isOurs = hasAutoscaler(workload);
      const by = (workload.replicasSetBy ?? []).filter((name) => !isOurs || name !== autoscalers);
      return by.length === 0 ? [] : [[workloadKey(workload), by.join(', ')] as const];
    }),
  );
}

/** fox has made an autoscaler for it. */
function hasAutoscaler({ settings = '{}' }: DeployedWorkload): boolean {
  try {
    return (JSON.parse(settings) as WorkloadSettings).autoscale !== undefined;
  } catch {
    // Damaged by somebody: whoever settles it says so.
    return false;
  }
}

/**
 * Workloads of a namespace that have more pods than any version wants, and whose number fox has set. None of an app of
 * which something is missing: what that wants can't be told.
 */
export function surplusPods(state: NamespaceState): Scaling[] {
  const unclear = new Set(missingReferences(state).map(({ app }) => app));
  const clear = state.workloads.filter(({ app }) => !unclear.has(app));
  const running = new Map(clear.map((each) => [workloadKey(each), each.replicas]));
  const wanted = wantedWorkloads(state.versions, environmentsByName(state));
  return findSurplus([wanted], running, replicasSetBy(clear)).filter(({ setBy }) => setBy === undefined);
}

/** What settling the rest of a namespace would scale down; autoscalers of fox's that nobody wants any more leave before that. */
export async function wouldScaleDown(namespace: Namespace, state: NamespaceState): Promise<ScaledWorkload[]> {
  const fewer = surplusPods(state);
  const leaving = new Set(state.workloads.filter(hasAutoscaler).map(workloadKey));
  const isOurs = ({ workload }: Scaling) => leaving.has(workloadKey(workload));
  const others = fewer.filter((each) => !isOurs(each));
  const scaled = new Set(await withoutAutoscaled(others, namespace, state));
  return fewer.filter((each) => isOurs(each) || scaled.has(each)).map(scaledWorkload);
}

/** Takes away pods that nobody wants; an autoscaler's are left alone. */
export async function scaleDown(
  fewer: readonly Scaling[],
  namespace: Namespace,
  state: NamespaceState,
): Promise<void> {
  for (const { workload, replicas } of await withoutAutoscaled(fewer, namespace, state)) {
    const { app, component, hash } = workload;
    await namespace.scaleWorkload(objectName.workload(app, component, hash), replicas);
  }
}

/** A workload that gets another number of pods, as results show it. */
export interface ScaledWorkload {
  /** Name of the Deployment. */
  readonly name: string;
  readonly component: string;
  /** Workload hash, 40 hex digits. */
  readonly workload: string;
  readonly before: number;
  readonly after: number;
}

export function scaledWorkload({ workload, before, replicas }: Scaling): ScaledWorkload {
  const { app, component, hash } = workload;
  const name = objectName.workload(app, component, hash);
  return { name, component, workload: shortHash(hash), before, after: replicas };
}

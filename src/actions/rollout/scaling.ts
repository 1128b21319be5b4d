// Which existing workloads are scaled, and to how many pods: what an autoscaler looks after is left to it.
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import type { DeployedWorkload } from '../../cluster/objects/workload-object.ts';
import { objectName, shortHash } from '../../core/labels.ts';
import { findSurplus, type Scaling } from '../../core/plan/surplus.ts';
import { wantedWorkloads } from '../../core/plan/wanted.ts';
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

/** Who else than fox has set how many pods workloads have, by workload key. */
export function replicasSetBy(workloads: readonly DeployedWorkload[]): Map<string, string> {
  return new Map(
    workloads.flatMap((workload) => {
      const { replicasSetBy: by } = workload;
      return by === undefined ? [] : [[workloadKey(workload), by.join(', ')] as const];
    }),
  );
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

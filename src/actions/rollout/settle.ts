// Keeps what stands around workloads as their versions ask: Services that lead to the router, autoscalers, budgets.
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import { inParallel } from '../../core/in-parallel.ts';
import { planServices } from '../../core/plan/service-plan.ts';
import { planSettings, type SettledWorkload } from '../../core/plan/settings-plan.ts';
import { wantedWorkloads } from '../../core/plan/wanted.ts';
import { workloadKey } from '../../core/version/workload.ts';
import { environmentsByName } from '../environments/known/known-environments.ts';
import { scaleDown, surplusPods } from './scaling.ts';
import { notedSettings } from './settle-plan.ts';

/** How many workloads are settled at once. */
const parallelSettles = 16;

/** Applies settings of workloads. @throws FoxError CONFLICT if somebody else manages an autoscaler or a budget. */
export async function settleWorkloads(
  namespace: Namespace,
  workloads: readonly SettledWorkload[],
  { force = false, signal }: { readonly force?: boolean; readonly signal?: AbortSignal } = {},
): Promise<void> {
  await inParallel(workloads, parallelSettles, (each) => namespace.settleWorkload(each, { force }), signal);
}

/** After something has left: Services and pods that nobody needs go, and what stays is settled as those ask who still use it. */
export async function settleRest(namespace: Namespace, state: NamespaceState): Promise<void> {
  if (state.services !== undefined) {
    const manifests = state.versions.map(({ manifest }) => manifest);
    const plan = planServices(manifests, state.services);
    await namespace.applyServices(plan);
    await namespace.removeServices(plan);
  }
  const running = new Set(state.workloads.map(workloadKey));
  const wanted = [...wantedWorkloads(state.versions, environmentsByName(state))].filter(([key]) =>
    running.has(key),
  );
  await settleWorkloads(namespace, planSettings(new Map(wanted), notedSettings(state.workloads)));
  await scaleDown(surplusPods(state), namespace, state);
}

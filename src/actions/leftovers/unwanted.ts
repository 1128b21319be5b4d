// What nothing wants any more: workloads that no version needs where it runs.
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import type { StoredVersion } from '../../cluster/objects/version-object.ts';
import type { DeployedWorkload } from '../../cluster/objects/workload-object.ts';
import { wantedWorkloads } from '../../core/plan/wanted.ts';
import { workloadKey } from '../../core/version/workload.ts';
import { environmentsByName } from '../environments/known/known-environments.ts';
import { missingReferences } from './missing-references.ts';
import { settleRest } from '../rollout/settle.ts';

/** A workload that can go, and why. */
export interface UnwantedWorkload {
  readonly workload: DeployedWorkload;
  readonly reason: string;
}

/**
 * Workloads that no version wants in any environment that it runs in. None of an app of which something is missing:
 * what that wants can't be told.
 */
export function unwantedWorkloads(state: NamespaceState): UnwantedWorkload[] {
  const wanted = wantedWorkloads(state.versions, environmentsByName(state));
  const unclear = new Set(missingReferences(state).map(({ app }) => app));
  return state.workloads
    .filter((workload) => !wanted.has(workloadKey(workload)) && !unclear.has(workload.app))
    .map((workload) => ({ workload, reason: reasonOf(workload, state) }));
}

function reasonOf({ app, wantedBy }: DeployedWorkload, { versions }: NamespaceState): string {
  const exists = versions.some((version) => version.app === app && version.name === wantedBy);
  return exists
    ? 'no version needs it any more'
    : `was made for ${wantedBy}, which was deleted or never finished deploying`;
}

/**
 * Deletes what no version wants any more; with `onlyOf`, only what these versions used, which were replaced,
 * deleted, or ran with something else.
 * @returns the workloads that were deleted.
 */
export async function removeUnwanted(
  namespace: Namespace,
  { onlyOf }: { readonly onlyOf?: readonly StoredVersion[] } = {},
): Promise<UnwantedWorkload[]> {
  const state = await namespace.observe();
  const candidates = onlyOf === undefined ? undefined : wantedWorkloads(onlyOf, environmentsByName(state));
  const unwanted = unwantedWorkloads(state).filter(
    ({ workload }) => candidates?.has(workloadKey(workload)) ?? true,
  );
  for (const { workload } of unwanted) await namespace.deleteWorkload(workload.name);
  await settleRest(namespace, state);
  return unwanted;
}

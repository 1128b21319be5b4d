// Tells of workloads whose pods somebody has made something else of than their version says; fox doesn't overwrite that.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { DeployedWorkload } from '../../cluster/objects/workload-object.ts';
import { type Workload, workloadKey } from '../../core/version/workload.ts';
import type { ActionContext } from '../context.ts';
import { kubectlCommand, type KubectlPlace } from '../session/kubectl-command.ts';

/** One sentence, with the way back. */
export function changedText({ name, changedBy = [] }: DeployedWorkload, place: KubectlPlace): string {
  const back = `\`${kubectlCommand(place)} rollout undo deployment/${name}\``;
  return `workload ${name} was changed by ${changedBy.join(', ')} and isn't what its version says; ${back} takes that back`;
}

/** Warns of those among the workloads that are used. */
export function warnChanged(
  used: readonly Workload[],
  { workloads }: NamespaceState,
  place: KubectlPlace,
  { emit }: Pick<ActionContext, 'emit'>,
): void {
  const keys = new Set(used.map(workloadKey));
  for (const each of workloads)
    if (each.changedBy !== undefined && keys.has(workloadKey(each)))
      emit({ type: 'warning', text: changedText(each, place) });
}

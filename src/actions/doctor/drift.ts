// What fox finds of its own objects in a cluster: whether somebody has removed or changed them by other means.
import { isStatus } from '../../cluster/api/api-error.ts';
import type { Namespace } from '../../cluster/namespace.ts';
import { changedText } from '../deploy/changed-workloads.ts';
import type { KubectlPlace } from '../session/kubectl-command.ts';
import { missingReferences, missingText } from '../leftovers/missing-references.ts';
import { type Finding, warning } from './finding.ts';

/** Nothing where all is as fox has made it. Rights and namespaces that are missing are other checks' matter. */
export async function checkDrift(
  namespace: Namespace,
  cluster: KubectlPlace['cluster'],
): Promise<readonly Finding[]> {
  try {
    const state = await namespace.observe();
    const place = { cluster, namespace: namespace.client.namespace };
    const changed = state.workloads.filter(({ changedBy }) => changedBy !== undefined);
    const found = [
      ...missingReferences(state).map(missingText),
      ...changed.map((each) => changedText(each, place)),
    ];
    if (found.length === 0) return [];
    const fix = 'Each line says how; `fox status` shows what is there.';
    return [warning('objects', 'not all are as fox has made them', fix, found)];
  } catch (error) {
    if (isStatus(error, 403) || isStatus(error, 404)) return [];
    throw error;
  }
}

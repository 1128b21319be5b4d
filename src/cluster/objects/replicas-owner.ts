// Who else than fox has set how many pods a Deployment has, by the API server's record of who wrote which field.
import type { V1Deployment } from '@kubernetes/client-node';
import { fieldOf, foxManagers } from './template-editors.ts';

/** Names of managers that own the number, through `scale` or otherwise: `kubectl`, and autoscalers' `kube-controller-manager`. */
export function replicasOwners({ metadata }: V1Deployment): string[] {
  const owners = (metadata?.managedFields ?? []).flatMap(({ manager = '', fieldsV1 }) => {
    if (foxManagers.has(manager)) return [];
    return ['f:spec', 'f:replicas'].reduce(fieldOf, fieldsV1 as unknown) === undefined ? [] : [manager];
  });
  return [...new Set(owners)].toSorted();
}

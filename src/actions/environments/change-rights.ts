// What a change or the end of a virtual environment takes beside what every deploy does: nothing may turn out to be missing when half of it is done.
import type { Right } from '../../cluster/rights.ts';
import type { ChangePlan } from './change-plan.ts';
import { hasSecrets } from './change-secrets.ts';

/** Rights for a change as it is planned. */
export function rightsToChange({ change, before, create, remove }: ChangePlan): Right[] {
  const isSecret =
    (change.secrets?.size ?? 0) > 0 ||
    create.some(({ workload }) => Object.keys(workload.secrets).length > 0) ||
    change.put.some((each) => hasSecrets(before.get(each.name) ?? each));
  const verbs = isSecret ? ['get', 'list', 'create', 'patch', 'delete'] : [];
  return [
    ...verbs.map((verb) => ({ verb, resource: 'secrets' }) as const),
    ...(remove.length > 0 ? [{ verb: 'delete', resource: 'deployments' } as const] : []),
  ];
}

/** Rights to end any environment. */
export const rightsToEnd: readonly Right[] = [
  { verb: 'delete', resource: 'deployments' },
  { verb: 'delete', resource: 'configmaps' },
  { verb: 'delete', resource: 'secrets' },
];

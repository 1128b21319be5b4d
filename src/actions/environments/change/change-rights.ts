// What a change or the end of a virtual environment takes beside what every deploy does: nothing may turn out to be missing when half of it is done.
import type { Right } from '../../../cluster/rights.ts';
import type { ChangePlan } from './change-plan.ts';
import { hasSecrets } from './change-secrets.ts';

/** Rights for a change as it is planned. */
export function rightsToChange({ change, before, create, remove }: ChangePlan): Right[] {
  const isKept =
    [...(change.secrets?.values() ?? [])].some(({ size }) => size > 0) ||
    create.some(({ workload }) => Object.keys(workload.secrets).length > 0);
  const isLeft = change.put.some((each) => hasSecrets(before.get(each.name) ?? each));
  return [
    ...(isKept ? rightsTo('secrets', 'get', 'list', 'create', 'patch') : []),
    ...(change.put.some(hasSecrets) ? rightsTo('secrets', 'get') : []),
    ...(isLeft ? rightsTo('secrets', 'list', 'delete') : []),
    ...(remove.length > 0 ? rightsTo('deployments', 'delete') : []),
  ];
}

function rightsTo(resource: Right['resource'], ...verbs: readonly string[]): Right[] {
  return verbs.map((verb) => ({ verb, resource }));
}

/** Rights to end any environment. */
export const rightsToEnd: readonly Right[] = [
  ...rightsTo('deployments', 'delete'),
  ...rightsTo('configmaps', 'delete'),
  ...rightsTo('secrets', 'get', 'patch', 'delete'),
];

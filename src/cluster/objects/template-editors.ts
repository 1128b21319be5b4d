// Who else than fox has changed what a Deployment's pods are made of, by the API server's record of who wrote which field.
import type { V1Deployment } from '@kubernetes/client-node';

/** Names by which the API server has known fox. */
export const foxManagers: ReadonlySet<string> = new Set(['fox', 'node', 'unknown']);

/** Those that don't count: fox, and `kubectl rollout`, which restarts what is there or takes back what others have changed. */
const harmless: ReadonlySet<string> = new Set([...foxManagers, 'kubectl-rollout']);

/** Names of managers that own fields of the pods' spec: `kubectl-set`, `kubectl-edit`. */
export function templateEditors({ metadata }: V1Deployment): string[] {
  const editors = (metadata?.managedFields ?? []).flatMap(({ manager = '', subresource = '', fieldsV1 }) => {
    if (harmless.has(manager) || subresource !== '') return [];
    const podSpec = ['f:spec', 'f:template', 'f:spec'].reduce(fieldOf, fieldsV1 as unknown);
    return podSpec === undefined ? [] : [manager];
  });
  return [...new Set(editors)].toSorted();
}

/** What a record of fields says of one of them; undefined: nothing. */
export function fieldOf(fields: unknown, name: string): unknown {
  return typeof fields === 'object' && fields !== null
    ? (fields as Record<string, unknown>)[name]
    : undefined;
}

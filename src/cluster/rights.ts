// What fox must be allowed to do in its namespace, by whom it is needed, and what of it a cluster doesn't allow.
import type { V1PolicyRule, V1Role } from '@kubernetes/client-node';
import { managedBy, label } from '../core/labels.ts';
import type { ApiClient } from './api/api-client.ts';
import { groupOf, type Resource } from './api/resources.ts';

/** One thing to be allowed in a namespace. */
export interface Right {
  readonly verb: string;
  readonly resource: Resource;
  /** `scale`, `log`, `portforward`. */
  readonly subresource?: string;
}

/** What somebody does with one collection. */
interface Use {
  readonly resource: Resource;
  readonly verbs: readonly string[];
  readonly subresource?: string;
}

const change = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** What `status`, `plan`, `logs` and their like need. */
const readerUses: readonly Use[] = [
  { resource: 'configmaps', verbs: ['get', 'list', 'watch'] },
  { resource: 'services', verbs: ['get', 'list'] },
  { resource: 'pods', verbs: ['get', 'list', 'watch'] },
  { resource: 'pods', subresource: 'log', verbs: ['get'] },
  { resource: 'events', verbs: ['list'] },
  { resource: 'deployments', verbs: ['get', 'list', 'watch'] },
  { resource: 'leases', verbs: ['list', 'watch'] },
];

/** What `deploy`, `release`, `status`, `logs` and their like need. */
const deployerUses: readonly Use[] = [
  { resource: 'configmaps', verbs: change },
  // Whoever makes pods can have them read any Secret of the namespace: to list them is no more.
  { resource: 'secrets', verbs: ['get', 'list', 'create', 'patch', 'delete'] },
  { resource: 'services', verbs: ['get', 'list', 'create', 'patch', 'delete'] },
  { resource: 'pods', verbs: ['get', 'list', 'watch', 'delete'] },
  { resource: 'pods', subresource: 'log', verbs: ['get'] },
  { resource: 'pods', subresource: 'portforward', verbs: ['get', 'create'] },
  { resource: 'events', verbs: ['list'] },
  { resource: 'deployments', verbs: change },
  { resource: 'deployments', subresource: 'scale', verbs: ['get', 'patch'] },
  { resource: 'leases', verbs: change },
  { resource: 'horizontalpodautoscalers', verbs: ['get', 'list', 'create', 'patch', 'delete'] },
  { resource: 'poddisruptionbudgets', verbs: ['get', 'list', 'create', 'patch', 'delete'] },
];

/** What `install` and `uninstall` need beside that. */
const installerUses: readonly Use[] = [
  // Nobody can give rights to the keeper that they don't have.
  { resource: 'events', verbs: ['create'] },
  { resource: 'serviceaccounts', verbs: ['get', 'list', 'create', 'patch', 'delete'] },
  { resource: 'roles', verbs: ['get', 'list', 'create', 'patch', 'delete'] },
  { resource: 'rolebindings', verbs: ['get', 'list', 'create', 'patch', 'delete'] },
  { resource: 'ingresses', verbs: ['get', 'list', 'create', 'patch', 'delete'] },
  { resource: 'httproutes', verbs: ['get', 'list', 'create', 'patch', 'delete'] },
];

/** Whose rights; each has those of the ones before it. */
export type Part = 'reader' | 'deployer' | 'installer';

/** Name of the Role that {@link roleOf} makes. */
export const deployerRole = 'fox-deployer';

/** Everything that a part must be allowed. */
export function rightsOf(part: Part): Right[] {
  return usesOf(part).flatMap(({ verbs, ...where }) => verbs.map((verb) => ({ verb, ...where })));
}

/** A Role that grants a part all that it needs, for an administrator to create and bind. */
export function roleOf(part: Part, namespace: string): V1Role {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: {
      name: part === 'deployer' ? deployerRole : `fox-${part}`,
      namespace,
      labels: { [label.managedBy]: managedBy },
    },
    rules: usesOf(part).map(({ resource, subresource, verbs }): V1PolicyRule => ({
      apiGroups: [groupOf(resource)],
      resources: [fullName(resource, subresource)],
      verbs: [...verbs],
    })),
  };
}

function inGroup(resource: Resource): string {
  const group = groupOf(resource);
  return group === '' ? '' : ` (${group})`;
}

/** One line for all rights to a collection: `deployments (apps): create, patch`. */
export function rightLines(rights: readonly Right[]): string[] {
  const verbs = new Map<string, string[]>();
  for (const { verb, resource, subresource } of rights) {
    const where = `${fullName(resource, subresource)}${inGroup(resource)}`;
    verbs.set(where, [...(verbs.get(where) ?? []), verb]);
  }
  return [...verbs].map(([where, each]) => `${where}: ${each.join(', ')}`);
}

/** The rights among these that the cluster doesn't grant. All are asked for at once. @throws ApiError */
export async function missingRights(client: ApiClient, rights: readonly Right[]): Promise<Right[]> {
  const allowed = await Promise.all(rights.map((right) => client.isAllowed(right)));
  return rights.filter((_, index) => allowed[index] === false);
}

function usesOf(part: Part): readonly Use[] {
  if (part === 'reader') return readerUses;
  return part === 'deployer' ? deployerUses : [...deployerUses, ...installerUses];
}

function fullName(resource: string, subresource: string | undefined): string {
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}

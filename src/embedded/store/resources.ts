// The kinds of objects that the embedded cluster holds, by the plural name of their collection.

/** What names a kind of object. */
export interface ResourceType {
  /** API group; `''` is the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Every collection of the cluster. */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  namespaces: { group: '', version: 'v1', kind: 'Namespace' },
  pods: { group: '', version: 'v1', kind: 'Pod' },
  configmaps: { group: '', version: 'v1', kind: 'ConfigMap' },
  secrets: { group: '', version: 'v1', kind: 'Secret' },
  services: { group: '', version: 'v1', kind: 'Service' },
  serviceaccounts: { group: '', version: 'v1', kind: 'ServiceAccount' },
  events: { group: '', version: 'v1', kind: 'Event' },
  deployments: { group: 'apps', version: 'v1', kind: 'Deployment' },
  replicasets: { group: 'apps', version: 'v1', kind: 'ReplicaSet' },
  horizontalpodautoscalers: { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
  ingresses: { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' },
  poddisruptionbudgets: { group: 'policy', version: 'v1', kind: 'PodDisruptionBudget' },
  roles: { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'Role' },
  rolebindings: { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'RoleBinding' },
  leases: { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease' },
};

/** Kinds whose objects count the changes of their spec. */
export const countedKinds: ReadonlySet<string> = new Set([
  'Deployment',
  'Ingress',
  'Pod',
  'PodDisruptionBudget',
  'ReplicaSet',
]);

/** A collection as messages name it: `pods`, `deployments.apps`. */
export function qualifiedName(resource: string): string {
  const group = resourceTypes[resource]?.group ?? '';
  return group === '' ? resource : `${resource}.${group}`;
}

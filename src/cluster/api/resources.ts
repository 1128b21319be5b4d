// The collections of the Kubernetes API that fox uses, and where they are.

/** Collections that fox uses, with the API group they live in. */
const groups = {
  pods: '/api/v1',
  configmaps: '/api/v1',
  secrets: '/api/v1',
  services: '/api/v1',
  serviceaccounts: '/api/v1',
  events: '/api/v1',
  deployments: '/apis/apps/v1',
  replicasets: '/apis/apps/v1',
  leases: '/apis/coordination.k8s.io/v1',
  roles: '/apis/rbac.authorization.k8s.io/v1',
  rolebindings: '/apis/rbac.authorization.k8s.io/v1',
  horizontalpodautoscalers: '/apis/autoscaling/v2',
  poddisruptionbudgets: '/apis/policy/v1',
  ingresses: '/apis/networking.k8s.io/v1',
  httproutes: '/apis/gateway.networking.k8s.io/v1',
} as const;

/** Plural name of a collection, as in URLs. */
export type Resource = keyof typeof groups;

/** API group of a collection; `''` is the core group. */
export function groupOf(resource: Resource): string {
  return /^\/apis\/([^/]+)/.exec(groups[resource])?.[1] ?? '';
}

/** Path of a collection in a namespace. */
export function collectionPath(namespace: string, resource: Resource): string {
  return `${groups[resource]}/namespaces/${namespace}/${resource}`;
}

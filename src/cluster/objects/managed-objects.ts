// Everything that fox has made in a namespace, found by its label; what leaves with its owner isn't listed.
import type { KubernetesObject } from '@kubernetes/client-node';
import { kind as kindOf, label, managedBy, objectName } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';
import { isStatus } from '../api/api-error.ts';
import type { Resource } from '../api/resources.ts';

/** What a thing of fox's is for: `router` is what `fox install` makes. */
export type Purpose = 'router' | 'identity' | 'other';

/** One object of fox's. */
export interface ManagedObject {
  readonly resource: Resource;
  readonly kind: string;
  readonly name: string;
  readonly purpose: Purpose;
  readonly labels: Readonly<Record<string, string>>;
}

/** Kinds that fox makes, in the order in which they are removed: what leads to pods first, what guards them last. */
const kinds: readonly (readonly [Resource, string])[] = [
  ['httproutes', 'HTTPRoute'],
  ['ingresses', 'Ingress'],
  ['services', 'Service'],
  ['horizontalpodautoscalers', 'HorizontalPodAutoscaler'],
  ['poddisruptionbudgets', 'PodDisruptionBudget'],
  ['deployments', 'Deployment'],
  ['configmaps', 'ConfigMap'],
  ['secrets', 'Secret'],
  ['rolebindings', 'RoleBinding'],
  ['roles', 'Role'],
  ['serviceaccounts', 'ServiceAccount'],
  ['leases', 'Lease'],
];

/** Of what `fox install` makes. */
const installed: ReadonlySet<string | undefined> = new Set([
  kindOf.router,
  kindOf.keeper,
  kindOf.routerSettings,
]);

/** Those for users of fox are made by an administrator, though fox prints them. */
const rights: ReadonlySet<Resource> = new Set(['roles', 'rolebindings', 'serviceaccounts']);

/** What was found, and kinds that these rights don't allow to look for. */
export interface ManagedObjects {
  readonly objects: readonly ManagedObject[];
  readonly unseen: readonly string[];
}

/** All objects of fox's, in the order in which they are to be removed. One request per kind. */
export async function managedObjects(client: ApiClient): Promise<ManagedObjects> {
  const lists = await Promise.all(kinds.map(async ([resource, kind]) => listOf(client, resource, kind)));
  const unseen = kinds.filter((_, place) => lists[place] === undefined).map(([, kind]) => kind);
  return { objects: lists.flatMap((list) => list ?? []), unseen };
}

/** Undefined if it isn't allowed to look. A kind that the cluster doesn't have has no objects. */
async function listOf(
  client: ApiClient,
  resource: Resource,
  kind: string,
): Promise<ManagedObject[] | undefined> {
  try {
    const { items } = await client.list<KubernetesObject>(resource, {
      labelSelector: `${label.managedBy}=${managedBy}`,
    });
    return items
      .filter(({ metadata }) => (metadata?.ownerReferences ?? []).length === 0)
      .map(({ metadata }): ManagedObject => {
        const { name = '', labels = {} } = metadata ?? {};
        return { resource, kind, name, labels, purpose: purposeOf(name, labels) };
      })
      .filter(({ purpose }) => purpose === 'router' || !rights.has(resource));
  } catch (error) {
    if (isStatus(error, 404)) return [];
    if (isStatus(error, 403)) return undefined;
    throw error;
  }
}

function purposeOf(name: string, labels: Readonly<Record<string, string>>): Purpose {
  if (name === objectName.identity) return 'identity';
  const kind = labels[label.kind];
  return installed.has(kind) ? 'router' : 'other';
}

// The one table of all kinds that the embedded cluster has.
import type { Kind } from './kind.ts';
import { configMaps, secrets } from './kinds/config-map.ts';
import { deployments } from './kinds/deployment.ts';
import { events } from './kinds/event.ts';
import { horizontalPodAutoscalers } from './kinds/horizontal-pod-autoscaler.ts';
import { ingresses } from './kinds/ingress.ts';
import { leases } from './kinds/lease.ts';
import { namespaces } from './kinds/namespace.ts';
import { podDisruptionBudgets } from './kinds/pod-disruption-budget.ts';
import { pods } from './kinds/pod.ts';
import { replicaSets } from './kinds/replica-set.ts';
import { roleBindings, roles } from './kinds/role.ts';
import { serviceAccounts } from './kinds/service-account.ts';
import { services } from './kinds/service.ts';

/** All kinds, in the order that discovery lists them. */
export const kinds: readonly Kind[] = [
  configMaps,
  events,
  namespaces,
  pods,
  secrets,
  serviceAccounts,
  services,
  deployments,
  replicaSets,
  horizontalPodAutoscalers,
  leases,
  ingresses,
  podDisruptionBudgets,
  roleBindings,
  roles,
];

/** The kind of a collection, if there is one. */
export function findKind(group: string, version: string, resource: string): Kind | undefined {
  return kinds.find((kind) => kind.resource === resource && kind.group === group && kind.version === version);
}
